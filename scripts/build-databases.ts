import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import {
  databaseTemplates,
  initialiseDatabase,
  isDatabase,
} from '../src/platform/db/data-directory.ts'
import { migrate } from '../src/platform/db/migrate.ts'
import { createPgliteDb } from '../src/platform/db/pglite-db.ts'

/**
 * Makes the embedded database once, at install, empty and with the migrations applied: the first
 * start copies it, which takes a fraction of the time. Made anew for another version of PGlite and
 * for other migrations.
 */
const ROOT = join(import.meta.dirname, '..')
const MIGRATIONS = join(ROOT, 'migrations')
const directory = join(ROOT, '.build', 'databases')
const marker = join(directory, 'made-by')
const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
const { version } = JSON.parse(await readFile(join(entry, '..', '..', 'package.json'), 'utf8')) as {
  version: string
}
const templates = await databaseTemplates(directory, MIGRATIONS)

/** Appears under its name only when it is whole. */
const make = async (target: string, fill: (unfinished: string) => Promise<void>) => {
  if (await isDatabase(target)) return
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await fill(unfinished)
  await rename(unfinished, target)
}

const applyMigrations = async (target: string) => {
  const db = await createPgliteDb({
    directory: target,
    onFault: (error) => {
      throw error
    },
  })
  await migrate(db, MIGRATIONS).finally(() => db.close())
}

if ((await readFile(marker, 'utf8').catch(() => null)) !== version)
  await rm(directory, { recursive: true, force: true })
await mkdir(directory, { recursive: true })
await make(templates.empty, initialiseDatabase)
await make(templates.migrated, async (unfinished) => {
  await cp(templates.empty, unfinished, { recursive: true })
  await applyMigrations(unfinished)
})
await writeFile(marker, version)
const kept = new Set([basename(marker), ...Object.values(templates).map((path) => basename(path))])
for (const name of await readdir(directory))
  if (!kept.has(name)) await rm(join(directory, name), { recursive: true, force: true })
