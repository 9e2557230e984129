import type { TenantId } from '@cadre/contract'
import type { Envelope } from '#features/registry/index.ts'
import type { Db } from '#platform/db/db.ts'
import { findItem } from './item-store.ts'
import type { ItemRecord } from './item.ts'
import { itemNotFound } from './marketplace-errors.ts'
import * as store from './offer-store.ts'
import { findRelease } from './release-store.ts'

export type { OfferedVersion } from './offer-store.ts'
export type Offers = ReturnType<typeof createOffers>

/** The marketplace as those see it who install from it. */
export const createOffers = (db: Db) => ({
  /** @throws AppError `marketplace.not_found`, also where no version was approved */
  find: async (name: string): Promise<{ item: ItemRecord; versions: store.OfferedVersion[] }> => {
    const item = await findItem(db, name)
    const versions = item && (await store.findOffered(db, [item.id])).get(item.id)
    if (item === null || !versions) throw itemNotFound()
    return { item, versions }
  },
  /** Approved versions by item, the greatest first; in one statement. */
  versionsOf: (itemIds: readonly string[]) => store.findOffered(db, itemIds),
  /** What was signed of a version. @throws AppError `marketplace.not_found` */
  release: async (versionId: string): Promise<Envelope> => {
    const release = await findRelease(db, versionId)
    if (release === null) throw itemNotFound()
    return release
  },
  listedNames: (names: readonly string[]) => store.findListedNames(db, names),
  listedFor: (capabilities: readonly string[]) => store.findListedFor(db, capabilities),
  isSource: (source: { agentId: string; tenantId: TenantId; itemId: string }) =>
    store.isSourceOf(db.ofTenant(source.tenantId), source),
})
