import type { Tx } from '#platform/db/db.ts'
import { putListing, readStanding, removeListing } from './listing-store.ts'
import { priceBandOf } from './price-band.ts'
import { completenessOf, qualityOf, UNKNOWN_STANDING } from './quality.ts'
import { searchVectorsOf } from './search-vector.ts'
import { findListedVersion } from './version-store.ts'

/**
 * Lists what is to be listed of an item now, or takes it off the list. Part of every change of a
 * version, under the lock of its item.
 */
export const refreshListing = async (tx: Tx, itemId: string, now: Date): Promise<void> => {
  const version = await findListedVersion(tx, itemId)
  if (version === null) return removeListing(tx, itemId)
  const standing = (await readStanding(tx, itemId)) ?? UNKNOWN_STANDING
  await putListing(tx, {
    version,
    vectors: searchVectorsOf(version),
    priceBand: priceBandOf(version.price),
    quality: qualityOf(standing, completenessOf(version)),
    now,
  })
}
