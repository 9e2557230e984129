import type { Clock, Timer } from '../clock.ts'
import type { Db } from '../db/db.ts'
import type { Ids } from '../ids.ts'
import type { Broker, Message } from './broker.ts'
import { describeStalls, neglected } from './consumer-watch.ts'
import { createAcknowledger } from './postgres-acknowledger.ts'
import {
  BROKER_CHANNEL,
  deleteExpired,
  findWaitingSince,
  freeAllLocks,
  freeExpiredLocks,
  insertMessages,
} from './postgres-broker-store.ts'
import { handOver } from './postgres-hand-over.ts'
import { createPostgresSubscription, type PostgresSubscription } from './postgres-subscription.ts'

export interface PostgresBrokerOptions {
  db: Db
  clock: Clock
  ids: Ids
  /** A fault in the background, after which the broker tries again by itself. */
  onFault: (error: unknown) => void
  /** A consumer that does not renew its locks for so long has lost its messages. */
  lockSeconds?: number
  /** Looks for work even when no notification came, for one may be lost with a connection. */
  sweepSeconds?: number
  /** A message delivered more often is dead. */
  deliveriesMax?: number
  /** No other process can have this database open: locks found at the start are of the dead. */
  isAlone?: boolean
}

/**
 * The broker of the embedded default: a table, waked by notifications. Works on PGlite and on
 * PostgreSQL, for any number of processes.
 */
export const createPostgresBroker = async (options: PostgresBrokerOptions): Promise<Broker> => {
  const { db, clock } = options
  const settings = {
    lockMs: (options.lockSeconds ?? 60) * 1_000,
    deliveriesMax: options.deliveriesMax ?? 100,
  }
  const sweepMs = (options.sweepSeconds ?? 5) * 1_000
  const subscriptions = new Set<PostgresSubscription>()
  const acknowledger = createAcknowledger(options)
  let isClosed = false
  let lastFault: unknown = null

  const onFault = (error: unknown) => {
    lastFault = error
    options.onFault(error)
  }
  if (options.isAlone === true) await freeAllLocks(db)
  const unlisten = await db.listen(BROKER_CHANNEL, (queue) => {
    for (const subscription of subscriptions) subscription.wake(queue)
  })
  const sweep = async () => {
    if (isClosed) return
    try {
      await freeExpiredLocks(db, clock.now())
      await deleteExpired(db, clock.now())
      for (const subscription of subscriptions) await subscription.renew()
      lastFault = null
    } catch (error) {
      onFault(error)
    }
    if (!isClosed) scheduleSweep()
  }
  const scheduleSweep = () => {
    timer = clock.after(sweepMs, () => void (sweeping = sweep()))
  }
  const findStalled = async () => {
    const idle = [...subscriptions].filter(({ idleSince }) => idleSince !== null)
    const queues = [...new Set(idle.flatMap((subscription) => subscription.queues))]
    if (queues.length === 0) return []
    const now = clock.now()
    const waitingSince = await findWaitingSince(db, queues, now)
    return idle.flatMap((subscription) => neglected(subscription, waitingSince, now))
  }
  const store = async (messages: readonly Message[]): Promise<void> => {
    const now = clock.now()
    const handing = handOver(messages, subscriptions)
    let seqs = new Map<string, number>()
    try {
      seqs = await insertMessages(db, messages, now, {
        consumers: handing.consumers,
        lockedUntil: new Date(now.getTime() + settings.lockMs),
      })
    } finally {
      handing.complete(seqs)
    }
  }
  let sweeping: Promise<void> = Promise.resolve()
  let publishing: Promise<void> = Promise.resolve()
  let timer: Timer | null = null
  scheduleSweep()

  return {
    name: 'postgres',
    declare: async (queues) => [...queues],
    publish: (messages: readonly Message[]) => {
      if (messages.length === 0) return Promise.resolve()
      // One after the other: what was published first is to be delivered first.
      const next = publishing.catch(() => {}).then(() => store(messages))
      publishing = next
      return next
    },
    subscribe: async (request) => {
      const subscription = createPostgresSubscription({
        ...options,
        ...settings,
        onFault,
        acknowledger,
        request,
        onClose: () => subscriptions.delete(subscription),
      })
      subscriptions.add(subscription)
      subscription.wake('')
      return subscription
    },
    health: async () => {
      if (lastFault !== null)
        return {
          isHealthy: false,
          circuit: 'closed',
          detail: 'The queue in the database does not answer.',
          stalled: [],
        }
      const stalled = await findStalled()
      return {
        isHealthy: stalled.length === 0,
        // Whether the database takes anything is the database's to say.
        circuit: 'closed',
        detail:
          stalled.length === 0
            ? `consumers on the database's queue: ${subscriptions.size}`
            : describeStalls(stalled),
        stalled,
      }
    },
    // It has no circuit of its own.
    tryNow: () => {},
    close: async () => {
      isClosed = true
      timer?.cancel()
      await unlisten()
      await sweeping
      await publishing.catch(() => {})
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    },
  }
}
