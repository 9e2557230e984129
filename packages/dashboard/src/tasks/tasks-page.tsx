import { useSearch } from '@tanstack/react-router'
import { ListChecks, Plus } from 'lucide-react'
import { LiveList } from '../live/live-list.tsx'
import { openOverlay } from '../shell/overlays.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { ListHeading } from '../ui/list-frame.tsx'
import { NoMatch } from '../ui/no-match.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { TaskFigures, useTaskCounts } from './task-counts.tsx'
import { TaskFilters } from './task-filters.tsx'
import { rowGridClass, rowHeightClass, TaskRow } from './task-row.tsx'
import { hasFilters, type TaskSearch } from './task-search.ts'
import { useTaskList } from './use-task-list.ts'

const SKELETON_ROWS = 10

export const TasksPage = () => {
  const search = useSearch({ from: '/' })
  const counts = useTaskCounts()
  const may = useMay()
  return (
    <>
      <PageHeader
        title="Tasks"
        actions={
          may('task.create') && (
            <Button look="primary" onClick={() => openOverlay('new-task')}>
              <Plus size={15} aria-hidden /> New task
            </Button>
          )
        }
      />
      <TaskFigures counts={counts.data} />
      <TaskFilters search={search} />
      <TaskList search={search} />
    </>
  )
}

const TaskList = ({ search }: { search: TaskSearch }) => (
  <LiveList
    noun="task"
    live={useTaskList(search)}
    heading={<Heading />}
    skeleton={<SkeletonRows />}
    empty={<NoTasks isFiltered={hasFilters(search)} />}
  >
    {(task) => <TaskRow key={task.id} task={task} />}
  </LiveList>
)

const Heading = () => (
  <ListHeading className={rowGridClass}>
    <span className="col-span-2" />
    <span>Task</span>
    <span>Agent</span>
    <span className="text-right">Tries</span>
    <span className="text-right">Duration</span>
    <span className="text-right">Age</span>
  </ListHeading>
)

const NoTasks = ({ isFiltered }: { isFiltered: boolean }) => {
  const may = useMay()
  return isFiltered ? (
    <NoMatch noun="task" to="/">
      New ones that match appear here by themselves.
    </NoMatch>
  ) : (
    <EmptyState
      icon={ListChecks}
      title="No tasks yet"
      action={
        may('task.create') && (
          <Button look="primary" onClick={() => openOverlay('new-task')}>
            Give an agent its first task
          </Button>
        )
      }
    >
      Tasks created here, from the command line or through the API appear the moment they exist.
    </EmptyState>
  )
}

const SkeletonRows = () =>
  Array.from({ length: SKELETON_ROWS }, (_, index) => (
    <div key={index} className={cx(rowGridClass, rowHeightClass, 'border-b border-line px-4')}>
      <Skeleton className="size-4 rounded-full" />
      <Skeleton className="hidden size-4 md:block" />
      <Skeleton className="h-3 w-2/5" />
      <Skeleton className="h-3 w-8 md:w-24" />
    </div>
  ))
