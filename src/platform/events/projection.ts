import type { Clock } from '../clock.ts'
import type { Db, Tx } from '../db/db.ts'
import { EVENTS_CHANNEL, isAnyHeldBack, readAfter, type StoredEvent } from './event-store.ts'
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
      const events = await readAfter(tx, cursor, ROWS_PER_STEP)
      const last = events.at(-1)
      if (last === undefined) {
        if (await isAnyHeldBack(tx, cursor)) schedule()
        return 'none'
      }
      await options.apply(tx, events)
      await saveProjection(tx, name, last.cursor)
      // What a running transaction kept back now is looked for again.
      schedule()
      return events.length === ROWS_PER_STEP ? 'more' : 'some'
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
