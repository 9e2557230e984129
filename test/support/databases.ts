import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { systemClock } from '#platform/clock.ts'
import { databaseTemplates, prepareDataDirectory } from '#platform/db/data-directory.ts'
import type { Db } from '#platform/db/db.ts'
import { migrate } from '#platform/db/migrate.ts'
import { createPgliteDb } from '#platform/db/pglite-db.ts'
import { createPostgresDb } from '#platform/db/postgres-db.ts'
import { databaseUrl, withServer, type PostgresAddress } from './services/postgres-template.ts'

export const DIALECTS = ['pglite', 'postgres'] as const
export type Dialect = (typeof DIALECTS)[number]

const ROOT = join(import.meta.dirname, '..', '..')
export const MIGRATIONS = join(ROOT, 'migrations')
/** Ready-made embedded databases, see `npm run build:databases`. */
export const TEMPLATES = await databaseTemplates(join(ROOT, '.build', 'databases'), MIGRATIONS)

export interface TestDatabase {
  /** Opens the database, again and again for PostgreSQL; closed with the rest by `drop`. */
  open(): Promise<Db>
  /** For `CADRE_DATABASE_URL`; null on PGlite. */
  url: string | null
  /** Faults that the opened ports reported. */
  faults: unknown[]
  drop(): Promise<void>
}

/** A database of its own, with all migrations applied unless `isEmpty`. */
export const createTestDatabase = (
  dialect: Dialect,
  { isEmpty = false }: { isEmpty?: boolean } = {},
): Promise<TestDatabase> =>
  dialect === 'pglite' ? createPgliteDatabase(isEmpty) : createPostgresDatabase(isEmpty)

const createPgliteDatabase = async (isEmpty: boolean): Promise<TestDatabase> => {
  const directory = await mkdtemp(join(tmpdir(), 'cadre-pglite-'))
  const faults: unknown[] = []
  const template = isEmpty ? TEMPLATES.empty : TEMPLATES.migrated
  await prepareDataDirectory(join(directory, 'database'), [template])
  let opened: Db | null = null
  return {
    url: null,
    faults,
    open: async () => {
      opened = await createPgliteDb({
        directory: join(directory, 'database'),
        onFault: (error) => faults.push(error),
      })
      if (!isEmpty) await migrate(opened, MIGRATIONS)
      return opened
    },
    drop: async () => {
      await opened?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const createPostgresDatabase = async (isEmpty: boolean): Promise<TestDatabase> => {
  const server = await postgresAddress()
  const name = `cadre_test_${randomBytes(6).toString('hex')}`
  const faults: unknown[] = []
  const template = isEmpty ? '' : `template ${server.template}`
  await withServer(server.url, (client) => client.query(`create database ${name} ${template}`))
  const url = databaseUrl(server.url, name)
  const opened: Db[] = []
  return {
    url,
    faults,
    open: async () => {
      const db = createPostgresDb({
        url,
        connectionsMax: 10,
        connectTimeoutMs: 10_000,
        statementTimeoutMs: 30_000,
        clock: systemClock,
        onFault: (error) => faults.push(error),
      })
      opened.push(db)
      return db
    },
    drop: async () => {
      await Promise.all(opened.map((db) => db.close()))
      await withServer(server.url, (client) =>
        client.query(`drop database if exists ${name} with (force)`),
      )
    },
  }
}

const postgresAddress = async (): Promise<PostgresAddress> => {
  const answer = await fetch(`${inject('services')}/postgres`)
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as PostgresAddress
}
