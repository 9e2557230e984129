import { rm, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { initialiseDatabase } from '../src/platform/db/data-directory.ts'

/**
 * Initialises an empty embedded database once, at install: the first start copies it, which takes
 * a tenth of the time. Kept while the database's version stays the same.
 */
const target = join(import.meta.dirname, '..', '.build', 'database-template')
const isBuilt = await stat(join(target, 'PG_VERSION')).then(
  () => true,
  () => false,
)
if (!isBuilt) {
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await initialiseDatabase(unfinished)
  await rename(unfinished, target)
}
