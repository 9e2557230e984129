import { Link, useSearch } from '@tanstack/react-router'
import { ListChecks, Plus, SearchX } from 'lucide-react'
import { openOverlay } from '../shell/overlays.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { cx } from '../ui/cx.ts'
import { formatNumberOf } from '../ui/format.ts'
import { ArrivalsPill, ListFrame } from '../ui/list-frame.tsx'
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

const TaskList = ({ search }: { search: TaskSearch }) => {
  const { list, heldCount, showHeld } = useTaskList(search)
  const tasks = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className="relative">
      {heldCount > 0 && (
        <ArrivalsPill text={formatNumberOf(heldCount, 'new task')} onShow={showHeld} />
      )}
      <ListFrame
        label="tasks"
        list={list}
        items={tasks}
        heading={<Heading />}
        skeleton={<SkeletonRows />}
        empty={<NoTasks isFiltered={hasFilters(search)} />}
      >
        {(task) => <TaskRow key={task.id} task={task} />}
      </ListFrame>
    </div>
  )
}

const Heading = () => (
  <div
    aria-hidden
    className={cx(
      rowGridClass,
      'h-9 border-b border-line bg-sunken px-4 text-xs text-faint max-md:hidden',
    )}
  >
    <span className="col-span-2" />
    <span>Task</span>
    <span>Agent</span>
    <span className="text-right">Tries</span>
    <span className="text-right">Duration</span>
    <span className="text-right">Age</span>
  </div>
)

const NoTasks = ({ isFiltered }: { isFiltered: boolean }) => {
  const may = useMay()
  return isFiltered ? (
    <EmptyState
      icon={SearchX}
      title="No task matches"
      action={
        <Link to="/" search={{}} className={buttonClass()}>
          Clear filters
        </Link>
      }
    >
      New ones that match appear here by themselves.
    </EmptyState>
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
