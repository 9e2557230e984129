import type { Blobs, ListedBlob } from '#platform/blobs/blobs.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { usedBinaryKeys } from './agent-store.ts'

export interface OrphanSweepOptions {
  db: Db
  clock: Clock
  blobs: Blobs
  logger: Logger
  /** Which of these the marketplace lists, whoever still has an agent of them. */
  listedAmong: (keys: readonly string[]) => Promise<readonly string[]>
}

/** Whoever keeps a binary writes its row at once: after this long nobody will. */
const GRACE_MS = 24 * 3_600_000
const SWEEP_MS = 3_600_000
const KEYS_PER_QUERY = 500

export interface OrphanSweep {
  /** @returns how many were removed */
  sweep(): Promise<number>
  close(): Promise<void>
}

/**
 * Removes stored binaries that no agent and no listed version has: their transaction failed, or
 * the process died before it. Harmless in several processes at once.
 */
export const startOrphanSweep = (options: OrphanSweepOptions): OrphanSweep => {
  const { db, clock, blobs, logger } = options
  let timer: Timer | null = null
  let isClosed = false
  let running: Promise<unknown> = Promise.resolve()

  const removeAmong = async (old: readonly ListedBlob[]): Promise<number> => {
    const keys = old.map(({ key }) => key)
    const used = new Set(await usedBinaryKeys(db, keys))
    for (const key of await options.listedAmong(keys)) used.add(key)
    const orphans = keys.filter((key) => !used.has(key))
    for (const key of orphans) {
      await blobs.remove(key)
      logger.info('blobs.orphan_removed', { key })
    }
    return orphans.length
  }
  const sweep = async (): Promise<number> => {
    let removed = 0
    for await (const page of blobs.list()) {
      if (isClosed) break
      const before = clock.now().getTime() - GRACE_MS
      const old = page.filter(({ keptAt }) => keptAt.getTime() < before)
      for (let start = 0; start < old.length; start += KEYS_PER_QUERY)
        removed += await removeAmong(old.slice(start, start + KEYS_PER_QUERY))
    }
    return removed
  }
  const arm = (): void => {
    if (isClosed) return
    timer = clock.after(SWEEP_MS, () => {
      running = sweep()
        .catch((error: unknown) =>
          logger.error('background.fault', { part: 'orphaned binaries', error }),
        )
        .finally(arm)
    })
  }
  arm()
  return {
    sweep,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await running
    },
  }
}
