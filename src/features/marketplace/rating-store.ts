import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

export interface RatingRecord {
  itemId: string
  tenantId: TenantId
  tenantName: string
  rating: number
  review: string
  version: string
  authorId: string
  authorName: string
  createdAt: Date
  updatedAt: Date
}

interface RatingRow {
  item_id: string
  tenant_id: string
  tenant_name: string
  rating: number
  review: string
  version: string
  author_id: string
  author_name: string
  created_at: Date
  updated_at: Date
}

const COLUMNS = `r.item_id, r.tenant_id, t.name as tenant_name, r.rating, r.review, r.version,
  r.author_id, r.author_name, r.created_at, r.updated_at`
const FROM = 'marketplace_ratings as r join tenants as t on t.id = r.tenant_id'

const ratingOf = (row: RatingRow): RatingRecord => ({
  itemId: row.item_id,
  tenantId: row.tenant_id as TenantId,
  tenantName: row.tenant_name,
  rating: row.rating,
  review: row.review,
  version: row.version,
  authorId: row.author_id,
  authorName: row.author_name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** Replaces the tenant's rating. @returns false when it was written often enough on this day */
export const putRating = async (
  tx: Tx,
  rating: Omit<RatingRecord, 'tenantName' | 'createdAt' | 'updatedAt'>,
  { now, day, writesMax }: { now: Date; day: string; writesMax: number },
): Promise<boolean> => {
  const rows = await tx.query(
    `insert into marketplace_ratings as r (item_id, tenant_id, rating, review, version, author_id,
       author_name, created_at, updated_at, written_on, writes)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9::date, 1)
     on conflict (item_id, tenant_id) do update set rating = excluded.rating,
       review = excluded.review, version = excluded.version, author_id = excluded.author_id,
       author_name = excluded.author_name, updated_at = excluded.updated_at,
       writes = case when r.written_on = excluded.written_on then r.writes + 1 else 1 end,
       written_on = excluded.written_on
     where r.written_on <> excluded.written_on or r.writes < $10 returning 1`,
    [
      rating.itemId,
      rating.tenantId,
      rating.rating,
      rating.review,
      rating.version,
      rating.authorId,
      rating.authorName,
      now,
      day,
      writesMax,
    ],
  )
  return rows.length > 0
}

/** How many items a tenant rated since. */
export const countRatingsSince = async (
  db: Queryable,
  tenantId: TenantId,
  since: Date,
): Promise<number> => {
  const [row] = await db.query<{ count: number }>(
    'select count(*) as count from marketplace_ratings where tenant_id = $1 and updated_at >= $2',
    [tenantId, since],
  )
  return row?.count ?? 0
}

export const findRating = async (
  db: Queryable,
  { itemId, tenantId }: { itemId: string; tenantId: TenantId },
): Promise<RatingRecord | null> => {
  const [row] = await db.query<RatingRow>(
    `select ${COLUMNS} from ${FROM} where r.item_id = $1 and r.tenant_id = $2`,
    [itemId, tenantId],
  )
  return row === undefined ? null : ratingOf(row)
}

/** The latest first, behind `after`; one more than `limit`. */
export const listRatings = async (
  db: Queryable,
  query: { itemId: string; limit: number; after: readonly [string, string] | null },
): Promise<RatingRecord[]> => {
  const rows = await db.query<RatingRow>(
    `select ${COLUMNS} from ${FROM}
     where r.item_id = $1 and ($2::text is null or (r.updated_at, r.tenant_id)
       < ($2::text::timestamptz, $3::text::uuid))
     order by r.updated_at desc, r.tenant_id desc limit $4`,
    [query.itemId, query.after?.[0] ?? null, query.after?.[1] ?? null, query.limit + 1],
  )
  return rows.map(ratingOf)
}

export const sumRatings = async (db: Queryable, itemId: string) => {
  const [row] = await db.query<{ sum: number; count: number }>(
    `select coalesce(sum(rating), 0)::bigint as sum, count(*) as count
     from marketplace_ratings where item_id = $1`,
    [itemId],
  )
  return { ratingSum: row?.sum ?? 0, ratingCount: row?.count ?? 0 }
}
