import type { QuarantineGroup } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { ChevronRight, Inbox } from 'lucide-react'
import { CATEGORY_WORDS } from '../tasks/task-words.ts'
import { Badge } from '../ui/badge.tsx'
import { formatCount } from '../ui/format.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { NoMatch } from '../ui/no-match.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { isFiltered, type QuarantineSearch } from './quarantine-search.ts'
import { useGroups } from './use-quarantine.ts'

/** Failures that look alike, the latest first. */
export const GroupList = ({ search }: { search: QuarantineSearch }) => {
  const groups = useGroups(search)
  return (
    <ListFrame
      label="failures"
      list={groups}
      items={groups.items}
      skeleton={<SkeletonRows />}
      empty={<NoGroups isFiltered={isFiltered(search)} />}
    >
      {(group) => <GroupRow key={group.fingerprint} group={group} search={search} />}
    </ListFrame>
  )
}

const GroupRow = ({ group, search }: { group: QuarantineGroup; search: QuarantineSearch }) => (
  <li>
    <Link
      to="/quarantine"
      search={{ ...search, group: group.fingerprint }}
      data-row
      className="flex min-h-17 items-center gap-4 px-4 py-2.5 -outline-offset-2 transition-colors hover:bg-hover"
    >
      <span className="w-12 shrink-0 text-right">
        <span className="block text-lg font-semibold text-bad tabular-nums">
          {formatCount(group.tasks)}
        </span>
        <span className="block text-2xs text-faint">{group.tasks === 1 ? 'task' : 'tasks'}</span>
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-mono text-xs leading-5 text-ink">{group.error}</span>
        <span className="mt-1 flex min-w-0 items-center gap-2.5 text-xs text-muted">
          <Badge tone="bad">{CATEGORY_WORDS[group.category]}</Badge>
          <span className="min-w-0 truncate">{agentWords(group)}</span>
          <span className="shrink-0 text-faint max-sm:hidden">
            first <Ago at={group.first_seen_at} />
          </span>
        </span>
      </span>
      <span className="shrink-0 text-right text-xs text-faint">
        <Ago at={group.last_seen_at} />
      </span>
      <ChevronRight size={15} className="shrink-0 text-faint" aria-hidden />
    </Link>
  </li>
)

/** `word-count, csv-summary and 3 more`. */
export const agentWords = ({ agents, agents_affected }: QuarantineGroup): string => {
  const names = agents.slice(0, 2).map(({ agent_name }) => agent_name ?? 'a deleted agent')
  const rest = agents_affected - names.length
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ')
}

const NoGroups = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <NoMatch noun="failure" to="/quarantine" />
  ) : (
    <EmptyState icon={Inbox} title="Nothing needs you">
      Tasks that fail for good, or too often, come here with everything that was tried. Failures
      that look alike are gathered, so that one decision serves them all.
    </EmptyState>
  )

const SKELETON_ROWS = 5

export const SkeletonRows = () =>
  Array.from({ length: SKELETON_ROWS }, (_, index) => (
    <div key={index} className="flex h-17 items-center gap-4 border-b border-line px-4">
      <Skeleton className="size-8" />
      <Skeleton className="h-3 w-1/2" />
    </div>
  ))
