import type { TaskSummary } from '@cadre/contract'
import { Link, useNavigate } from '@tanstack/react-router'
import { TaskRow } from '../tasks/task-row.tsx'
import type { TaskRowData } from '../tasks/task-row-data.ts'
import { useTaskList } from '../tasks/use-task-list.ts'
import { cx } from '../ui/cx.ts'
import { formatDuration } from '../ui/format.ts'
import { ErrorState } from '../ui/notice.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

const ROWS_SHOWN = 6
const BARS_SHOWN = 50
const BARS_DRAWN_MIN = 24

/** The agent's newest tasks: a bar for each one's run time, and the last few as rows, live. */
export const RecentRuns = ({ agentId }: { agentId: string }) => {
  const { list } = useTaskList({ agent: agentId })
  const tasks = list.data?.pages[0]?.items ?? []
  return (
    <Panel
      title="Recent tasks"
      aside={
        <Link
          to="/"
          search={{ agent: agentId }}
          className="rounded-md px-2 py-1 text-xs text-muted hover:text-ink"
        >
          See all
        </Link>
      }
    >
      {list.isPending && <Skeleton className="m-4 h-24" />}
      {list.isError && <ErrorState error={list.error} />}
      {list.isSuccess && tasks.length === 0 && (
        <p className="px-4 py-6 text-sm text-faint">It has not had a task yet.</p>
      )}
      {tasks.length > 1 && <RunBars tasks={tasks.slice(0, BARS_SHOWN)} />}
      <ul
        aria-label="Recent tasks"
        className="[&_a]:md:grid-cols-[1rem_1rem_minmax(0,1fr)_0_2rem_5rem_3.25rem]"
      >
        {tasks.slice(0, ROWS_SHOWN).map((task) => (
          <TaskRow key={task.id} task={task} />
        ))}
      </ul>
    </Panel>
  )
}

const COLOURS: Record<TaskSummary['status'], string> = {
  TODO: 'fill-line-strong',
  IN_PROGRESS: 'fill-accent',
  DONE: 'fill-good',
  QUARANTINED: 'fill-bad',
  CANCELLED: 'fill-line-strong',
}
const HEIGHT = 56
const STEP = 10

const runMs = (task: TaskRowData) =>
  task.started_at === null || task.finished_at === null
    ? 0
    : Math.max(0, Date.parse(task.finished_at) - Date.parse(task.started_at))

const RunBars = ({ tasks }: { tasks: readonly TaskRowData[] }) => {
  const navigate = useNavigate()
  const longest = Math.max(1, ...tasks.map(runMs))
  const slots = Math.max(BARS_DRAWN_MIN, tasks.length)
  return (
    <figure className="border-b border-line px-4 py-3">
      <figcaption className="mb-2 flex justify-between text-xs text-faint">
        <span>Run time of the last {tasks.length}, newest right</span>
        <span className="tabular-nums">longest {formatDuration(longest)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${slots * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        width="100%"
        height={HEIGHT}
        aria-hidden
      >
        {tasks.map((task, index) => {
          const height = Math.max(2, (runMs(task) / longest) * HEIGHT)
          return (
            <rect
              key={task.id}
              x={(slots - 1 - index) * STEP + 1}
              y={HEIGHT - height}
              width={STEP - 2}
              height={height}
              className={cx(COLOURS[task.status], 'cursor-pointer hover:opacity-70')}
              onClick={() => void navigate({ to: '/tasks/$taskId', params: { taskId: task.id } })}
            />
          )
        })}
      </svg>
    </figure>
  )
}
