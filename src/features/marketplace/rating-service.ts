import type { RateItem } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Projection } from '#platform/events/projection.ts'
import type { Principal } from '#platform/web/context.ts'
import { recordWithin } from '#features/audit/index.ts'
import { findItem, lockItem } from './item-store.ts'
import { itemNotFound, neverUsed, ownItem, ratingsExhausted } from './marketplace-errors.ts'
import { countRatingsSince, findRating, listRatings, putRating } from './rating-store.ts'
import type { RatingRecord } from './rating-store.ts'
import { hasRun } from './reputation-store.ts'
import type { Reputations } from './reputations.ts'
import { findListedVersion } from './version-store.ts'

export type RatingService = ReturnType<typeof createRatingService>

/** A tenant writes each of its ratings so often within a day of UTC. */
const WRITES_MAX = 5
/** And so many ratings in all. */
const RATINGS_PER_DAY_MAX = 30
const DAY_SECONDS = 86_400

export interface RatingServiceOptions {
  db: Db
  clock: Clock
  reputations: Reputations
  /** Brings what was run up to date. */
  ledger: Pick<Projection, 'catchUp'>
}

/** What tenants that ran an item say of it. */
export const createRatingService = ({ db, clock, reputations, ledger }: RatingServiceOptions) => {
  const listed = async (name: string) => {
    const item = await findItem(db, name)
    const version = item === null ? null : await findListedVersion(db, item.id)
    if (item === null || version === null) throw itemNotFound()
    return { item, version }
  }

  return {
    /** @throws AppError 409 from those who never ran it or publish it, 429 from those who rate too often */
    rate: async (by: Principal, name: string, given: RateItem): Promise<RatingRecord> => {
      const { item, version } = await listed(name)
      const { tenantId } = by
      if (item.tenantId === tenantId) throw ownItem()
      await ledger.catchUp()
      if (!(await hasRun(db.ofTenant(tenantId), { itemId: item.id, tenantId }))) throw neverUsed()
      return db.transaction(async (tx) => {
        const now = clock.now()
        const day = now.toISOString().slice(0, 10)
        const midnight = new Date(`${day}T00:00:00Z`)
        const restSeconds = DAY_SECONDS - (now.getTime() - midnight.getTime()) / 1_000
        const exhausted = ratingsExhausted(Math.ceil(restSeconds))
        await lockItem(tx, item.id)
        if ((await countRatingsSince(tx, tenantId, midnight)) >= RATINGS_PER_DAY_MAX)
          throw exhausted
        const rating = {
          itemId: item.id,
          tenantId,
          rating: given.rating,
          review: given.review ?? '',
          version: version.version,
          authorId: by.id,
          authorName: by.name,
        }
        if (!(await putRating(tx, rating, { now, day, writesMax: WRITES_MAX }))) throw exhausted
        await reputations.refresh(tx, item.id)
        const stored = await findRating(tx, { itemId: item.id, tenantId })
        if (stored === null) throw new Error('Broken invariant: a rating that was put is there')
        await recordWithin(tx, {
          tenantId,
          at: now,
          action: 'marketplace.rate',
          resource: { kind: 'marketplace_item', id: item.id, name },
          after: { rating: given.rating },
        })
        return stored
      })
    },

    list: async (
      name: string,
      query: { limit: number; after: readonly [string, string] | null },
    ): Promise<RatingRecord[]> => {
      const { item } = await listed(name)
      return listRatings(db, { ...query, itemId: item.id })
    },
  }
}
