import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { initialiseDatabase } from '../src/platform/db/data-directory.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { createPgliteDb } from '../src/platform/db/pglite-db.ts'

/**
 * Makes an embedded database with its schema once, at install: the first start copies it, which
 * takes a tenth of the time. Made anew for another version of PGlite or other migrations.
 */
const ROOT = join(import.meta.dirname, '..')
const MIGRATIONS = join(ROOT, 'migrations')
const target = join(ROOT, '.build', 'database-template')

const sourceKey = async (): Promise<string> => {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const hash = createHash('sha256')
  hash.update(await readFile(join(entry, '..', '..', 'package.json')))
  for (const name of (await readdir(MIGRATIONS)).sort())
    hash.update(name).update(await readFile(join(MIGRATIONS, name)))
  return hash.digest('hex')
}

const marker = join(target, 'made-from')
const key = await sourceKey()
if ((await readFile(marker, 'utf8').catch(() => null)) !== key) {
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await initialiseDatabase(unfinished)
  const db = await createPgliteDb({
    directory: unfinished,
    onFault: (error) => {
      throw error
    },
  })
  await migrate(db, MIGRATIONS)
  await db.close()
  await writeFile(join(unfinished, 'made-from'), key)
  await rm(target, { recursive: true, force: true })
  await rename(unfinished, target)
}
