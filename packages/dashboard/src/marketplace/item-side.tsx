import type { MarketplaceVersion } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { BadgeCheck, Check, ShieldAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatBytes, formatDuration } from '../ui/format.ts'
import { Facts, Panel } from '../ui/panel.tsx'
import { Ago } from '../ui/time.tsx'
import { installCommand, KIND_WORDS, priceWords } from './market-words.ts'
import { PermissionItem } from './permission-item.tsx'

/** What one looks up: how to have it, what it costs, what it may do, and what exactly it is. */
export const ItemSide = ({ version }: { version: MarketplaceVersion }) => (
  <aside aria-label="About this version" className="grid min-w-0 gap-4">
    {version.state === 'approved' && <InstallCommand version={version} />}
    <Panel title="Details">
      <Facts facts={factsOf(version)} />
    </Panel>
    <Permissions permissions={version.permissions} />
    <Words version={version} />
    <Measured version={version} />
  </aside>
)

const InstallCommand = ({ version }: { version: MarketplaceVersion }) => {
  const command = installCommand(version)
  return (
    <Panel title="Install">
      <div className="flex items-center gap-2 p-2 pl-4">
        <code className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">{command}</code>
        <CopyButton text={command} label="Copy the command" />
      </div>
    </Panel>
  )
}

const factsOf = (version: MarketplaceVersion): (readonly [string, ReactNode])[] => {
  const { artefact } = version
  return [
    [
      'Price',
      Number(version.price) === 0 ? 'Free' : `${priceWords(version.price)} for a finished task`,
    ],
    ['Licence', version.licence ?? <span className="text-faint">none stated</span>],
    ['Published', <Ago key="published" at={version.published_at} />],
    [
      'By',
      <span key="by" className="wrap-anywhere">
        {version.published_by}
      </span>,
    ],
    ...(artefact === null
      ? []
      : ([
          ['Kind', KIND_WORDS[artefact.kind] ?? artefact.kind],
          ...(artefact.bytes === null ? [] : [['Size', formatBytes(artefact.bytes)] as const]),
          ...(artefact.sha256 === null
            ? []
            : [['SHA-256', <Digest key="digest" digest={artefact.sha256} />] as const]),
        ] as const)),
    ['Signature', <Signature key="signature" version={version} />],
  ]
}

const Digest = ({ digest }: { digest: string }) => (
  <span className="inline-flex max-w-full items-center gap-1">
    <code className="min-w-0 truncate font-mono text-xs" title={digest}>
      {digest.slice(0, 16)}…
    </code>
    <CopyButton text={digest} label="Copy the digest" />
  </span>
)

/** Versions carry a signature from the moment that they were approved. */
const Signature = ({ version }: { version: MarketplaceVersion }) => {
  const { signature } = version
  if (signature === null) return <span className="text-faint">not signed</span>
  return (
    <span
      className="inline-flex items-center gap-1.5"
      title={`Signed by the key ${signature.key_id}, ${signature.signed_at}`}
    >
      <BadgeCheck size={14} aria-hidden className="shrink-0 text-good" />
      <code className="font-mono text-xs">{signature.key_id.slice(0, 16)}</code>
    </span>
  )
}

const Permissions = ({ permissions }: { permissions: readonly string[] | null }) => (
  <Panel title="What it may do">
    {permissions === null ? (
      <p className="px-4 py-3 text-sm text-faint">It is known once the version was checked.</p>
    ) : permissions.length === 0 ? (
      <p className="px-4 py-3 text-sm text-muted">It asks for nothing at all.</p>
    ) : (
      <ul className="grid gap-2 px-4 py-3">
        {permissions.map((permission) => (
          <PermissionItem key={permission} permission={permission} />
        ))}
      </ul>
    )}
  </Panel>
)

const Words = ({ version }: { version: MarketplaceVersion }) =>
  version.capabilities.length + version.tags.length === 0 ? null : (
    <Panel title="Offers">
      <div className="grid gap-3 px-4 py-3">
        {version.capabilities.length > 0 && (
          <WordList
            label="Capabilities"
            words={version.capabilities}
            searchFor={(capability) => ({ capability })}
          />
        )}
        {version.tags.length > 0 && (
          <WordList label="Tags" words={version.tags} searchFor={(tags) => ({ tags })} />
        )}
      </div>
    </Panel>
  )

const WordList = ({
  label,
  words,
  searchFor,
}: {
  label: string
  words: readonly string[]
  searchFor: (word: string) => { tags?: string; capability?: string }
}) => (
  <div>
    <h3 className="mb-1.5 text-xs text-faint">{label}</h3>
    <ul aria-label={label} className="flex flex-wrap gap-1.5">
      {words.map((word) => (
        <li key={word} className="min-w-0">
          <Link
            to="/marketplace"
            search={searchFor(word)}
            className="inline-block max-w-full truncate rounded-md border border-line bg-sunken px-1.5 font-mono text-2xs leading-5 text-muted hover:border-line-strong hover:text-ink"
          >
            {word}
          </Link>
        </li>
      ))}
    </ul>
  </div>
)

const Measured = ({ version: { measurements } }: { version: MarketplaceVersion }) =>
  measurements.length === 0 ? null : (
    <Panel title="Measured at admission">
      <ul className="divide-y divide-line">
        {measurements.map(({ example, outcome, duration_ms }, index) => (
          <li key={index} className="flex items-center gap-2.5 px-4 py-2 text-sm">
            {outcome === 'exit' ? (
              <Check size={14} aria-label="ran" className="shrink-0 text-good" />
            ) : (
              <ShieldAlert size={14} aria-label={outcome} className="shrink-0 text-bad" />
            )}
            <span className="min-w-0 flex-1 truncate" title={example}>
              {example}
            </span>
            <span className="text-xs text-muted tabular-nums">{formatDuration(duration_ms)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
