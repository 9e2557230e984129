import type { Clock, Timer } from '../clock.ts'
import type { Db } from './db.ts'

export interface VacuumOptions {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
  /** Rows of these come and go all the time. */
  busyTables: readonly string[]
  /** How often busy tables are swept. */
  seconds: number
}

export interface Vacuum {
  /** Makes the room of dead rows free for new ones. */
  sweep(): Promise<void>
  close(): void
}

/**
 * Does for the embedded database what a server's autovacuum does: without it, every index scan
 * walks over all the rows that ever passed through a queue.
 */
export const createVacuum = (options: VacuumOptions): Vacuum => {
  const { db, clock } = options
  let timer: Timer | null = null
  let isClosed = false

  const sweep = async () => {
    for (const table of options.busyTables) await db.query(`vacuum ${table}`)
  }
  const repeat = () => {
    timer = clock.after(options.seconds * 1_000, () => {
      void sweep()
        .catch(options.onFault)
        .then(() => {
          if (!isClosed) repeat()
        })
    })
  }
  repeat()
  return {
    sweep,
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}
