import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { systemClock } from '#platform/clock.ts'
import { migrate } from '#platform/db/migrate.ts'
import { createPostgresDb } from '#platform/db/postgres-db.ts'
import { providePostgres } from './postgres.ts'

export interface PostgresAddress {
  url: string
  /** A database with all migrations applied, to create others from. */
  template: string
}

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations')

/** Migrating once and copying is what makes a database per test file cheap. */
export const startPostgresWithTemplate = async () => {
  const postgres = await providePostgres()
  const template = `cadre_test_template_${randomBytes(6).toString('hex')}`
  try {
    await withServer(postgres.url, (client) => client.query(`create database ${template}`))
    await migrateTo(databaseUrl(postgres.url, template))
  } catch (error) {
    await postgres.stop()
    throw error
  }
  return {
    address: { url: postgres.url, template } satisfies PostgresAddress,
    stop: async () => {
      await withServer(postgres.url, (client) =>
        client.query(`drop database if exists ${template} with (force)`),
      )
      await postgres.stop()
    },
  }
}

export const databaseUrl = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

export const withServer = async <Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const migrateTo = async (url: string): Promise<void> => {
  const db = createPostgresDb({
    url,
    connectionsMax: 1,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    clock: systemClock,
    onFault: (error) => process.stderr.write(`PostgreSQL: ${String(error)}\n`),
  })
  await migrate(db, MIGRATIONS).finally(() => db.close())
}
