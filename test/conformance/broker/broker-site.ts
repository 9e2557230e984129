import type { Broker } from '#platform/broker/broker.ts'
import type { Clock } from '#platform/clock.ts'

/** A dead letter as the database keeps it. */
export interface BuriedLetter {
  id: string
  tenant_id: string | null
  source: string
  reason: string
  deliveries: number
  headers: unknown
  history: { at: string; reason: string }[]
  /** How often the log says that it was buried. */
  events: number
}

/** What a site's brokers are opened with. */
export interface BrokerWish {
  clock: Clock
  onFault: (error: unknown) => void
}

export const DELIVERIES_MAX = 3

/** A place where brokers of one kind meet, with nobody else around. */
export interface BrokerSite {
  /** Each stands for a process of its own. Closed by whoever opened it. */
  openBroker(wish: BrokerWish): Promise<Broker>
  deadLettersOf(queue: string): Promise<BuriedLetter[]>
  /** Messages of the queue that are kept, delivered and not yet acknowledged ones included. */
  countOf(queue: string): Promise<number>
  /** A consumer takes a message from the queue and dies without a word. */
  takeAndDie(queue: string, clock: Clock): Promise<void>
  /** Cuts the connections of every broker here. */
  cutConnections(): Promise<void>
  close(): Promise<void>
}

export interface RestartableServer {
  /** Shuts it down in order. */
  stopServer(): Promise<void>
  /** Ends as a crash would. */
  killServer(): Promise<void>
  startServer(): Promise<void>
}
