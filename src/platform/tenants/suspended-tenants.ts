import type { TenantId } from '@cadre/contract'
import type { Clock, Timer } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { AppError } from '../errors.ts'
import { findInactiveTenants, TENANTS_CHANNEL } from './inactive-tenant-store.ts'

/** Who begins nothing now, known without a query. */
export interface SuspendedTenants {
  has(tenantId: TenantId): boolean
  ids(): readonly TenantId[]
  /** Tells when that changes, until the answer is called. */
  onChange(listener: () => void): () => void
}

/** Where nobody ever is. */
export const NO_SUSPENDED_TENANTS: SuspendedTenants = {
  has: () => false,
  ids: () => [],
  onChange: () => () => {},
}

/** A suspension whose notification was lost takes effect within this time. */
const REFRESH_MS = 5_000

export interface SuspendedTenantsOptions {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}

/** Follows what any process suspends and resumes. */
export const followSuspendedTenants = async ({ db, clock, onFault }: SuspendedTenantsOptions) => {
  let suspended: ReadonlySet<TenantId> = new Set()
  const listeners = new Set<() => void>()
  let timer: Timer | null = null
  let turn: Promise<void> = Promise.resolve()
  let isClosed = false

  const read = async (): Promise<void> => {
    const found = new Set(await findInactiveTenants(db))
    const isSame = found.size === suspended.size && [...found].every((id) => suspended.has(id))
    suspended = found
    if (!isSame) for (const listener of listeners) listener()
  }
  /** One after the other, so that no earlier answer takes the place of a later one. */
  const refresh = (): Promise<void> => {
    const turnOfThis = turn.then(read)
    turn = turnOfThis.catch(() => {})
    return turnOfThis
  }
  const repeat = (): void => {
    timer = clock.after(REFRESH_MS, () => {
      void refresh()
        .catch(onFault)
        .then(() => {
          if (!isClosed) repeat()
        })
    })
  }
  const unlisten = await db.listen(TENANTS_CHANNEL, () => void refresh().catch(onFault))
  await refresh()
  repeat()

  return {
    has: (tenantId: TenantId) => suspended.has(tenantId),
    ids: () => [...suspended],
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** What is committed by now takes effect here before it resolves. */
    refresh,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await unlisten()
      await turn
    },
  } satisfies SuspendedTenants & Record<string, unknown>
}

export const tenantSuspended = () =>
  new AppError({
    kind: 'forbidden',
    code: 'tenant.suspended',
    publicMessage:
      'The tenant is suspended: nothing new begins, and nothing is lost. Ask the operator to resume it.',
  })
