import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signUnsignedAgents } from './features/agents/index.ts'
import { signUnsignedReleases } from './features/marketplace/index.ts'
import { openRegistry as openKeys } from './features/registry/index.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Random } from './platform/random.ts'
import {
  createSealing,
  noSealing,
  SEALING_KEY_BYTES,
  type Sealing,
} from './platform/sealing/sealing.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Config } from './config.ts'

/**
 * Seals what the database must not show: with the key that is set, or on the embedded database
 * with one that the first start puts into the data directory.
 */
export const openSealing = async (
  config: Config,
  { random, logger }: { random: Random; logger: Logger },
): Promise<Sealing> => {
  const [first, ...others] = config.CADRE_SEALING_KEY ?? []
  if (first !== undefined) return createSealing([first, ...others], random)
  if (config.CADRE_DATABASE_URL === undefined)
    return createSealing([await ownKey(config.CADRE_DATA_DIR, random)], random)
  logger.warn('sealing.off', {
    mend: 'Private keys are stored plain in the database: set CADRE_SEALING_KEY (openssl rand -base64 32)',
  })
  return noSealing()
}

/** Readable by the directory's owner only. Only one process at a time has the directory. */
const ownKey = async (dataDirectory: string, random: Random): Promise<Uint8Array> => {
  const path = join(dataDirectory, 'sealing-key')
  const text = await readFile(path, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    const made = Buffer.from(random.bytes(SEALING_KEY_BYTES)).toString('base64')
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return made
  })
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === SEALING_KEY_BYTES) return key
  throw new Error(
    `The file ${path} holds no key of ${SEALING_KEY_BYTES} bytes in base64. Restore it: the keys in the database cannot be read without it.`,
  )
}

interface Parts {
  db: Db
  clock: Clock
  sealing: Sealing
  lifecycle: Lifecycle
  onFault: (part: string) => (error: unknown) => void
}

/** The keys that sign what is published; the first is made, and everything signed, here. */
export const openRegistry = async ({ db, clock, sealing, lifecycle, onFault }: Parts) => {
  const registry = await openKeys({
    db,
    clock,
    sealing,
    signExisting: async (tx, sign) => {
      await signUnsignedAgents(tx, sign)
      await signUnsignedReleases(tx, sign, clock.now())
    },
    onFault: onFault('registry'),
  })
  lifecycle.onStop('registry', registry.close)
  return registry
}
