import type { EventType } from '@cadre/contract'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { EVENTS_CHANNEL, latestCursor, readPage, type StoredEvent } from './event-store.ts'

export type EventListener = (events: readonly StoredEvent[]) => void

/** The live end of the event log, read once per process however many listen. */
export interface EventFeed {
  /**
   * Calls back with what is committed from now on, in order; with events of `types` at least.
   * Types that nobody asks for are not even read. Without `types` it is all of them.
   */
  subscribe(listener: EventListener, types?: readonly EventType[]): () => void
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
  const listeners = new Map<EventListener, readonly EventType[] | undefined>()
  let wanted: readonly EventType[] | null = []
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
        const types = wanted
        const page = await readPage(db, cursor, { limit: ROWS_PER_READ, types })
        // Somebody asked for more meanwhile, and what they want may have been left out here.
        if (types !== wanted) {
          isStale = true
          continue
        }
        if (page.end === null) continue
        cursor = page.end
        if (page.events.length > 0)
          for (const listener of listeners.keys()) tell(listener, page.events)
        if (page.isFull) isStale = true
        else await gathered()
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
    subscribe: (listener, types) => {
      listeners.set(listener, types)
      wanted = typesOf(listeners.values())
      return () => {
        listeners.delete(listener)
        wanted = typesOf(listeners.values())
      }
    },
    close: async () => {
      isClosed = true
      listeners.clear()
      await unlisten()
    },
  }
}

const typesOf = (asked: Iterable<readonly EventType[] | undefined>): EventType[] | null => {
  const types = new Set<EventType>()
  for (const some of asked) {
    if (some === undefined) return null
    for (const type of some) types.add(type)
  }
  return [...types]
}
