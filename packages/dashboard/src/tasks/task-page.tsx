import type { Task } from '@cadre/contract'
import { useParams } from '@tanstack/react-router'
import { LoadingPage, MissingPage, PageFault, useDrawn } from '../ui/page-states.tsx'
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
  const isDrawn = useDrawn(
    ![task, attempts, events].some((query) => query.isPending) && !result.isLoading,
  )
  if (!isDrawn && !task.isError) return <LoadingTask />
  if (task.data === undefined) return <PageFault query={task} missing={<NoTask />} />
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
  <MissingPage noun="task" to="/">
    It may have been removed after its time of retention, or it belongs to another tenant.
  </MissingPage>
)

const LoadingTask = () => (
  <LoadingPage noun="task">
    <Skeleton className="mb-8 h-7 w-80 max-w-full" />
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <Skeleton className="h-72 rounded-xl" />
      <Skeleton className="h-72 rounded-xl" />
    </div>
  </LoadingPage>
)
