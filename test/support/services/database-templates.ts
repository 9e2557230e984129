import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'scripts', 'build-databases.ts')

/** The ready-made embedded databases, anew if a migration was changed since the install. */
export const buildDatabaseTemplates = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, [SCRIPT])
}
