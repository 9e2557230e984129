import type { TaskId, TaskOffer } from '@cadre/contract'
import { agentQueue, capabilityQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { EventFeed, EventListener } from '#platform/events/event-feed.ts'
import type { Logger } from '#platform/telemetry/logger.ts'

/** Ends of an attempt, each of which frees one of the stream's places. */
const ENDS = new Set(['task.completed', 'task.retried', 'task.quarantined', 'task.cancelled'])

export interface OfferStreamOptions {
  broker: Broker
  feed: EventFeed
  clock: Clock
  logger: Logger
  agent: AgentRecord
  /** Tasks offered or held through this stream at the same time at the most. */
  prefetch: number
  /** An offer that is not claimed by then goes to somebody else. */
  claimSeconds: number
  onOffer: (offer: TaskOffer) => void
}

export interface OfferStream {
  close(): Promise<void>
}

/**
 * Offers an agent the tasks of its queues. A claim acknowledges the offer; the place it took
 * becomes free when that attempt ends, however it ends. What is not claimed goes back.
 */
export const openOfferStream = async (options: OfferStreamOptions): Promise<OfferStream> => {
  const { agent, clock, logger } = options
  const open = new Map<TaskId, { delivery: Delivery; timer: Timer }>()

  const settle = (taskId: TaskId, work: (delivery: Delivery) => Promise<void>) => {
    const offer = open.get(taskId)
    if (offer === undefined) return
    open.delete(taskId)
    offer.timer.cancel()
    work(offer.delivery).catch((error: unknown) =>
      logger.warn('offers.settle_failed', { taskId, agentId: agent.id, error }),
    )
  }
  const withdraw = (taskId: TaskId) =>
    settle(taskId, (delivery) =>
      delivery.nack({ reason: 'offer not claimed', isRequeued: true, delayMs: 1_000 }),
    )
  const offer = (delivery: Delivery) => {
    const { headers, priority } = delivery.message
    const taskId = headers.task_id as TaskId
    if (open.has(taskId)) return void delivery.ack()
    const timer = clock.after(options.claimSeconds * 1_000, () => withdraw(taskId))
    open.set(taskId, { delivery, timer })
    options.onOffer({
      task_id: taskId,
      priority,
      traceparent: headers.traceparent,
      claim_seconds: options.claimSeconds,
    })
  }
  const follow: EventListener = (events) => {
    for (const { event } of events) {
      const held = open.get(event.subject_id as TaskId)
      if (held === undefined) continue
      if (event.type === 'task.claimed') held.timer.cancel()
      else if (ENDS.has(event.type))
        settle(event.subject_id as TaskId, (delivery) => delivery.ack())
    }
  }

  const unfollow = options.feed.subscribe(follow)
  const subscription = await options.broker.subscribe({
    queues: [
      agentQueue(agent),
      ...agent.capabilities.map((capability) => capabilityQueue(agent.tenantId, capability)),
    ],
    prefetch: options.prefetch,
    onDelivery: offer,
  })
  return {
    close: async () => {
      unfollow()
      for (const { timer } of open.values()) timer.cancel()
      open.clear()
      await subscription.close()
    },
  }
}
