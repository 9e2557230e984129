import type { Clock } from '#platform/clock.ts'
import { EXPRESS_LEVELS } from '#platform/outbox/levels.ts'
import { UNPUBLISHED_MS } from '#platform/outbox/outbox-store.ts'
import { rankOfPriority } from '#platform/outbox/priority.ts'
import type { NewTask, PromptAdmission } from './task-insert-store.ts'
import type { TaskPublisher } from './task-publisher.ts'

export interface PromptDispatchOptions {
  clock: Clock
  publisher: TaskPublisher
  /** Tasks per queue that are in the broker and not yet claimed, at the most. */
  windowPerQueue: number
  /** After a fault of the broker, all admission is left to the scheduler for so long. */
  restSeconds: number
  onFault: (error: unknown) => void
}

/** Lets new work go to the broker at once where nobody's turn has to be waited for. */
export interface PromptDispatch {
  /** What the statement that stores tasks needs to admit some of them; null to admit none. */
  begin(): PromptAdmission | null
  /** Publishes what that statement admitted, once it is committed. */
  publish(admitted: readonly NewTask[], admission: PromptAdmission | null): void
}

/**
 * Admission as work is created, without the scheduler (decision 27). Nobody waits for the broker:
 * the tasks are stored, and what it does not take, or what dies with the process, is admitted
 * again by whoever schedules.
 */
export const createPromptDispatch = (options: PromptDispatchOptions): PromptDispatch => {
  const { clock, publisher, windowPerQueue } = options
  let restsUntilMs = Number.NEGATIVE_INFINITY
  const onFault = (error: unknown) => {
    restsUntilMs = clock.now().getTime() + options.restSeconds * 1_000
    options.onFault(error)
  }
  return {
    begin: () => {
      const now = clock.now()
      if (now.getTime() < restsUntilMs) return null
      return { now, windowPerQueue, redeliverAt: new Date(now.getTime() + UNPUBLISHED_MS) }
    },
    publish: (admitted, admission) => {
      if (admission === null || admitted.length === 0) return
      const rows = admitted.map(admittedRowOf).sort((a, b) => a.level - b.level)
      publisher.publish(rows, admission.redeliverAt).catch(onFault)
    },
  }
}

const admittedRowOf = ({ task, queue }: NewTask) => ({
  taskId: task.id,
  tenantId: task.tenantId,
  agentId: task.agentId,
  queue,
  priority: task.priority,
  attempt: 1,
  traceparent: task.traceparent,
  command: task.command,
  // What becomes due now is as far from its turn as its priority says.
  level: EXPRESS_LEVELS + rankOfPriority(task.priority),
  dueAt: task.runAt,
})
