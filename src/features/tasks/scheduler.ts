import type { Broker } from '#platform/broker/broker.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import {
  admitDue,
  OUTBOX_CHANNEL,
  ROOM,
  unadmit,
  type Admission,
  type AdmittedRow,
} from '#platform/outbox/outbox-store.ts'
import { rankOfPriority } from '#platform/outbox/priority.ts'

export interface SchedulerOptions {
  db: Db
  clock: Clock
  ids: Ids
  broker: Broker
  onFault: (error: unknown) => void
  /** Rows of one round at the most. */
  batchMax: number
  /** Tasks per queue that are in the broker and not yet claimed, at the most. */
  windowPerQueue: number
  /** A message nobody claimed for so long is published anew; the old one expires. */
  redeliverSeconds: number
  /** Looks for due work even when no wake-up came. */
  sweepSeconds: number
}

export interface Scheduler {
  close(): Promise<void>
}

/** Moves due work from the outbox into the broker, waked by new work and by due times. */
export const createScheduler = async (options: SchedulerOptions): Promise<Scheduler> => {
  const { db, clock, broker, ids } = options
  let isClosed = false
  let isStale = false
  /** Due work was left out because its queue's window is full: a claim makes room. */
  let waitsForRoom = false
  /** A claim made room since the present round began, which may not have seen it. */
  let isRoomMade = false
  let running: Promise<void> | null = null
  let timer: Timer | null = null

  const messageOf = (row: AdmittedRow, expiresAt: Date) => ({
    id: ids.uuid(),
    tenantId: row.tenantId,
    queue: row.queue,
    level: rankOfPriority(row.priority),
    expiresAt,
    headers: {
      task_id: row.taskId,
      priority: row.priority,
      attempt: row.attempt,
      agent_id: row.agentId,
      traceparent: row.traceparent,
      schema_version: 1 as const,
    },
  })
  const round = async (): Promise<Admission> => {
    const now = clock.now()
    const redeliverAt = new Date(now.getTime() + options.redeliverSeconds * 1_000)
    const admission = await admitDue(db, {
      now,
      rowsMax: options.batchMax,
      windowPerQueue: options.windowPerQueue,
      redeliverAt,
    })
    const { rows } = admission
    if (rows.length === 0) return admission
    try {
      await broker.publish(rows.map((row) => messageOf(row, redeliverAt)))
    } catch (error) {
      const taskIds = rows.map((row) => row.taskId)
      await unadmit(db, taskIds, new Date(now.getTime() + options.sweepSeconds * 1_000))
      throw error
    }
    return admission
  }
  const sleepUntil = (dueAt: Date | null) => {
    const sweepMs = options.sweepSeconds * 1_000
    const untilDueMs = dueAt === null ? sweepMs : dueAt.getTime() - clock.now().getTime()
    timer?.cancel()
    timer = clock.after(Math.min(Math.max(untilDueMs, 0), sweepMs), wake)
  }
  const run = async () => {
    try {
      while (isStale && !isClosed) {
        isStale = false
        isRoomMade = false
        const { rows, nextDueAt, isWindowFull } = await round()
        waitsForRoom = isWindowFull
        if (rows.length === options.batchMax || (isWindowFull && isRoomMade)) isStale = true
        else sleepUntil(nextDueAt)
      }
    } catch (error) {
      options.onFault(error)
      sleepUntil(null)
    }
  }
  const wake = () => {
    isStale = true
    if (isClosed || running !== null) return
    running = run().finally(() => {
      running = null
      if (isStale && !isClosed) wake()
    })
  }

  const unlisten = await db.listen(OUTBOX_CHANNEL, (payload) => {
    if (payload === ROOM) isRoomMade = true
    if (payload !== ROOM || waitsForRoom) wake()
  })
  wake()
  return {
    close: async () => {
      isClosed = true
      timer?.cancel()
      await unlisten()
      await running
    },
  }
}
