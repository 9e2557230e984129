import type { Clock } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { EVENTS_CHANNEL, latestCursor, readAfter, type StoredEvent } from './event-store.ts'

export type EventListener = (events: readonly StoredEvent[]) => void

/** The live end of the event log, read once per process however many listen. */
export interface EventFeed {
  /** Calls back with what is committed from now on, in order. */
  subscribe(listener: EventListener): () => void
  close(): Promise<void>
}

export interface EventFeedOptions {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
  /** Looks again even without a wake-up. */
  sweepSeconds?: number
}

const ROWS_PER_READ = 500
const SECOND_LOOK_MS = 50
/** Under load, what happens within this time is read together. */
const GATHER_MS = 15

export const createEventFeed = async (options: EventFeedOptions): Promise<EventFeed> => {
  const { db, clock } = options
  const sweepMs = (options.sweepSeconds ?? 2) * 1_000
  const listeners = new Set<EventListener>()
  let cursor = await latestCursor(db)
  let isReading = false
  let isStale = false
  let isSecondLookDue = false
  let isClosed = false

  /** A listener that throws must not cost the others these events. */
  const tell = (listener: EventListener, events: readonly StoredEvent[]) => {
    try {
      listener(events)
    } catch (error) {
      options.onFault(error)
    }
  }
  const read = async (): Promise<void> => {
    isStale = true
    if (isReading || isClosed) return
    isReading = true
    try {
      while (isStale && !isClosed) {
        isStale = false
        const events = await readAfter(db, cursor, ROWS_PER_READ)
        const last = events.at(-1)
        if (last === undefined) continue
        cursor = last.cursor
        isStale ||= events.length === ROWS_PER_READ
        for (const listener of listeners) tell(listener, events)
        if (!isStale) await gathered()
      }
    } catch (error) {
      options.onFault(error)
    } finally {
      isReading = false
    }
  }
  const gathered = () => new Promise<void>((resolve) => void clock.after(GATHER_MS, resolve))
  const sweep = () => {
    if (isClosed) return
    void read()
    clock.after(sweepMs, sweep)
  }
  /** What a transaction still running kept back at the first look is there at the second. */
  const readTwice = () => {
    void read()
    if (isSecondLookDue) return
    isSecondLookDue = true
    clock.after(SECOND_LOOK_MS, () => {
      isSecondLookDue = false
      void read()
    })
  }
  const unlisten = await db.listen(EVENTS_CHANNEL, readTwice)
  clock.after(sweepMs, sweep)

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: async () => {
      isClosed = true
      listeners.clear()
      await unlisten()
    },
  }
}
