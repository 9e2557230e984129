import type { QuarantinedTask, QuarantineGroup } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { nameOf } from '../tasks/task-row.tsx'
import { CATEGORY_WORDS } from '../tasks/task-words.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Badge } from '../ui/badge.tsx'
import { buttonClass } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { formatCount, formatNumberOf } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Facts, Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago } from '../ui/time.tsx'
import { BulkActions } from './bulk-actions.tsx'
import { SkeletonRows } from './group-list.tsx'
import type { QuarantineSearch } from './quarantine-search.ts'
import { useGroup, useQuarantined } from './use-quarantine.ts'

/** One group of failures: what they have in common, and its tasks. */
export const GroupView = ({
  search,
  fingerprint,
}: {
  search: QuarantineSearch
  fingerprint: string
}) => {
  const group = useGroup(fingerprint)
  const { group: _, ...rest } = search
  return (
    <>
      <title>Quarantine · Cadre</title>
      <BackLink to="/quarantine" search={rest}>
        Quarantine
      </BackLink>
      {group.isPending && <LoadingGroup />}
      {group.isError && (
        <ErrorState isPage error={group.error} onRetry={() => void group.refetch()} />
      )}
      {group.data === null && <EmptyGroup />}
      {group.data && <Group group={group.data} />}
    </>
  )
}

const Group = ({ group }: { group: QuarantineGroup }) => {
  const search = { group: group.fingerprint }
  return (
    <>
      <header className="mt-1.5 mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-xl font-semibold tracking-tight" aria-live="polite">
            {formatNumberOf(group.tasks, 'task')} in quarantine
          </h1>
          <div className="mt-1.5 flex items-center gap-2">
            <Badge tone="bad">{CATEGORY_WORDS[group.category]}</Badge>
            <code className="min-w-0 truncate font-mono text-xs text-faint">
              {group.fingerprint}
            </code>
          </div>
        </div>
        <div className="flex gap-2">
          <BulkActions search={search} what="group" />
        </div>
      </header>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="grid gap-5">
          <Panel title="Latest error">
            <CodeBlock text={group.error} label="Error" />
          </Panel>
          <GroupTasks search={search} />
        </div>
        <Panel title="Details">
          <Facts facts={factsOf(group)} />
        </Panel>
      </div>
    </>
  )
}

const factsOf = (group: QuarantineGroup) =>
  [
    ['First seen', <Ago key="first" at={group.first_seen_at} />],
    ['Last seen', <Ago key="last" at={group.last_seen_at} />],
    ['Open since', <Ago key="open" at={group.opened_at} />],
    ['Ever', formatNumberOf(group.total, 'task')],
    ['Agents', formatCount(group.agents_affected)],
    ...group.agents.map(
      ({ agent_id, agent_name, tasks }) =>
        [agent_name ?? agent_id.slice(-6), formatNumberOf(tasks, 'task')] as const,
    ),
  ] as const

const GroupTasks = ({ search }: { search: QuarantineSearch }) => {
  const list = useQuarantined(search)
  return (
    <Panel title="Tasks">
      {list.isPending && (
        <div role="status" aria-label="Loading tasks">
          <SkeletonRows />
        </div>
      )}
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      <ul aria-label="Tasks in quarantine" className="divide-y divide-line">
        {list.items.map((task) => (
          <TaskLine key={task.id} task={task} />
        ))}
      </ul>
      <LoadMore list={list} size="small" className="border-t border-line p-3" />
    </Panel>
  )
}

const TaskLine = ({ task }: { task: QuarantinedTask }) => (
  <li>
    <Link
      to="/tasks/$taskId"
      params={{ taskId: task.id }}
      preload={false}
      data-row
      className="flex h-13 items-center gap-3 px-4 -outline-offset-2 transition-colors hover:bg-hover"
    >
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{nameOf(task)}</span>
        <span className="block truncate text-xs text-faint">{task.last_error}</span>
      </span>
      <span className="shrink-0 text-xs text-muted tabular-nums" title="Attempts">
        ×{task.attempt}
      </span>
      <span className="w-16 shrink-0 text-right text-xs text-faint">
        <Ago at={task.quarantined_at} />
      </span>
    </Link>
  </li>
)

const EmptyGroup = () => (
  <EmptyState
    icon={CircleCheck}
    title="Nothing of this kind is in quarantine"
    isPage
    action={
      <Link to="/quarantine" search={{}} className={buttonClass()}>
        See what else is
      </Link>
    }
  >
    Its tasks were redriven, purged or cancelled. When one fails this way again, the group opens
    anew.
  </EmptyState>
)

const LoadingGroup = () => (
  <div role="status" aria-label="Loading the group" className="mt-1.5">
    <Skeleton className="mb-8 h-13 w-80 max-w-full" />
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Skeleton className="h-72 rounded-xl" />
      <Skeleton className="h-72 rounded-xl" />
    </div>
  </div>
)
