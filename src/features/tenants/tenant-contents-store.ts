import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** A table whose rows name their tenant, as the catalogue describes it. */
export interface TenantTable {
  name: string
  /** By the tenant itself. */
  isReadable: boolean
  columns: readonly string[]
  /** Columns of the primary key, and their types. */
  key: readonly { name: string; type: string }[]
  /** Tables that its rows refer to. */
  refersTo: readonly string[]
}

/** All of them: what a later migration adds is there by itself. */
export const findTenantTables = async (db: Queryable): Promise<TenantTable[]> => {
  const rows = await db.query<{
    name: string
    is_readable: boolean
    columns: string[]
    key: { name: string; type: string }[] | null
    refers_to: string[] | null
  }>(
    `select quote_ident(c.relname) as name,
       has_table_privilege('cadre_tenant', c.oid, 'select') as is_readable,
       array(select quote_ident(a.attname) from pg_attribute as a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         order by a.attnum) as columns,
       (select json_agg(json_build_object('name', quote_ident(a.attname),
           'type', format_type(a.atttypid, null)) order by array_position(i.indkey::int2[], a.attnum))
         from pg_index as i join pg_attribute as a
           on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
         where i.indrelid = c.oid and i.indisprimary) as key,
       (select json_agg(distinct quote_ident(p.relname)) from pg_constraint as f
         join pg_class as p on p.oid = f.confrelid
         where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers_to
     from pg_class as c
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
       and exists (select 1 from pg_attribute as a
         where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
     order by c.relname`,
  )
  return rows.map(({ name, is_readable: isReadable, columns, key, refers_to: refersTo }) => ({
    name,
    isReadable,
    columns,
    key: key ?? [],
    refersTo: refersTo ?? [],
  }))
}

export interface ContentsPage {
  /** A JSON object each. */
  rows: string[]
  /** The key of the last row; null where nothing follows. */
  next: string[] | null
}

/** Longest that one page may take, in ms: rows of one small tenant may lie far apart. */
const PAGE_MS_MAX = 600_000

/** One page of a table in the order of its key, of the tenant whose transaction this is. */
export const readContents = async (
  tx: Tx,
  { name, key }: TenantTable,
  { columns, after, limit }: { columns: readonly string[]; after: string[] | null; limit: number },
): Promise<ContentsPage> => {
  await tx.query(`select set_config('statement_timeout', $1, true)`, [String(PAGE_MS_MAX)])
  const places = key.map((part) => `t.${part.name}`)
  const bounds = key.map((part, index) => `$${index + 2}::text::${part.type}`)
  const rows = await tx.query<{ row: string; place: string[] }>(
    `select row_to_json((select r from (select ${columns.map((column) => `t.${column}`).join(', ')}) as r))::text
         as row, array[${places.map((place) => `${place}::text`).join(', ')}] as place
     from ${name} as t
     ${after === null ? '' : `where (${places.join(', ')}) > (${bounds.join(', ')})`}
     order by ${places.join(', ')} limit $1`,
    [limit, ...(after ?? [])],
  )
  return {
    rows: rows.map(({ row }) => row),
    next: rows.length < limit ? null : (rows.at(-1)?.place ?? null),
  }
}

/** Pages of the disk that one step of a deletion looks through. */
const PAGES_PER_STEP = 2_000

/** How many such steps lead through the table as it is now. */
export const stepsThrough = async (db: Queryable, { name }: TenantTable): Promise<number> => {
  const [row] = await db.query<{ steps: number }>(
    `select ceil(pg_relation_size($1::regclass) / current_setting('block_size')::numeric
       / ${PAGES_PER_STEP})::integer as steps`,
    [name],
  )
  return row?.steps ?? 0
}

/** Deletes the tenant's rows from one part of a table; answers how many there were. */
export const deleteContents = async (
  tx: Tx,
  { name }: TenantTable,
  { tenantId, step }: { tenantId: TenantId; step: number },
): Promise<number> => {
  const [row] = await tx.query<{ rows: number }>(
    `with gone as (
       delete from ${name} where ctid >= $2::text::tid and ctid < $3::text::tid and tenant_id = $1
       returning 1)
     select count(*) as rows from gone`,
    [tenantId, `(${step * PAGES_PER_STEP},0)`, `(${(step + 1) * PAGES_PER_STEP},0)`],
  )
  return row?.rows ?? 0
}

/** Binaries that nothing but this tenant needs: no agent of others, and nothing that they list. */
export const findOwnBinaries = async (
  db: Queryable,
  tenantId: TenantId,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> => {
  const rows = await db.query<{ key: string }>(
    `select distinct a.binary_key as key from agents as a
     where a.tenant_id = $1 and a.binary_key > $2 and not exists (
       select 1 from agents as o where o.binary_key = a.binary_key and o.tenant_id <> $1
         and o.deleted_at is null)
       and not exists (
         select 1 from marketplace_versions as v
         where v.artefact_sha256 = a.binary_sha256 and v.artefact_sha256 is not null
           and v.deleted_at is null and v.tenant_id <> $1)
     order by 1 limit $3`,
    [tenantId, after, limit],
  )
  return rows.map(({ key }) => key)
}

/**
 * Deletes people who are members of this tenant only, and with them their memberships; answers
 * behind whom to go on, or null.
 */
export const deleteOwnPeople = async (
  tx: Tx,
  tenantId: TenantId,
  { after, limit }: { after: string; limit: number },
): Promise<string | null> => {
  const rows = await tx.query<{ user_id: string }>(
    `select user_id from principals where tenant_id = $1 and user_id > $2
     order by user_id limit $3`,
    [tenantId, after, limit],
  )
  await tx.query(
    `delete from users as u where u.id = any ($2::uuid[]) and not exists (
       select 1 from principals as p where p.user_id = u.id and p.tenant_id <> $1)`,
    [tenantId, rows.map((row) => row.user_id)],
  )
  return rows.length < limit ? null : (rows.at(-1)?.user_id ?? null)
}
