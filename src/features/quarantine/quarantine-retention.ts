import type { Db } from '#platform/db/db.ts'
import { deleteDeadLettersBefore } from './dead-letter-store.ts'
import { deleteEmptyGroups } from './quarantine-store.ts'

/** For the sweep of retention: empty groups and dead letters go with the finished tasks. */
export const removeOldQuarantine =
  (db: Db) =>
  async (before: Date, rowsMax: number): Promise<number> => {
    const letters = await deleteDeadLettersBefore(db, before, rowsMax)
    return Math.max(letters, await deleteEmptyGroups(db, before, rowsMax))
  }
