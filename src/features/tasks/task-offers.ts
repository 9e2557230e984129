import type { AttemptStop, CadreEvent, EventType, TaskId, TaskOffer } from '@cadre/contract'
import { agentQueue, capabilityQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Broker, Delivery } from '#platform/broker/broker.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { EventFeed, EventListener } from '#platform/events/event-feed.ts'
import { findAdmitted } from '#platform/outbox/outbox-store.ts'
import type { Logger } from '#platform/telemetry/logger.ts'

/** Ends of an attempt, each of which frees one of the stream's places. */
const ENDS = [
  'task.completed',
  'task.retried',
  'task.quarantined',
  'task.cancelled',
] as const satisfies readonly EventType[]

export interface OfferStreamOptions {
  broker: Broker
  feed: EventFeed
  clock: Clock
  logger: Logger
  agent: AgentRecord
  /** Tasks offered or held through this stream at the same time at the most. */
  prefetch: number
  /**
   * An offer that is not claimed by then goes to somebody else: the stream rests for as long,
   * so that it does not take the same task again.
   */
  claimSeconds: number
  /** Whether the task still waits to be claimed, see {@link createOfferCheck}. */
  isClaimable: (taskId: TaskId) => Promise<boolean>
  onOffer: (offer: TaskOffer) => void
  /** An attempt of this agent was ended from outside, whichever stream it came by. */
  onStop: (stop: AttemptStop) => void
}

/**
 * Tells messages that still mean work from those of tasks that were finished or cancelled since:
 * such an offer would be refused at its claim and keep its place until then. Concurrent questions
 * share a statement.
 */
export const createOfferCheck = (db: Db): OfferStreamOptions['isClaimable'] =>
  createGroupCommit<TaskId, boolean>({
    name: 'tasks.offer',
    itemsMax: 500,
    flushesMax: db.writersMax,
    waitingMax: 20_000,
    flush: async (taskIds) => {
      const admitted = await findAdmitted(db, taskIds)
      return taskIds.map((taskId) => admitted.has(taskId))
    },
  })

/** Ends that an agent's work may still not know of. */
const STOPS = ENDS.filter((type) => type !== 'task.completed')

const isEnd = (type: EventType): boolean => (ENDS as readonly EventType[]).includes(type)

/** Where an agent's tasks wait: for itself, and for any agent with one of its capabilities. */
export const queuesOf = (agent: AgentRecord): string[] => [
  agentQueue(agent),
  ...agent.capabilities.map((capability) => capabilityQueue(agent.tenantId, capability)),
]

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
  const queues = queuesOf(agent)
  const isOffering = options.prefetch > 0
  const open = new Map<TaskId, { delivery: Delivery; timer: Timer }>()
  let resting: Timer | null = null
  let isClosed = false

  const settle = (taskId: TaskId, work: (delivery: Delivery) => Promise<void>) => {
    const offer = open.get(taskId)
    if (offer === undefined) return
    open.delete(taskId)
    offer.timer.cancel()
    work(offer.delivery).catch((error: unknown) =>
      logger.warn('offers.settle_failed', { taskId, agentId: agent.id, error }),
    )
  }
  const withdraw = (taskId: TaskId) => {
    rest()
    settle(taskId, (delivery) => delivery.nack({ reason: 'offer not claimed', isRequeued: true }))
  }
  const rest = () => {
    if (resting !== null) return
    consume([])
    resting = clock.after(claimMs, () => {
      resting = null
      consume(queues)
    })
  }
  const consume = (from: readonly string[]) =>
    void subscription
      .setQueues(from)
      .catch((error: unknown) => logger.warn('offers.rest_failed', { agentId: agent.id, error }))
  const receive = async (delivery: Delivery): Promise<void> => {
    try {
      const taskId = delivery.message.headers.task_id as TaskId
      const isClaimable =
        !open.has(taskId) && (delivery.isFresh || (await options.isClaimable(taskId)))
      if (isClosed) return
      if (isClaimable && !open.has(taskId)) offer(taskId, delivery)
      else await delivery.ack()
    } catch (error) {
      logger.warn('offers.check_failed', { agentId: agent.id, error })
      await delivery.nack({ reason: 'offer not checked', isRequeued: true, delayMs: 1_000 })
    }
  }
  const offer = (taskId: TaskId, delivery: Delivery) => {
    const { headers } = delivery.message
    const timer = clock.after(claimMs, () => withdraw(taskId))
    open.set(taskId, { delivery, timer })
    options.onOffer({
      task_id: taskId,
      priority: headers.priority,
      traceparent: headers.traceparent,
      claim_seconds: options.claimSeconds,
    })
  }
  const follow: EventListener = (events) => {
    for (const { event } of events) {
      const stop = stopOf(event)
      if (stop !== null && event.data.agent_id === agent.id) options.onStop(stop)
      const held = open.get(event.subject_id as TaskId)
      if (held === undefined) continue
      const isOurs = event.data.agent_id === agent.id
      if (event.type === 'task.claimed' && isOurs) held.timer.cancel()
      else if (event.type === 'task.claimed' || isEnd(event.type))
        settle(event.subject_id as TaskId, (delivery) => delivery.ack())
    }
  }

  const unfollow = options.feed.subscribe(follow, isOffering ? ['task.claimed', ...ENDS] : STOPS)
  const subscription = await options.broker.subscribe({
    // An agent that takes its messages from the broker itself only wants to hear of stops.
    queues: isOffering ? queues : [],
    prefetch: Math.max(options.prefetch, 1),
    onDelivery: (delivery) => void receive(delivery).catch(() => {}),
  })
  return {
    close: async () => {
      isClosed = true
      unfollow()
      resting?.cancel()
      for (const { timer } of open.values()) timer.cancel()
      open.clear()
      await subscription.close()
    },
  }
}

/** What an agent must be told at once, rather than at its next heartbeat. */
const stopOf = ({ type, data }: CadreEvent): AttemptStop | null => {
  const { task_id, attempt, category } = data
  if (task_id === undefined || attempt === undefined) return null
  if (type === 'task.cancelled') return { task_id, attempt, reason: 'cancelled' }
  const isTimeout = category === 'timeout' && isEnd(type) && type !== 'task.completed'
  return isTimeout ? { task_id, attempt, reason: 'timeout' } : null
}
