import type { VersionDiff } from '@cadre/contract'
import { ArrowRight, Minus, Plus, ShieldAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge } from '../ui/badge.tsx'
import { prettyJson } from '../ui/code-block.tsx'
import { Callout } from '../ui/notice.tsx'
import { priceWords } from './market-words.ts'
import { PermissionItem } from './permission-item.tsx'

/** What is different between two versions; that one asks for more comes first. */
export const DiffView = ({ diff }: { diff: VersionDiff }) => {
  const rows = rowsOf(diff)
  const { added, removed } = diff.permissions
  return (
    <div className="grid gap-3 p-4">
      {diff.is_widening && (
        <Callout tone="warn" icon={<ShieldAlert size={15} aria-hidden className="text-warn" />}>
          <strong className="font-semibold">
            {diff.to} asks for more than {diff.from}.
          </strong>
        </Callout>
      )}
      {added.length + removed.length > 0 && (
        <ul aria-label="Changed permissions" className="grid gap-1.5">
          {added.map((permission) => (
            <PermissionItem
              key={permission}
              permission={permission}
              mark={<Badge tone="warn">New</Badge>}
            />
          ))}
          {removed.map((permission) => (
            <PermissionItem
              key={permission}
              permission={permission}
              mark={<Badge tone="good">No longer</Badge>}
            />
          ))}
        </ul>
      )}
      {rows.length === 0 && added.length + removed.length === 0 && (
        <p className="text-sm text-muted">
          Nothing that matters to those who run it: the same program, permissions, schemas, price
          and licence.
        </p>
      )}
      {rows.length > 0 && (
        <dl className="grid gap-x-4 gap-y-2.5 text-sm sm:grid-cols-[7rem_minmax(0,1fr)]">
          {rows.map(([term, change]) => (
            <div key={term} className="contents">
              <dt className="text-muted">{term}</dt>
              <dd className="min-w-0 max-sm:mb-1.5">{change}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

const rowsOf = (diff: VersionDiff): (readonly [string, ReactNode])[] => {
  const rows: (readonly [string, ReactNode] | null)[] = [
    diff.price && [
      'Price',
      <Change key="" from={priceWords(diff.price.from)} to={priceWords(diff.price.to)} />,
    ],
    diff.licence && [
      'Licence',
      <Change key="" from={diff.licence.from ?? 'none'} to={diff.licence.to ?? 'none'} />,
    ],
    diff.capabilities.added.length + diff.capabilities.removed.length > 0
      ? ['Capabilities', <SetChange key="" {...diff.capabilities} />]
      : null,
    diff.description && [
      'Description',
      <Change key="" from={diff.description.from} to={diff.description.to} />,
    ],
    diff.input_schema && ['Input', <JsonChange key="" {...diff.input_schema} />],
    diff.output_schema && ['Output', <JsonChange key="" {...diff.output_schema} />],
    diff.sha256 && [
      'SHA-256',
      <Change
        key=""
        from={diff.sha256.from?.slice(0, 16) ?? 'none'}
        to={diff.sha256.to?.slice(0, 16) ?? 'none'}
        isCode
      />,
    ],
  ]
  return rows.filter((row) => row !== null)
}

const Change = ({ from, to, isCode = false }: { from: string; to: string; isCode?: boolean }) => (
  <span className={isCode ? 'font-mono text-xs wrap-anywhere' : 'wrap-anywhere'}>
    <del className="text-faint">{from || 'none'}</del>
    <ArrowRight size={12} aria-label="became" className="mx-1.5 inline text-faint" />
    <ins className="no-underline">{to || 'none'}</ins>
  </span>
)

const SetChange = ({ added, removed }: { added: string[]; removed: string[] }) => (
  <span className="flex flex-wrap gap-x-3 gap-y-1 font-mono text-xs">
    {added.map((word) => (
      <ins key={word} className="inline-flex items-center gap-1 text-good no-underline">
        <Plus size={12} aria-label="new" /> {word}
      </ins>
    ))}
    {removed.map((word) => (
      <del key={word} className="inline-flex items-center gap-1 text-bad no-underline">
        <Minus size={12} aria-label="removed" /> {word}
      </del>
    ))}
  </span>
)

const JsonChange = ({ from, to }: { from: unknown; to: unknown }) => (
  <details>
    <summary className="w-fit rounded-sm text-accent">Another schema</summary>
    <div className="mt-2 grid gap-2 md:grid-cols-2">
      {[from, to].map((schema, index) => (
        <pre
          key={index}
          tabIndex={0}
          aria-label={index === 0 ? 'Before' : 'After'}
          className="max-h-64 min-w-0 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-xs wrap-anywhere whitespace-pre-wrap"
        >
          {schema === null ? 'none' : prettyJson(schema)}
        </pre>
      ))}
    </div>
  </details>
)
