import type { Task } from '@cadre/contract'
import { Link, useParams } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { useState } from 'react'
import { isNotFound } from '../api/client.ts'
import { buttonClass } from '../ui/button.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { Facts, Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AttemptList } from './attempt-list.tsx'
import { EventTimeline } from './event-timeline.tsx'
import { TaskAlerts } from './task-alerts.tsx'
import { factsOf } from './task-facts.tsx'
import { TaskHeader } from './task-header.tsx'
import { InputPanel, OutputPanel } from './task-payload.tsx'
import { useTask } from './use-task.ts'

export const TaskPage = () => {
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  // A new task starts with nothing of the one before.
  return <TaskDetail key={taskId} id={taskId} />
}

const TaskDetail = ({ id }: { id: string }) => {
  const { task, attempts, events, result } = useTask(id)
  // First drawn when all of it is there, so that no panel pushes another one down.
  const isReady = ![task, attempts, events].some((query) => query.isPending) && !result.isLoading
  const [isDrawn, setDrawn] = useState(false)
  if (isReady && !isDrawn) setDrawn(true)
  if (!isReady && !isDrawn && !task.isError) return <LoadingTask />
  if (task.data === undefined)
    return isNotFound(task.error) ? (
      <NoTask />
    ) : (
      <ErrorState isPage error={task.error} onRetry={() => void task.refetch()} />
    )
  return (
    <>
      <TaskHeader task={task.data} />
      <TaskAlerts task={task.data} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="grid gap-5">
          <OutputPanel task={task.data} result={result.data} isLoading={result.isLoading} />
          <InputPanel task={task.data} />
          <AttemptList attempts={attempts} />
        </div>
        <div className="grid gap-5">
          <TaskFacts task={task.data} />
          <EventTimeline events={events} />
        </div>
      </div>
    </>
  )
}

const TaskFacts = ({ task }: { task: Task }) => (
  <Panel title="Details">
    <Facts facts={factsOf(task)} />
  </Panel>
)

const NoTask = () => (
  <>
    <title>Task not found · Cadre</title>
    <EmptyState
      icon={SearchX}
      title="There is no such task"
      isPage
      action={
        <Link to="/" className={buttonClass()}>
          See all tasks
        </Link>
      }
    >
      It may have been removed after its time of retention, or it belongs to another tenant.
    </EmptyState>
  </>
)

const LoadingTask = () => (
  <div role="status" aria-label="Loading the task">
    <title>Task · Cadre</title>
    <Skeleton className="mb-3 h-4 w-24" />
    <Skeleton className="mb-8 h-7 w-80 max-w-full" />
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Skeleton className="h-72 rounded-xl" />
      <Skeleton className="h-72 rounded-xl" />
    </div>
  </div>
)
