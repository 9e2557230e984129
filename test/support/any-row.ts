import type { TenantId } from '@cadre/contract'
import type { Db } from '#platform/db/db.ts'

/** A table whose rows belong to tenants. */
export interface TenantTable {
  name: string
  /** Names the tenant. */
  column: string
  /** Writes a row of a tenant, each time another one. */
  insert(tenantId: TenantId): string
}

interface Column {
  name: string
  type: string
}

/**
 * Lets any row into any table of this database: rules of the schema other than types and keys
 * would have to be known here, and have nothing to do with whose a row is.
 */
export const releaseSchema = async (db: Db): Promise<void> => {
  const rules = await db.query<{ place: string; name: string }>(
    `select conrelid::regclass::text as place, conname as name from pg_constraint
     where contype in ('c', 'f') and connamespace = 'public'::regnamespace`,
  )
  for (const { place, name } of rules)
    await db.query(`alter table ${place} drop constraint "${name}"`)
  const triggers = await db.query<{ place: string }>(
    `select distinct tgrelid::regclass::text as place from pg_trigger where not tgisinternal`,
  )
  for (const { place } of triggers) await db.query(`alter table ${place} disable trigger user`)
}

/** One row of each tenant in every table that belongs to tenants. */
export const insertRowOfEachTable = async (
  db: Db,
  tenants: readonly TenantId[],
): Promise<TenantTable[]> => {
  const tables = await tablesOfTenants(db)
  for (const { insert } of tables) for (const tenant of tenants) await db.query(insert(tenant))
  return tables
}

const tablesOfTenants = async (db: Db): Promise<TenantTable[]> => {
  const rows = await db.query<{ name: string; columns: Column[] }>(
    `select c.relname as name, json_agg(json_build_object(
         'name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum)
         filter (where a.attnotnull and a.attidentity = '' and not a.atthasdef
           or a.attname = 'tenant_id') as columns
     from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
       and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     group by c.relname order by c.relname`,
  )
  return rows.flatMap(({ name, columns }) => {
    const column =
      name === 'tenants' ? 'id' : columns?.find((one) => one.name === 'tenant_id')?.name
    if (column === undefined) return []
    const insert = (tenantId: TenantId) =>
      `insert into ${name} (${columns.map((one) => `"${one.name}"`).join(', ')})
       values (${columns.map((one) => (one.name === column ? `'${tenantId}'` : valueOf(one))).join(', ')})`
    return [{ name, column, insert }]
  })
}

let last = 0
const valueOf = ({ type }: Column): string => {
  const number = ++last
  if (type === 'uuid') return 'gen_random_uuid()'
  if (type === 'text') return `'any ${number}'`
  if (type === 'boolean') return 'true'
  if (type === 'json' || type === 'jsonb') return `'{}'`
  if (type === 'bytea') return `'\\x00'`
  if (type === 'date') return `date '2026-01-01' + ${number}`
  if (type === 'tsvector') return `'any'`
  if (type.endsWith('[]')) return `'{}'`
  if (type.startsWith('timestamp')) return `timestamptz '2026-01-01' + ${number} * interval '1 s'`
  if (/^(?:smallint|integer|bigint|numeric|real|double precision)/.test(type)) return String(number)
  throw new Error(`No value is known for ${type}: add one here`)
}
