import type { TaskId, TaskOffer } from '@cadre/contract'
import { agentQueue, capabilityQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { EventFeed, EventListener } from '#platform/events/event-feed.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { WaitingCheck } from './waiting-check.ts'

/** Ends of an attempt, each of which frees one of the stream's places. */
const ENDS = new Set(['task.completed', 'task.retried', 'task.quarantined', 'task.cancelled'])

export interface OfferStreamOptions {
  broker: Broker
  feed: EventFeed
  clock: Clock
  logger: Logger
  agent: AgentRecord
  isWaiting: WaitingCheck
  /** Tasks offered or held through this stream at the same time at the most. */
  prefetch: number
  /**
   * An offer that is not claimed by then goes to somebody else: the stream rests for as long,
   * so that it does not take the same task again.
   */
  claimSeconds: number
  onOffer: (offer: TaskOffer) => void
}

interface OpenOffer {
  delivery: Delivery
  /** Set while the offer is open. */
  timer: Timer | null
}

/** A database that does not answer is not asked again at once. */
const FAULT_DELAY_MS = 1_000

export interface OfferStream {
  close(): Promise<void>
}

/**
 * Offers an agent the tasks of its queues. A claim acknowledges the offer; the place it took
 * becomes free when that attempt ends, however it ends. What is not claimed goes back.
 */
export const openOfferStream = async (options: OfferStreamOptions): Promise<OfferStream> => {
  const { agent, clock, logger } = options
  const claimMs = options.claimSeconds * 1_000
  const queues = [
    agentQueue(agent),
    ...agent.capabilities.map((capability) => capabilityQueue(agent.tenantId, capability)),
  ]
  const open = new Map<TaskId, OpenOffer>()
  let resting: Timer | null = null

  const settle = (taskId: TaskId, work: (delivery: Delivery) => Promise<void>) => {
    const offer = open.get(taskId)
    if (offer === undefined) return
    open.delete(taskId)
    offer.timer?.cancel()
    work(offer.delivery).catch(onFault('offers.settle_failed', taskId))
  }
  const onFault = (event: string, taskId: TaskId | null) => (error: unknown) =>
    logger.warn(event, { taskId, agentId: agent.id, error })
  const rest = () => {
    if (resting !== null) return
    const consume = (from: readonly string[]) =>
      subscription.setQueues(from).catch(onFault('offers.queues_failed', null))
    void consume([])
    resting = clock.after(claimMs, () => {
      resting = null
      void consume(queues)
    })
  }
  const withdraw = (taskId: TaskId) => {
    rest()
    settle(taskId, (delivery) => delivery.nack({ reason: 'offer not claimed', isRequeued: true }))
  }
  const offer = async (delivery: Delivery) => {
    const { headers, priority } = delivery.message
    const taskId = headers.task_id as TaskId
    if (open.has(taskId)) return void delivery.ack()
    const offered: OpenOffer = { delivery, timer: null }
    open.set(taskId, offered)
    // A message may outlive its task's wait: claimed or finished without it, or redelivered.
    if (!(await options.isWaiting(taskId))) return settle(taskId, () => delivery.ack())
    if (open.get(taskId) !== offered) return
    offered.timer = clock.after(claimMs, () => withdraw(taskId))
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
      const isOurs = event.data.agent_id === agent.id
      if (event.type === 'task.claimed' && isOurs) held.timer?.cancel()
      else if (ENDS.has(event.type) || event.type === 'task.claimed')
        settle(event.subject_id as TaskId, (delivery) => delivery.ack())
    }
  }

  const unfollow = options.feed.subscribe(follow)
  const subscription = await options.broker.subscribe({
    queues,
    prefetch: options.prefetch,
    onDelivery: (delivery) => {
      offer(delivery).catch((error: unknown) => {
        const taskId = delivery.message.headers.task_id as TaskId
        onFault('offers.offer_failed', taskId)(error)
        settle(taskId, () =>
          delivery.nack({ reason: 'offer failed', isRequeued: true, delayMs: FAULT_DELAY_MS }),
        )
      })
    },
  })
  return {
    close: async () => {
      unfollow()
      resting?.cancel()
      for (const { timer } of open.values()) timer?.cancel()
      open.clear()
      await subscription.close()
    },
  }
}
