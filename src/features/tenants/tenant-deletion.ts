import type { TenantId } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Blobs } from '#platform/blobs/blobs.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { TENANTS_CHANNEL } from '#platform/tenants/inactive-tenant-store.ts'
import {
  deleteContents,
  deleteOwnPeople,
  findOwnBinaries,
  findTenantTables,
  stepsThrough,
  type TenantTable,
} from './tenant-contents-store.ts'
import { deleteTenantRow, findDeleting, lockDeleting } from './tenant-store.ts'
import type { TenantRecord } from './tenant.ts'

const BINARIES_PER_PAGE = 100
const PEOPLE_PER_STEP = 500
/** Before all ids. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
/** What began before the suspension may write a little more: looked at so often at the most. */
const PASSES_MAX = 5
/** Goes on with what another process, or this one, left unfinished. */
const SWEEP_MS = 30_000

export interface TenantDeletionOptions {
  db: Db
  blobs: Blobs
  clock: Clock
  logger: Logger
  platformTenantId: TenantId
}

export type TenantDeletion = Awaited<ReturnType<typeof startTenantDeletion>>

/**
 * Deletes tenants step by step, each a transaction that looks through a bounded part of one table.
 * Whoever dies in between leaves the tenant as it is, and the next one begins anew with what is
 * left. The tenant's own row goes last.
 */
export const startTenantDeletion = async (options: TenantDeletionOptions) => {
  const { db, blobs, clock, logger, platformTenantId } = options
  let timer: Timer | null = null
  let running: Promise<void> | null = null
  let isStale = false
  let isClosed = false

  /** Null when the tenant is not ours to delete. */
  const step = (tenantId: TenantId, table: TenantTable, place: number): Promise<number | null> =>
    db.transaction(async (tx) =>
      (await lockDeleting(tx, tenantId))
        ? deleteContents(tx, table, { tenantId, step: place })
        : null,
    )
  const removeBinaries = async (tenantId: TenantId): Promise<void> => {
    for (let after = '', isWhole = false; !isWhole && !isClosed;) {
      const keys = await findOwnBinaries(db, tenantId, { after, limit: BINARIES_PER_PAGE })
      for (const key of keys) await blobs.remove(key)
      after = keys.at(-1) ?? after
      isWhole = keys.length < BINARIES_PER_PAGE
    }
  }
  /** False when the tenant is not ours to delete. */
  const removePeople = async (tenantId: TenantId): Promise<boolean> => {
    for (let after: string | null = NOBODY; after !== null;) {
      const behind: string = after
      const next = await db.transaction(async (tx) =>
        (await lockDeleting(tx, tenantId))
          ? {
              after: await deleteOwnPeople(tx, tenantId, { after: behind, limit: PEOPLE_PER_STEP }),
            }
          : null,
      )
      if (next === null || isClosed) return false
      after = next.after
    }
    return true
  }
  /** Answers the rows that went by table; null when it was not finished. */
  const empty = async (tenantId: TenantId, counts: Map<string, number>): Promise<number | null> => {
    let rows = 0
    for (const table of inOrder(await findTenantTables(db))) {
      const steps = await stepsThrough(db, table)
      for (let place = 0; place < steps; place++) {
        const gone = isClosed ? null : await step(tenantId, table, place)
        if (gone === null) return null
        rows += gone
        if (gone > 0) counts.set(table.name, (counts.get(table.name) ?? 0) + gone)
      }
    }
    return rows
  }
  const finish = ({ id, name }: TenantRecord, counts: ReadonlyMap<string, number>) =>
    db.transaction(async (tx) => {
      if (!(await lockDeleting(tx, id))) return false
      await deleteTenantRow(tx, id)
      await recordWithin(tx, {
        tenantId: platformTenantId,
        at: clock.now(),
        action: 'tenant.deleted',
        resource: { kind: 'tenant', id, name },
        before: { rows: Object.fromEntries(counts) },
      })
      return true
    })
  /** False when it is somebody else's, or not finished. */
  const deleteOne = async (tenant: TenantRecord): Promise<boolean> => {
    await removeBinaries(tenant.id)
    if (!(await removePeople(tenant.id))) return false
    const counts = new Map<string, number>()
    for (let pass = 1; pass <= PASSES_MAX; pass++) {
      const rows = await empty(tenant.id, counts)
      if (rows === null) return false
      if (rows > 0) continue
      const isDone = await finish(tenant, counts)
      if (isDone) logger.info('tenant.deleted', { tenantId: tenant.id, name: tenant.name })
      return isDone
    }
    return false
  }
  const run = async (): Promise<void> => {
    try {
      while (isStale && !isClosed) {
        isStale = false
        const tenant = await findDeleting(db)
        if (tenant !== null && (await deleteOne(tenant))) isStale = true
      }
    } catch (error) {
      logger.error('tenant.deletion_failed', { error })
    }
    timer?.cancel()
    if (!isClosed) timer = clock.after(SWEEP_MS, wake)
  }
  const wake = (): void => {
    isStale = true
    if (isClosed || running !== null) return
    running = run().finally(() => {
      running = null
      if (isStale && !isClosed) wake()
    })
  }
  const unlisten = await db.listen(TENANTS_CHANNEL, wake)
  wake()

  return {
    /** Resolves when nothing is under way here. */
    settled: async (): Promise<void> => {
      while (running !== null) await running
    },
    close: async (): Promise<void> => {
      isClosed = true
      timer?.cancel()
      await unlisten()
      await running
    },
  }
}

/** What refers to others first, so that no rule of the schema is broken in between. */
const inOrder = (tables: readonly TenantTable[]): TenantTable[] => {
  const left = new Map(tables.map((table) => [table.name, table]))
  const ordered: TenantTable[] = []
  while (left.size > 0) {
    const referred = new Set([...left.values()].flatMap(({ refersTo }) => refersTo))
    const free = [...left.values()].filter(({ name }) => !referred.has(name))
    if (free.length === 0) throw new Error('Broken invariant: tables refer to each other in a ring')
    for (const table of free) {
      ordered.push(table)
      left.delete(table.name)
    }
  }
  return ordered
}
