import type { ItemType, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { ItemRecord } from './item.ts'

interface ItemRow {
  id: string
  tenant_id: string
  name: string
  item_type: ItemType
}

const itemOf = (row: ItemRow): ItemRecord => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  itemType: row.item_type,
})

/** Nothing happens where the name, or one that reads like it, is there. */
export const insertItem = async (
  tx: Tx,
  item: ItemRecord & { skeleton: string; isWellKnown: boolean; now: Date },
): Promise<void> => {
  await tx.query(
    `insert into marketplace_items (id, tenant_id, name, skeleton, item_type, is_well_known,
       created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [item.id, item.tenantId, item.name, item.skeleton, item.itemType, item.isWellKnown, item.now],
  )
}

/** The item of this name, or the one that has what the name reads like. */
export const findItemAlike = async (
  db: Queryable,
  { name, skeleton }: { name: string; skeleton: string },
): Promise<ItemRecord | null> => {
  const rows = await db.query<ItemRow>(
    `select id, tenant_id, name, item_type from marketplace_items where name = $1
     union all
     select id, tenant_id, name, item_type from marketplace_items where skeleton = $2`,
    [name, skeleton],
  )
  const [row] = rows
  return row === undefined ? null : itemOf(row)
}

/** The name, or one that reads like it, belonged to a publisher that is gone. */
export const isNameRetired = async (
  db: Queryable,
  { name, skeleton }: { name: string; skeleton: string },
): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from marketplace_retired_names where name = $1
     union all select 1 from marketplace_retired_names where skeleton = $2 limit 1`,
    [name, skeleton],
  )
  return rows.length > 0
}

export const findItem = async (db: Queryable, name: string): Promise<ItemRecord | null> => {
  const [row] = await db.query<ItemRow>(
    'select id, tenant_id, name, item_type from marketplace_items where name = $1',
    [name],
  )
  return row === undefined ? null : itemOf(row)
}

/** Whoever changes what is listed of an item does so one after the other. */
export const lockItem = async (tx: Tx, id: string): Promise<void> => {
  await tx.query('select 1 from marketplace_items where id = $1 for update', [id])
}

const WELL_KNOWN_MAX = 5_000

/** Well-known names of other tenants that are about as long. */
export const wellKnownNames = (
  db: Queryable,
  about: { tenantId: TenantId; length: number; within: number },
): Promise<{ name: string; skeleton: string }[]> =>
  db.query(
    `select name, skeleton from marketplace_items
     where is_well_known and length(skeleton) between $1::int and $2::int and tenant_id <> $3
     limit $4`,
    [about.length - about.within, about.length + about.within, about.tenantId, WELL_KNOWN_MAX],
  )

export const nameOfTenant = async (db: Queryable, tenantId: TenantId): Promise<string> => {
  const [row] = await db.query<{ name: string }>('select name from tenants where id = $1', [
    tenantId,
  ])
  return row?.name ?? ''
}
