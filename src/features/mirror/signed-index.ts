import { INDEX_PAYLOAD_TYPE, type MarketplaceIndex } from '@cadre/contract'
import type { Envelope, SignValue } from '#features/registry/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { listApproved, listTombstones } from './change-store.ts'
import { indexTooLarge } from './mirror-errors.ts'

const VERSIONS_MAX = 200_000

/**
 * Everything that is approved now and everything that is gone, signed. It carries what a release
 * cannot say, since that never changes: what was deprecated, yanked or deleted.
 */
export const signIndex = async (options: {
  db: Db
  clock: Clock
  sign: SignValue
}): Promise<Envelope> => {
  const issued_at = options.clock.now().toISOString()
  const versions = await listApproved(options.db, VERSIONS_MAX + 1)
  // Read later: what is deleted in between is in both lists, and counts as gone.
  const deleted = await listTombstones(options.db, VERSIONS_MAX + 1)
  if (Math.max(versions.length, deleted.length) > VERSIONS_MAX) throw indexTooLarge(VERSIONS_MAX)
  const index: MarketplaceIndex = { schema: 'cadre.index/v1', issued_at, versions, deleted }
  return options.sign(INDEX_PAYLOAD_TYPE, index)
}
