import type { AgentId, AttemptToken, TaskId, TenantId } from '@cadre/contract'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { extendLeases } from './task-store.ts'

export interface KeptLease {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken
}

/** Prolongs the leases of what runs in this process, all in one statement. */
export interface LeaseKeeper {
  /** Keeps the lease until the returned function is called; `onLost` runs once when it is gone. */
  keep(lease: KeptLease, onLost: () => void): () => void
  close(): void
}

export const createLeaseKeeper = (options: {
  db: Db
  clock: Clock
  leaseMs: number
  onFault: (error: unknown) => void
}): LeaseKeeper => {
  const { db, clock, leaseMs } = options
  const kept = new Map<AttemptToken, { lease: KeptLease; onLost: () => void }>()
  let timer: Timer | null = null

  const beat = async () => {
    timer = null
    const leases = [...kept.values()]
    try {
      const now = clock.now()
      const leaseExpiresAt = new Date(now.getTime() + leaseMs)
      const extended = await extendLeases(
        db,
        leases.map(({ lease }) => ({ ...lease, leaseExpiresAt })),
        now,
      )
      for (const { lease, onLost } of leases)
        if (!extended.has(lease.taskId) && kept.delete(lease.token)) onLost()
    } catch (error) {
      options.onFault(error)
    }
    schedule()
  }
  const schedule = () => {
    if (timer === null && kept.size > 0) timer = clock.after(leaseMs / 3, () => void beat())
  }

  return {
    keep: (lease, onLost) => {
      kept.set(lease.token, { lease, onLost })
      schedule()
      return () => void kept.delete(lease.token)
    },
    close: () => {
      timer?.cancel()
      kept.clear()
    },
  }
}
