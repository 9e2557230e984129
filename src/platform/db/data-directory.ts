import { cpSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { digestOfMigrations } from './migrate.ts'

/** Ready-made data directories that the install step leaves; each may be absent. */
export interface DatabaseTemplates {
  /** An initialised database without any table. */
  empty: string
  /** The same with exactly the migrations of today applied. */
  migrated: string
}

/**
 * Where the templates are in `directory`. The name of the migrated one follows from the text of
 * the migrations, so one of other migrations is never taken for it.
 */
export const databaseTemplates = async (
  directory: string,
  migrationsDirectory: string,
): Promise<DatabaseTemplates> => {
  const digest = await digestOfMigrations(migrationsDirectory)
  return { empty: join(directory, 'empty'), migrated: join(directory, digest.slice(0, 16)) }
}

/**
 * Makes sure that `directory` holds an initialised database. The first of `templates` that is
 * there is copied, which takes a fraction of the seconds of initialising and migrating; without
 * any the database is initialised here. A copy that was cut short is never taken for a whole one.
 */
export const prepareDataDirectory = async (
  directory: string,
  templates: readonly string[],
): Promise<void> => {
  if (await isDatabase(directory)) return
  const unfinished = `${directory}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  const template = await firstDatabase(templates)
  // A thousand small files: one call for all is several times as fast as one for each.
  if (template === null) await initialiseDatabase(unfinished)
  else cpSync(template, unfinished, { recursive: true })
  await rename(unfinished, directory)
}

/** Creates an empty database in `directory`. Takes a few seconds. */
export const initialiseDatabase = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const database = await PGlite.create(directory)
  await database.close()
}

const firstDatabase = async (directories: readonly string[]): Promise<string | null> => {
  for (const directory of directories) if (await isDatabase(directory)) return directory
  return null
}

/** Whether `directory` holds an initialised database. */
export const isDatabase = (directory: string): Promise<boolean> =>
  stat(join(directory, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
