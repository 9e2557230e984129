import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Clock } from './platform/clock.ts'
import { databaseTemplates, prepareDataDirectory } from './platform/db/data-directory.ts'
import type { Db } from './platform/db/db.ts'
import { migrate } from './platform/db/migrate.ts'
import { createPgliteDb } from './platform/db/pglite-db.ts'
import { createPostgresDb } from './platform/db/postgres-db.ts'
import { createVacuum } from './platform/db/vacuum.ts'
import { lockDirectory } from './platform/lifecycle/directory-lock.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'

const ROOT = join(import.meta.dirname, '..')
const MIGRATIONS = join(ROOT, 'migrations')
const TEMPLATES = join(ROOT, '.build', 'databases')
/** Tables whose rows come and go with every task. */
const BUSY_TABLES = [
  'outbox',
  'broker_messages',
  'projections',
  'agent_hours',
  'workflow_performance',
]

/** Writes what a database is to hold before anything else begins on it. */
export type Prepare = (db: Db) => Promise<void>

export interface OpenDatabaseOptions {
  config: Config
  clock: Clock
  lifecycle: Lifecycle
  logger: Logger
}

/**
 * The database that the configuration names, or the embedded one, with its schema up to date.
 * @throws Error with a sentence for people, for example when another process has the directory
 */
export const openDatabase = async (options: OpenDatabaseOptions): Promise<Db> => {
  const { config } = options
  const db =
    config.CADRE_DATABASE_URL === undefined
      ? await openEmbedded(options)
      : openServer(config.CADRE_DATABASE_URL, options)
  await migrate(db, MIGRATIONS)
  return db
}

const openServer = (url: string, { config, clock, lifecycle, logger }: OpenDatabaseOptions): Db => {
  const db = createPostgresDb({
    url,
    connectionsMax: config.CADRE_DATABASE_CONNECTIONS,
    connectTimeoutMs: config.CADRE_DATABASE_CONNECT_SECONDS * 1_000,
    statementTimeoutMs: config.CADRE_DATABASE_STATEMENT_SECONDS * 1_000,
    clock,
    onFault: (error) => logger.error('database.fault', { error }),
  })
  lifecycle.onStop('database', db.close)
  return db
}

const openEmbedded = async ({
  config,
  clock,
  lifecycle,
  logger,
}: OpenDatabaseOptions): Promise<Db> => {
  const lock = await lockDirectory(join(config.CADRE_DATA_DIR, 'lock'))
  lifecycle.onStop('data directory lock', lock.release)
  const directory = databaseDirectory(config)
  const templates = await databaseTemplates(TEMPLATES, MIGRATIONS)
  await prepareDataDirectory(directory, [templates.migrated, templates.empty])
  const db = await createPgliteDb({
    directory,
    onFault: (error) => logger.error('database.fault', { error }),
  })
  lifecycle.onStop('database', db.close)
  const vacuum = createVacuum({
    db,
    clock,
    onFault: (error) => logger.error('vacuum.fault', { error }),
    busyTables: BUSY_TABLES,
    seconds: config.CADRE_VACUUM_SECONDS,
  })
  lifecycle.onStop('vacuum', vacuum.close)
  return db
}

/** Whether the embedded database is yet to be made. */
export const isFirstStart = (config: Config): Promise<boolean> =>
  stat(databaseDirectory(config)).then(
    () => false,
    () => true,
  )

const databaseDirectory = (config: Config) => join(config.CADRE_DATA_DIR, 'database')
