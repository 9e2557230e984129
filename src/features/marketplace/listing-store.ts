import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { VersionRecord } from './item.ts'
import type { Standing } from './quality.ts'
import type { SearchVectors } from './search-vector.ts'

/** Lists a version in place of the one before. What the ledger says of the item stays. */
export const putListing = async (
  tx: Tx,
  listing: {
    version: VersionRecord
    vectors: SearchVectors
    priceBand: string
    quality: number
    now: Date
  },
): Promise<void> => {
  const { version, vectors } = listing
  await tx.query(
    `insert into marketplace_listings (item_id, tenant_id, version_id, name, item_type, version,
       publisher, licence, price, price_band, status, has_icon, listed_at, published_at, quality,
       tags, capabilities, description, strong, words)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
       $19::tsvector, $20::tsvector)
     on conflict (item_id) do update set version_id = excluded.version_id,
       version = excluded.version, publisher = excluded.publisher, licence = excluded.licence,
       price = excluded.price, price_band = excluded.price_band, status = excluded.status,
       has_icon = excluded.has_icon, published_at = excluded.published_at,
       quality = excluded.quality, tags = excluded.tags, capabilities = excluded.capabilities,
       description = excluded.description, strong = excluded.strong, words = excluded.words`,
    [
      version.itemId,
      version.tenantId,
      version.id,
      version.name,
      version.itemType,
      version.version,
      version.publisher,
      version.licence,
      version.price,
      listing.priceBand,
      version.status,
      version.icon !== null,
      listing.now,
      version.createdAt,
      listing.quality,
      version.tags,
      version.capabilities,
      version.description,
      vectors.strong,
      vectors.words,
    ],
  )
  await tx.query(
    `insert into marketplace_words (word) select unnest($1::text[]) on conflict do nothing`,
    [vectors.vocabulary],
  )
}

export const removeListing = async (tx: Tx, itemId: string): Promise<void> => {
  await tx.query('delete from marketplace_listings where item_id = $1', [itemId])
}

/** What the ledger and the ratings say of an item; null where it is not listed. */
export const readStanding = async (db: Queryable, itemId: string): Promise<Standing | null> => {
  const [row] = await db.query<{
    quality: number
    uses: number
    active_tenants: number
    success_rate: number | null
    rating_sum: number
    rating_count: number
  }>(
    `select quality, uses, active_tenants, success_rate, rating_sum, rating_count
     from marketplace_listings where item_id = $1`,
    [itemId],
  )
  if (row === undefined) return null
  return {
    quality: row.quality,
    uses: row.uses,
    activeTenants: row.active_tenants,
    successRate: row.success_rate,
    ratingSum: row.rating_sum,
    ratingCount: row.rating_count,
  }
}

export const setStanding = async (tx: Tx, itemId: string, standing: Standing): Promise<void> => {
  await tx.query(
    `update marketplace_listings set quality = $2, uses = $3, active_tenants = $4,
       success_rate = $5, rating_sum = $6, rating_count = $7 where item_id = $1`,
    [
      itemId,
      standing.quality,
      standing.uses,
      standing.activeTenants,
      standing.successRate,
      standing.ratingSum,
      standing.ratingCount,
    ],
  )
}

/** Remembers that an agent of a tenant is a version of an item. */
export const noteSource = async (
  tx: Tx,
  source: { agentId: string; tenantId: TenantId; itemId: string; version: string; now: Date },
): Promise<void> => {
  await tx.query(
    `insert into marketplace_sources (agent_id, tenant_id, item_id, version, since)
     values ($1, $2, $3, $4, $5) on conflict (agent_id) do nothing`,
    [source.agentId, source.tenantId, source.itemId, source.version, source.now],
  )
}
