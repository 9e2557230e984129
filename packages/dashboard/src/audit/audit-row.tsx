import type { AuditRecord } from '@cadre/contract'
import { Badge } from '../ui/badge.tsx'
import { FoldedRow } from '../ui/folded-row.tsx'
import { formatMoment } from '../ui/format.ts'
import { AuditDetails } from './audit-details.tsx'

/** One record as a sentence; opened, what changed and where it came from. */
export const AuditRow = ({ record }: { record: AuditRecord }) => {
  const { actor, action, resource, decision } = record
  return (
    <FoldedRow
      className="py-2.5"
      summary={
        <>
          <span className="min-w-0 flex-1 basis-64">
            <span className="flex min-w-0 items-center gap-2">
              <code className="truncate font-mono text-xs font-medium">{action}</code>
              {decision === 'denied' && <Badge tone="bad">Refused</Badge>}
            </span>
            <span className="mt-0.5 block truncate text-xs text-muted">
              {objectWords(resource)}
            </span>
          </span>
          <span className="w-40 min-w-0 max-sm:ml-7.5 max-sm:w-auto max-sm:flex-1">
            <span className="block truncate text-sm">{actor.name}</span>
            <span className="block truncate text-2xs text-faint">{actor.role ?? actor.kind}</span>
          </span>
          <time
            dateTime={record.at}
            className="w-38 shrink-0 text-right text-xs text-muted tabular-nums max-sm:w-auto"
          >
            {formatMoment(record.at)}
          </time>
        </>
      }
    >
      <AuditDetails record={record} />
    </FoldedRow>
  )
}

const objectWords = ({ kind, id, name }: AuditRecord['resource']): string =>
  [kind, name ?? id].filter(Boolean).join(' ')
