import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db, Tx } from './db.ts'

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/
/** Any constant of our own: one migrator at a time, whatever process it is in. */
const MIGRATION_LOCK = 7_202_611

interface Migration {
  name: string
  sql: string
  digest: string
}

/**
 * Applies the numbered files of `directory` that this database has not seen, each in its own
 * transaction, in order; forward only. Safe to call from several processes at once. Refuses to
 * go on when a file changed after it was applied, or when the database is newer than the program.
 * @returns names of the files applied now
 */
export const migrate = async (db: Db, directory: string): Promise<string[]> => {
  const migrations = await readMigrations(directory)
  const digests = await appliedDigests(db)
  await refuseNewerDatabase(db, migrations)
  const applied: string[] = []
  for (const [index, migration] of migrations.entries()) {
    if (digests.get(migration.name) === migration.digest) continue
    const isNew = await db.transaction((tx) => applyOnce(tx, migration, migrations.length - index))
    if (isNew) applied.push(migration.name)
  }
  await db.transaction((tx) => isolateTenants(tx, applied.length > 0))
  return applied
}

/** One digest of all numbered files of `directory`: equal digests make equal schemas. */
export const digestOfMigrations = async (directory: string): Promise<string> => {
  const hash = createHash('sha256')
  for (const { name, digest } of await readMigrations(directory)) hash.update(`${name} ${digest}\n`)
  return hash.digest('hex')
}

/** Lets this login act for tenants, and puts the tables of new migrations behind the same wall. */
const isolateTenants = async (tx: Tx, isChanged: boolean): Promise<void> => {
  const [known] = await tx.query<{ is_known: boolean }>(
    `select to_regproc('isolate_tenants') is not null as is_known`,
  )
  if (known?.is_known !== true) return
  await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  await tx.query('select ensure_tenant_role()')
  if (isChanged) await tx.query('select isolate_tenants()')
}

const readMigrations = async (directory: string): Promise<Migration[]> => {
  const names = (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8')
      return { name, sql, digest: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** What was applied before, by name. */
const appliedDigests = (db: Db): Promise<ReadonlyMap<string, string>> =>
  db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await tx.script(`create table if not exists schema_migrations (
      name text primary key, digest text not null, applied_at timestamptz not null default now())`)
    const rows = await tx.query<Pick<Migration, 'name' | 'digest'>>(
      'select name, digest from schema_migrations',
    )
    return new Map(rows.map(({ name, digest }) => [name, digest]))
  })

const refuseNewerDatabase = async (db: Db, migrations: readonly Migration[]): Promise<void> => {
  const last = migrations.at(-1)?.name ?? ''
  const [newer] = await db.query<{ name: string }>(
    'select name from schema_migrations where name > $1 order by name limit 1',
    [last],
  )
  if (newer !== undefined)
    throw new Error(
      `The database has ${newer.name}, which this program does not know. Use the program version that made it, or a newer one.`,
    )
}

const applyOnce = async (tx: Tx, migration: Migration, remaining: number): Promise<boolean> => {
  await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  const [seen] = await tx.query<{ digest: string }>(
    'select digest from schema_migrations where name = $1',
    [migration.name],
  )
  if (seen !== undefined) {
    if (seen.digest !== migration.digest)
      throw new Error(
        `Migration ${migration.name} was changed after it was applied. Restore the file; changes belong in a new one.`,
      )
    return false
  }
  const [later] = await tx.query<{ name: string }>(
    'select name from schema_migrations where name > $1 limit 1',
    [migration.name],
  )
  if (later !== undefined)
    throw new Error(
      `The database has ${later.name} but not ${migration.name} (${remaining} files to go). Use the program version that made it, or a newer one.`,
    )
  await tx.script(migration.sql)
  await tx.query('insert into schema_migrations (name, digest) values ($1, $2)', [
    migration.name,
    migration.digest,
  ])
  return true
}
