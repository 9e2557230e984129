import { useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Download, RefreshCw, ScrollText } from 'lucide-react'
import { api } from '../api/client.ts'
import { buttonClass, IconButton } from '../ui/button.tsx'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { NoMatch } from '../ui/no-match.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { usePages } from '../ui/paged-list.ts'
import { AuditFilters } from './audit-filters.tsx'
import { AuditRow } from './audit-row.tsx'
import { auditQueryOf, isAuditFiltered, type AuditSearch } from './audit-search.ts'
import { VerifyChain } from './verify-chain.tsx'

const QUERY_KEY = ['audit']
const PAGE_RECORDS = 50

/** Who changed what, and who was refused; and whether the log is whole. */
export const AuditPage = () => {
  const search = useSearch({ from: '/audit' })
  const cache = useQueryClient()
  return (
    <>
      <PageHeader
        title="Audit log"
        note="Who changed what, and what was refused"
        actions={
          <>
            <IconButton
              label="Look for new records"
              onClick={() => void cache.invalidateQueries({ queryKey: QUERY_KEY })}
            >
              <RefreshCw size={15} aria-hidden />
            </IconButton>
            <a href="/api/v1/audit/export" download className={buttonClass()}>
              <Download size={14} aria-hidden /> Export
            </a>
          </>
        }
      />
      <VerifyChain />
      <AuditFilters search={search} />
      <AuditList search={search} />
    </>
  )
}

const AuditList = ({ search }: { search: AuditSearch }) => {
  const records = usePages([...QUERY_KEY, search], (cursor) =>
    api.audit.list({ ...auditQueryOf(search), limit: PAGE_RECORDS, cursor }),
  )
  return (
    <ListFrame
      label="audit records"
      list={records}
      items={records.items}
      skeleton={<SkeletonRows className="h-14" count={8} />}
      empty={isAuditFiltered(search) ? <NothingMatches /> : <NothingYet />}
    >
      {(record) => <AuditRow key={record.seq} record={record} />}
    </ListFrame>
  )
}

const NothingMatches = () => (
  <NoMatch noun="record" to="/audit">
    Actors and objects are looked for by their whole name or id.
  </NoMatch>
)

const NothingYet = () => (
  <EmptyState icon={ScrollText} title="Nothing is recorded yet">
    Every administrative change and every refusal is recorded here, with who, from where and what
    changed.
  </EmptyState>
)
