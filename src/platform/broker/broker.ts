import type { CircuitState, TaskCommand, TaskPriority, TenantId } from '@cadre/contract'

/**
 * What travels: ids and context only, never a payload. The truth stays in PostgreSQL, so a
 * message that is lost, doubled or late costs time but no work.
 */
export interface Message {
  /** UUID, new for every publication. */
  id: string
  tenantId: TenantId
  queue: string
  /** Place in the queue: 0 goes first, {@link LEVEL_MAX} last; whoever sends it decides. */
  level: number
  /** Not delivered any more from here on; whoever sent it sends it anew. */
  expiresAt: Date
  headers: MessageHeaders
}

export const LEVEL_MAX = 9

export interface MessageHeaders {
  task_id: string
  /** As its creator asked; the order of delivery is the level's. */
  priority: TaskPriority
  /** Of the attempt that a claim would start. */
  attempt: number
  /** Null when any agent of the queue's capability may take it. */
  agent_id: string | null
  /** W3C trace context of the request that made the task. */
  traceparent: string | null
  /** What it is to the run whose step it is; null outside of runs. */
  command: TaskCommand | null
  schema_version: 1
}

export interface Delivery {
  readonly message: Message
  /** 1 at the first delivery. */
  readonly deliveries: number
  /** It came as it was published, and did not wait for anybody. */
  readonly isFresh: boolean
  /** The message is done with. Idempotent. */
  ack(): Promise<void>
  /** Back to the queue after `delayMs`, or to the dead letters. Idempotent. */
  nack(refusal: { reason: string; isRequeued: boolean; delayMs?: number }): Promise<void>
}

export interface SubscribeOptions {
  queues: readonly string[]
  /** Deliveries that are neither acked nor nacked at the most. */
  prefetch: number
  onDelivery: (delivery: Delivery) => void
}

export interface Subscription {
  /** Replaces the queues consumed from now on; what was delivered stays delivered. */
  setQueues(queues: readonly string[]): Promise<void>
  /** Stops new deliveries. What is outstanding may still be acked until `close`. */
  pause(): Promise<void>
  /** Stops, and gives back to their queues what is neither acked nor nacked. */
  close(): Promise<void>
}

/** One refusal of a message, kept with it. */
export interface Refusal {
  /** ISO 8601. */
  at: string
  reason: string
}

/** A message that will not be delivered any more, and why. */
export interface DeadLetter {
  /** Less is known of a message that cannot be read. */
  message: Pick<Message, 'id' | 'queue'> & { tenantId: TenantId | null; headers: unknown }
  /** The broker that carried it. */
  source: BrokerName
  reason: string
  deliveries: number
  /** What happened before, oldest first. */
  history: readonly Refusal[]
  enqueuedAt: Date
  diedAt: Date
}

export type BrokerName = 'postgres' | 'rabbitmq' | 'redis'

/** Keeps a dead letter in the database, for brokers that are not in it. Durable when it resolves. */
export type BuryMessage = (letter: DeadLetter) => Promise<void>

/** A queue that is subscribed to and yet not consumed. */
export interface StalledQueue {
  queue: string
  since: Date
  reason: string
}

export interface BrokerHealth {
  isHealthy: boolean
  /**
   * Of the way to the broker. Closed, it is used; open, what is published is refused at once;
   * half-open, it is refused as well while one attempt finds out whether the way may close.
   */
  circuit: CircuitState
  detail: string
  stalled: readonly StalledQueue[]
}

/**
 * The broker port: at-least-once delivery, by level and then by order of publication.
 */
export interface Broker {
  readonly name: BrokerName
  /**
   * Makes sure that the queues exist, for consumers that come to the broker themselves.
   * @returns their names at the broker, in the same order
   */
  declare(queues: readonly string[]): Promise<string[]>
  /** Resolves once every message is durable. */
  publish(messages: readonly Message[]): Promise<void>
  subscribe(options: SubscribeOptions): Promise<Subscription>
  health(): Promise<BrokerHealth>
  /** Where the way is not closed, it is tried now; it does not wait for the next attempt. */
  tryNow(): void
  close(): Promise<void>
}
