import type { EventType } from '@cadre/contract'
import type { Clock } from '../clock.ts'
import type { Db, Tx } from '../db/db.ts'
import { EVENTS_CHANNEL, isAnyHeldBack, readPage, type StoredEvent } from './event-store.ts'
import { lockProjection, saveProjection } from './projection-store.ts'

/** A table kept from events: every event is applied exactly once, in order, by whatever process. */
export interface Projection {
  /** Applies all that is committed. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

export interface ProjectionOptions {
  db: Db
  clock: Clock
  name: string
  /** Those that `apply` needs; the others are not even read. */
  types?: readonly EventType[]
  apply: (tx: Tx, events: readonly StoredEvent[]) => Promise<void>
  onFault: (error: unknown) => void
  /** Gathers events for so long before they are applied. */
  gatherMs?: number
}

const ROWS_PER_STEP = 1_000

export const createProjection = async (options: ProjectionOptions): Promise<Projection> => {
  const { db, clock, name } = options
  const gatherMs = options.gatherMs ?? 250
  let isScheduled = false
  let isClosed = false
  let running: Promise<void> = Promise.resolve()

  const step = () =>
    db.transaction(async (tx) => {
      const cursor = await lockProjection(tx, name)
      const { events, end, isFull } = await readPage(tx, cursor, {
        limit: ROWS_PER_STEP,
        types: options.types ?? null,
      })
      if (end === null) {
        if (await isAnyHeldBack(tx, cursor)) schedule()
        return 'none'
      }
      if (events.length > 0) await options.apply(tx, events)
      await saveProjection(tx, name, end)
      // What a running transaction kept back now is looked for again.
      schedule()
      return isFull ? 'more' : 'some'
    })
  const catchUp = (): Promise<void> => {
    const run = running.then(async () => {
      while (!isClosed && (await step()) === 'more');
    })
    running = run.catch(() => {})
    return run
  }
  const schedule = () => {
    if (isScheduled || isClosed) return
    isScheduled = true
    clock.after(gatherMs, () => {
      isScheduled = false
      if (!isClosed) catchUp().catch(options.onFault)
    })
  }
  const unlisten = await db.listen(EVENTS_CHANNEL, schedule)
  schedule()

  return {
    catchUp,
    close: async () => {
      isClosed = true
      await unlisten()
      await running
    },
  }
}
