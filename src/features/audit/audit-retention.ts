import type { Db } from '#platform/db/db.ts'
import { removeOldRecords } from './audit-store.ts'

/**
 * Removes records from before a moment, the oldest first, and notes in the chain's head where it
 * begins from now on. The only way in which records go.
 */
export const removeOldAuditRecords =
  (db: Db) =>
  (before: Date, rowsMax: number): Promise<number> =>
    db.transaction((tx) => removeOldRecords(tx, before, rowsMax))
