import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { initialiseDatabase } from '../src/platform/db/data-directory.ts'

/**
 * Initialises an empty embedded database once, at install: the first start copies it, which takes
 * a tenth of the time. Made anew for another version of PGlite.
 */
const target = join(import.meta.dirname, '..', '.build', 'database-template')
const marker = join(target, 'made-by')
const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
const { version } = JSON.parse(await readFile(join(entry, '..', '..', 'package.json'), 'utf8')) as {
  version: string
}

if ((await readFile(marker, 'utf8').catch(() => null)) !== version) {
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await initialiseDatabase(unfinished)
  await writeFile(join(unfinished, 'made-by'), version)
  await rm(target, { recursive: true, force: true })
  await rename(unfinished, target)
}
