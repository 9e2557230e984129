import type { Db } from '#platform/db/db.ts'
import { deleteOldInvitations } from './invitation-store.ts'
import { deleteOldKeys } from './key-store.ts'
import { deleteOldSignIns } from './oidc-store.ts'
import { deleteEndedSessions } from './session-store.ts'
import { deleteOldFamilies } from './token-store.ts'
import { deleteOldResets } from './user-store.ts'

/** Removes what was good for something until a moment: sessions, tokens, links, expired keys. */
export const removeOldCredentials = (db: Db) =>
  [
    deleteEndedSessions,
    deleteOldFamilies,
    deleteOldInvitations,
    deleteOldResets,
    deleteOldKeys,
    deleteOldSignIns,
  ].map((remove) => (before: Date, rowsMax: number) => remove(db, before, rowsMax))
