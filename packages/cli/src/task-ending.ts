import type { CadreEvent, Task } from '@cadre/contract'
import { eventFeed } from './event-feed.ts'
import type { Session } from './session.ts'
import { isFinished } from './wording.ts'

/** Events come at once; this only covers a proxy that holds them back. */
const SAFETY_LOOK_MS = 10_000

export interface WaitOptions {
  /** Stops waiting; the task goes on. */
  signal: AbortSignal
  onEvent: (event: CadreEvent) => void
  /** The task as it was found when the stream opened: earlier events do not come through it. */
  onTask: (task: Task) => void
  onDisconnect: (retryInMs: number) => void
}

/** Follows a task to its end. Answers undefined where the signal stopped the waiting. */
export const waitForEnd = async (
  session: Session,
  taskId: string,
  { signal, onEvent, onTask, onDisconnect }: WaitOptions,
): Promise<Task | undefined> => {
  let finished: Task | undefined
  const ended = new AbortController()
  // A fault here shows up in the stream as well, which decides whether to go on.
  const look = async () => {
    const task = await session.client.tasks.get(taskId).catch(() => undefined)
    if (!task) return
    if (!isFinished(task.status)) return onTask(task)
    finished = task
    ended.abort()
  }
  const timer = setInterval(() => void look(), SAFETY_LOOK_MS)
  try {
    const feed = eventFeed(session, {
      subjectId: taskId,
      signal: AbortSignal.any([signal, ended.signal]),
      onConnect: () => void look(),
      onDisconnect: ({ retryInMs }) => onDisconnect(retryInMs),
    })
    for await (const event of feed) {
      if (event.data.task_id !== taskId && event.subject_id !== taskId) continue
      onEvent(event)
      if (event.data.status && isFinished(event.data.status)) await look()
      if (finished) break
    }
  } finally {
    clearInterval(timer)
  }
  return finished
}
