import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'

/**
 * Makes sure that `directory` holds an initialised database. Copying the template that the
 * install step made takes a tenth of the seconds that initialising takes; without a template
 * the database is initialised here. A copy that was cut short is never taken for a whole one.
 */
export const prepareDataDirectory = async (
  directory: string,
  templateDirectory: string,
): Promise<void> => {
  if (await exists(join(directory, 'PG_VERSION'))) return
  const unfinished = `${directory}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  if (await exists(join(templateDirectory, 'PG_VERSION')))
    await cp(templateDirectory, unfinished, { recursive: true })
  else await initialiseDatabase(unfinished)
  await rename(unfinished, directory)
}

/** Creates an empty database in `directory`. Takes a few seconds. */
export const initialiseDatabase = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const database = await PGlite.create(directory)
  await database.close()
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
