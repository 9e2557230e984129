import type { Clock } from '#platform/clock.ts'
import type { Db, TenantDb } from '#platform/db/db.ts'
import {
  findTenantTables,
  readContents,
  type ContentsPage,
  type TenantTable,
} from './tenant-contents-store.ts'
import type { TenantRecord } from './tenant.ts'

/** What lets somebody in is of no use to anybody else. */
const TABLES_LEFT_OUT = new Set(['sessions'])
/** Secrets, and what a secret is recognised by. */
const COLUMN_LEFT_OUT = /secret|token|password|private|sealed|salt|hash|sha256/
/** Hashes of the audit log are what it is verified by. */
const CHAINS = new Set(['audit_records', 'audit_heads'])
const ROWS_PER_PAGE = 500

/** The columns of a table that an export tells. */
export const exportedColumns = ({ name, columns }: Pick<TenantTable, 'name' | 'columns'>) =>
  columns.filter((column) => CHAINS.has(name) || !COLUMN_LEFT_OUT.test(column))

/**
 * Everything that is kept of a tenant, a line each: what this is, each row of each table, and in
 * the end how many rows there were, without which an export is not whole. A page is read when the
 * one before it is sent, as the tenant, so that row-level security stands behind it. Each row is
 * as it is when its page is read: of a tenant that works meanwhile that is no single moment.
 */
export const exportTenant = async function* (
  { db, clock }: { db: Db; clock: Clock },
  tenant: TenantRecord,
): AsyncGenerator<string> {
  const own = db.ofTenant(tenant.id)
  const { id, name, status } = tenant
  const at = clock.now().toISOString()
  yield `${JSON.stringify({ export: { format: 1, tenant: { id, name, status }, at } })}\n`
  const rowsOf: Record<string, number> = {}
  for (const table of await findTenantTables(db)) {
    if (!table.isReadable || TABLES_LEFT_OUT.has(table.name)) continue
    const columns = exportedColumns(table)
    rowsOf[table.name] = 0
    let after: ContentsPage['next'] = null
    do {
      const { rows, next }: ContentsPage = await readPage(own, table, { columns, after })
      for (const row of rows) yield `{"table":"${table.name}","row":${row}}\n`
      rowsOf[table.name] = (rowsOf[table.name] ?? 0) + rows.length
      after = next
    } while (after !== null)
  }
  yield `${JSON.stringify({ manifest: { rows: rowsOf } })}\n`
}

const readPage = (
  own: TenantDb,
  table: TenantTable,
  place: { columns: readonly string[]; after: ContentsPage['next'] },
): Promise<ContentsPage> =>
  own.transaction((tx) => readContents(tx, table, { ...place, limit: ROWS_PER_PAGE }))
