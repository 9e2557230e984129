import type { TenantId } from '@cadre/contract'
import type { Queryable } from '../db/db.ts'

/** Starts of a tenant's tasks in one queue within one bucket of time. */
export interface StartCount {
  tenantId: TenantId
  queue: string
  bucketAt: Date
  starts: number
}

/** Adds to what is stored. Rows go in the order of their keys, so that processes do not deadlock. */
export const addStarts = async (db: Queryable, counts: readonly StartCount[]): Promise<void> => {
  await db.query(
    `insert into queue_starts as s (tenant_id, bucket_at, queue, starts)
     select c.tenant_id, c.bucket_at, c.queue, c.starts
     from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[])
       as c (tenant_id, bucket_at, queue, starts)
     order by c.tenant_id, c.bucket_at, c.queue
     on conflict (tenant_id, bucket_at, queue)
       do update set starts = s.starts + excluded.starts`,
    [
      counts.map(({ tenantId }) => tenantId),
      counts.map(({ bucketAt }) => bucketAt),
      counts.map(({ queue }) => queue),
      counts.map(({ starts }) => starts),
    ],
  )
}

/** A tenant's counts since `since`, a bucket's begin. */
export const startsSince = async (
  db: Queryable,
  tenantId: TenantId,
  since: Date,
): Promise<StartCount[]> => {
  const rows = await db.query<{ queue: string; bucket_at: Date; starts: number }>(
    `select queue, bucket_at, starts from queue_starts
     where tenant_id = $1 and bucket_at >= $2 order by bucket_at, queue`,
    [tenantId, since],
  )
  return rows.map((row) => ({
    tenantId,
    queue: row.queue,
    bucketAt: row.bucket_at,
    starts: row.starts,
  }))
}

export const removeStartsBefore = async (db: Queryable, before: Date): Promise<void> => {
  await db.query('delete from queue_starts where bucket_at < $1', [before])
}
