import type { TenantId } from '@cadre/contract'
import type { Clock, Timer } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { addStarts, removeStartsBefore, type StartCount } from './start-count-store.ts'

export const START_BUCKET_MS = 10_000
/** Ten minutes. */
export const START_BUCKETS = 60
const WRITE_MS = 1_000
const REMOVE_MS = 60_000
/** Queues and tenants that one process keeps count of between two writes; more are left out. */
const COUNTS_MAX = 10_000

/** Counts starts of tasks without making any of them wait. */
export interface StartCounter {
  count(tenantId: TenantId, queue: string): void
  close(): Promise<void>
}

export interface StartCounterOptions {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}

/**
 * Keeps count in memory and adds it to the table once a second. A process that is killed takes
 * the last second's count along: the figures are for people to look at, not for accounts.
 */
export const createStartCounter = ({ db, clock, onFault }: StartCounterOptions): StartCounter => {
  let counts = new Map<string, StartCount>()
  let timer: Timer | null = null
  let removedAtMs = 0
  let writing: Promise<void> = Promise.resolve()

  const add = ({ tenantId, queue, bucketAt, starts }: StartCount) => {
    const key = `${tenantId} ${bucketAt.getTime()} ${queue}`
    const known = counts.get(key)
    if (known !== undefined) known.starts += starts
    else if (counts.size < COUNTS_MAX) counts.set(key, { tenantId, queue, bucketAt, starts })
  }
  const write = async () => {
    const due = [...counts.values()]
    counts = new Map()
    if (due.length === 0) return
    try {
      await addStarts(db, due)
    } catch (error) {
      due.forEach(add)
      throw error
    }
  }
  const removeOld = async () => {
    const nowMs = clock.now().getTime()
    if (nowMs - removedAtMs < REMOVE_MS) return
    removedAtMs = nowMs
    await removeStartsBefore(db, firstBucketAt(clock.now()))
  }
  const schedule = () => {
    timer ??= clock.after(WRITE_MS, () => {
      timer = null
      // One after the other, so that closing waits for them all.
      writing = writing
        .then(write)
        .then(removeOld)
        .catch(onFault)
        .then(() => {
          if (counts.size > 0) schedule()
        })
    })
  }

  return {
    count: (tenantId, queue) => {
      add({ tenantId, queue, bucketAt: bucketOf(clock.now()), starts: 1 })
      schedule()
    },
    close: async () => {
      timer?.cancel()
      await writing
      timer?.cancel()
      await write().catch(onFault)
    },
  }
}

const bucketOf = (moment: Date): Date =>
  new Date(Math.floor(moment.getTime() / START_BUCKET_MS) * START_BUCKET_MS)

/** The oldest bucket that is shown. */
export const firstBucketAt = (now: Date): Date =>
  new Date(bucketOf(now).getTime() - (START_BUCKETS - 1) * START_BUCKET_MS)

export interface RecentStarts {
  /** Starts in the last minute. */
  lastMinute: number
  /** Oldest first; the last bucket is the one under way. */
  perBucket: number[]
}

const BUCKETS_PER_MINUTE = 60_000 / START_BUCKET_MS

/**
 * Lays counts of one queue on the line of buckets. The minute reaches into the bucket that was
 * cut in two by it, and takes the part of it that lies within.
 */
export const recentStarts = (counts: readonly StartCount[], now: Date): RecentStarts => {
  const firstMs = firstBucketAt(now).getTime()
  const perBucket = Array.from({ length: START_BUCKETS }, () => 0)
  for (const { bucketAt, starts } of counts) {
    const place = (bucketAt.getTime() - firstMs) / START_BUCKET_MS
    if (place >= 0 && place < START_BUCKETS) perBucket[place] = (perBucket[place] ?? 0) + starts
  }
  const whole = perBucket.slice(-BUCKETS_PER_MINUTE)
  const cut = perBucket.at(-BUCKETS_PER_MINUTE - 1) ?? 0
  const begun = (now.getTime() - bucketOf(now).getTime()) / START_BUCKET_MS
  const sum = whole.reduce((total, starts) => total + starts, 0)
  return { lastMinute: Math.round(sum + cut * (1 - begun)), perBucket }
}
