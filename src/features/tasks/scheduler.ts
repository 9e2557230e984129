import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { lockLead, type Lease } from '#platform/db/leader-store.ts'
import { joinElection } from '#platform/lifecycle/leadership.ts'
import {
  admitDue,
  admitGoverned,
  type Admission,
  type AdmittedRow,
  type AdmitRequest,
} from '#platform/outbox/admission-store.ts'
import {
  OUTBOX_CHANNEL,
  ROOM,
  unadmitOfTenants,
  unadmitSince,
  UNPUBLISHED_MS,
} from '#platform/outbox/outbox-store.ts'
import { SCHEDULER_LEAD } from '#platform/outbox/queue-store.ts'
import { NO_SUSPENDED_TENANTS, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import { createFairShares } from './fair-shares.ts'
import type { TaskPublisher } from './task-publisher.ts'

export interface SchedulerOptions {
  db: Db
  clock: Clock
  publisher: TaskPublisher
  onFault: (error: unknown) => void
  /** Rows of one round at the most. */
  batchMax: number
  /** Tasks per queue that are in the broker and not yet claimed, at the most. */
  windowPerQueue: number
  /** A message nobody claimed for so long is published anew; the old one expires. */
  redeliverSeconds: number
  /** Looks for due work even when no wake-up came. */
  sweepSeconds: number
  /** Whose work is not admitted. Default: nobody's. */
  suspended?: SuspendedTenants
  /** Names this process among several; null where no other can have the database open. */
  candidate: string | null
}

export interface Scheduler {
  /** Admits now. Of several schedulers only one does. */
  isLeading(): boolean
  /** Resolves as soon as it has looked at all that it heard of. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Least time between the starts of two rounds under load. */
const REST_MS = 5

/** Rounds whose messages the broker has not confirmed yet, at the most. */
const UNCONFIRMED_MAX = 8

/** Moves due work from the outbox into the broker, waked by new work and by due times. */
export const createScheduler = async (options: SchedulerOptions): Promise<Scheduler> => {
  const { db, clock, publisher, suspended = NO_SUSPENDED_TENANTS } = options
  const redeliverMs = options.redeliverSeconds * 1_000
  const isAlone = options.candidate === null
  let lease: Lease | null = null
  let isLeading = isAlone
  let isClosed = false
  let isStale = false
  /** Due work was left out because its queue is full: a claim or an end makes room. */
  let waitsForRoom = false
  /** Room was made since the present round began, which may not have seen it. */
  let isRoomMade = false
  /** Where something new cannot get in, as the latest round saw it: see {@link Admission.closed}. */
  let closed: ReadonlySet<string> = new Set()
  let shares = createFairShares()
  /** Where something came in since the present round began, which may not have seen it. */
  const arrivals = new Set<string>()
  let running: Promise<void> | null = null
  const unconfirmed = new Set<Promise<void>>()
  /** The broker takes nothing: no use in going through the whole backlog. */
  let isRefused = false
  let lookedAtMs = Number.NEGATIVE_INFINITY
  /** The last round admitted several, and not all that it could. */
  let isBusy = false
  let timer: Timer | null = null

  const onRefused = (error: unknown) => {
    options.onFault(error)
    isRefused = true
    closed = new Set()
  }
  /** The next round need not wait for the confirmation, only for its own turn to be sent. */
  const send = async (rows: readonly AdmittedRow[], request: AdmitRequest): Promise<void> => {
    if (rows.length === 0) return
    const sent: Promise<void> = publisher
      .publish(rows, request.redeliverAt)
      .catch(onRefused)
      .finally(() => unconfirmed.delete(sent))
    unconfirmed.add(sent)
    if (unconfirmed.size >= UNCONFIRMED_MAX) await Promise.race(unconfirmed)
  }
  /** Within a transaction that no leader before or after this one can be in at the same time. */
  const admitWithinLimits = (request: AdmitRequest): Promise<Admission> =>
    db.transaction(async (tx) => {
      const isHeld = lease === null ? isAlone : await lockLead(tx, lease)
      return isHeld ? admitGoverned(tx, request) : NOTHING
    })
  const round = async (): Promise<Admission> => {
    const now = clock.now()
    const request = {
      now,
      rowsMax: options.batchMax,
      windowPerQueue: options.windowPerQueue,
      redeliverAt: new Date(now.getTime() + redeliverMs),
      leads: shares.leads(),
      suspended: suspended.ids(),
    }
    const free = await admitDue(db, request)
    await send(free.rows, request)
    if (!free.hasGoverned) return free
    const governed = await admitWithinLimits(request)
    await send(governed.rows, request)
    return {
      ...free,
      nextDueAt: earlier(free.nextDueAt, governed.nextDueAt),
      isFull: free.isFull || governed.isFull,
      closed: [...free.closed, ...governed.closed],
      standings: [...free.standings, ...governed.standings],
      hasMore: free.hasMore || governed.hasMore,
    }
  }
  const sleepUntil = (dueAt: Date | null) => {
    const sweepMs = options.sweepSeconds * 1_000
    const untilDueMs = dueAt === null ? sweepMs : dueAt.getTime() - clock.now().getTime()
    timer?.cancel()
    timer = clock.after(Math.min(Math.max(untilDueMs, 0), sweepMs), wake)
  }
  const isOverlooked = () =>
    (waitsForRoom && isRoomMade) || [...arrivals].some((arrival) => !closed.has(arrival))
  /** While much arrives, what comes within a few milliseconds is admitted together. */
  const rested = async () => {
    const restMs = lookedAtMs + REST_MS - performance.now()
    if (isBusy && restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    lookedAtMs = performance.now()
  }
  const run = async () => {
    isRefused = false
    try {
      while (isStale && !isClosed && isLeading) {
        await rested()
        isStale = false
        isRoomMade = false
        arrivals.clear()
        const admission = await round()
        shares.note(admission.standings, clock.now().getTime())
        const { rows, nextDueAt, isFull, hasMore, standings } = admission
        const isContended = standings.length > 0
        isBusy = (rows.length > 1 || isContended) && rows.length < options.batchMax
        // Where tenants meet, a claim may call for another order in the broker.
        waitsForRoom = isFull || isContended
        closed = new Set(admission.closed)
        if (isRefused) return sleepUntil(null)
        if (rows.length === options.batchMax || hasMore || isOverlooked()) isStale = true
        else sleepUntil(nextDueAt)
      }
    } catch (error) {
      options.onFault(error)
      closed = new Set()
      sleepUntil(null)
    }
  }
  const wake = () => {
    isStale = true
    if (isClosed || !isLeading || running !== null) return
    running = run().finally(() => {
      running = null
      if ((isStale || isOverlooked()) && !isClosed && isLeading) wake()
    })
  }
  const lead = async (isTakenOver: boolean) => {
    try {
      if (isTakenOver)
        await unadmitSince(db, new Date(clock.now().getTime() + redeliverMs - UNPUBLISHED_MS))
    } catch (error) {
      options.onFault(error)
    }
    wake()
  }

  const unlisten = await db.listen(OUTBOX_CHANNEL, (payload) => {
    if (payload === '') return wake()
    if (payload === ROOM) {
      isRoomMade = true
      return waitsForRoom && wake()
    }
    if (running !== null) arrivals.add(payload)
    else if (!closed.has(payload)) wake()
  })
  /** A round under way may have admitted something of who has been suspended meanwhile. */
  const takeBack = async (): Promise<void> => {
    try {
      await running
      if (isLeading && !isClosed) await unadmitOfTenants(db, suspended.ids(), clock.now())
    } catch (error) {
      options.onFault(error)
    }
    wake()
  }
  const stopFollowing = suspended.onChange(() => void takeBack())
  const election =
    options.candidate === null
      ? null
      : await joinElection(
          { db, clock, name: SCHEDULER_LEAD, holder: options.candidate, onFault: options.onFault },
          {
            onLead: (won, { isTakenOver }) => {
              lease = won
              shares = createFairShares()
              isLeading = true
              void lead(isTakenOver)
            },
            onLoss: () => {
              lease = null
              isLeading = false
              closed = new Set()
            },
          },
        )
  wake()
  return {
    isLeading: () => isLeading && !isClosed,
    settled: async () => {
      while (running !== null || unconfirmed.size > 0) await Promise.all([running, ...unconfirmed])
    },
    close: async () => {
      isClosed = true
      timer?.cancel()
      stopFollowing()
      await unlisten()
      await running
      await Promise.all(unconfirmed)
      await election?.close()
    },
  }
}

const NOTHING: Admission = {
  rows: [],
  nextDueAt: null,
  isFull: false,
  closed: [],
  standings: [],
  hasMore: false,
  hasGoverned: false,
}

const earlier = (one: Date | null, other: Date | null): Date | null => {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}
