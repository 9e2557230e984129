import type { AuditRecord } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { changesOf } from './audit-changes.ts'

/** Everything that a record says. */
export const AuditDetails = ({ record }: { record: AuditRecord }) => (
  <div className="grid gap-4 border-t border-line bg-sunken px-4 py-4 sm:pl-11">
    <Changes record={record} />
    <Origin record={record} />
  </div>
)

const Changes = ({ record: { before, after } }: { record: AuditRecord }) => {
  const changes = changesOf(before, after)
  if (changes.length === 0)
    return <p className="text-sm text-muted">The record tells no contents before or after.</p>
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="What changed"
      className="overflow-x-auto rounded-lg border border-line bg-surface"
    >
      <table className="w-full text-left text-xs">
        <thead className="text-faint">
          <tr className="border-b border-line">
            {['Field', 'Before', 'After'].map((heading) => (
              <th key={heading} scope="col" className="px-3 py-2 font-normal whitespace-nowrap">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line font-mono">
          {changes.map((change) => (
            <tr key={change.field} className="align-top">
              <th scope="row" className="px-3 py-2 font-normal whitespace-nowrap text-muted">
                {change.field}
              </th>
              <Value text={change.before} />
              <Value text={change.after} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Value = ({ text }: { text: string | undefined }) => (
  <td className="max-w-100 min-w-28 px-3 py-2 wrap-anywhere whitespace-pre-wrap">
    {text ?? (
      <span aria-label="nothing" className="text-faint">
        –
      </span>
    )}
  </td>
)

const Origin = ({ record }: { record: AuditRecord }) => {
  const { actor, resource, origin } = record
  const facts: (readonly [string, ReactNode])[] = [
    ['Record', `${record.seq}`],
    [
      'Actor',
      actor.id === null ? (
        actor.name
      ) : (
        <Link
          to="/audit"
          search={{ actor: actor.id }}
          className="rounded-sm text-accent underline-offset-2 hover:underline"
        >
          {actor.id}
        </Link>
      ),
    ],
    ['Object', resource.id ?? '–'],
    ['From', origin === null ? 'Cadre itself' : (origin.ip ?? 'unknown address')],
    ['Program', origin?.user_agent ?? '–'],
    ['Request', [origin?.route, origin?.request_id].filter(Boolean).join(' · ') || '–'],
    ['Hash', record.hash],
  ]
  return (
    <dl className="grid gap-x-4 gap-y-1.5 text-xs sm:grid-cols-[6rem_1fr]">
      {facts.map(([term, value]) => (
        <div key={term} className="contents">
          <dt className="text-faint">{term}</dt>
          <dd className="min-w-0 font-mono wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
