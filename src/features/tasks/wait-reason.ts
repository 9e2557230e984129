import type { Waiting, WaitReason } from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { findWaiting, type WaitingRow } from '#platform/outbox/queue-store.ts'
import type { SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { TaskRecord } from './task.ts'

/** A remote agent that was not seen for so long is not connected. Streams show theirs each minute. */
const CONNECTED_MS = 150_000

/** Who could take a task, as far as is known. */
export interface Takers {
  hasAgent: boolean
  isAgentEnabled: boolean
  isAgentConnected: boolean
}

export interface ExplainWait {
  /** Says of a task in TODO what it waits for, from what the tables hold now. */
  whole(task: TaskRecord): Promise<Waiting | null>
  /** The same from what is at hand, without a query: for tasks that were made this moment. */
  atOnce(task: TaskRecord): Promise<Waiting | null>
}

export const createExplainWait = (options: {
  db: Db
  clock: Clock
  agents: AgentService
  suspended: SuspendedTenants
}): ExplainWait => {
  const { db, clock, agents, suspended } = options

  const isConnected = (agent: { runtime: string; lastSeenAt: Date | null }) =>
    agent.runtime === 'wasm' ||
    (agent.lastSeenAt !== null && clock.now().getTime() - agent.lastSeenAt.getTime() < CONNECTED_MS)
  const takersOf = async (task: TaskRecord): Promise<Takers> => {
    if (task.agentId === null) {
      const offering = await agents.offering(task.tenantId, task.capability ?? '')
      return {
        hasAgent: offering.length > 0,
        isAgentEnabled: true,
        isAgentConnected: offering.some(isConnected),
      }
    }
    const agent = await agents.resolve(task.tenantId, task.agentId).catch(() => null)
    return {
      hasAgent: agent !== null,
      isAgentEnabled: agent?.isEnabled ?? false,
      isAgentConnected: agent !== null && isConnected(agent),
    }
  }

  return {
    whole: async (task) => {
      if (task.status !== 'TODO') return null
      const [takers, row] = await Promise.all([
        takersOf(task),
        findWaiting(db, task.id, task.tenantId),
      ])
      if (suspended.has(task.tenantId)) return heldBack(row)
      return waitingOf(task, takers, row, clock.now())
    },
    atOnce: async (task) =>
      task.status === 'TODO' ? waitingOf(task, await takersOf(task), null, clock.now()) : null,
  }
}

const heldBack = (row: WaitingRow | null): Waiting => ({
  reason: 'tenant_suspended',
  until: null,
  limit: null,
  ahead: row?.state === 'waiting' ? row.ahead : null,
})

/** The first of the reasons that would hold it back even if all others went away. */
export const waitingOf = (
  task: TaskRecord,
  takers: Takers,
  row: WaitingRow | null,
  now: Date,
): Waiting => {
  const ahead = row?.state === 'waiting' ? row.ahead : null
  const waits = (
    reason: WaitReason,
    { until = null, limit = null }: { until?: Date | null; limit?: Waiting['limit'] } = {},
  ): Waiting => ({ reason, until: until?.toISOString() ?? null, limit, ahead })

  if (!takers.hasAgent) return waits('no_agent')
  if (!takers.isAgentEnabled) return waits('agent_disabled')
  if (row?.settings.isPaused) return waits('queue_paused')
  if (task.runAt > now)
    return waits(task.retryCount > 0 ? 'backoff' : 'scheduled', { until: task.runAt })
  if (row === null) return waits('queued')
  if (row.state === 'admitted')
    return waits(takers.isAgentConnected ? 'admitted' : 'agent_disconnected')
  const limit = fullLimitOf(task, row)
  if (limit !== null) return waits('concurrency_limit', { limit })
  if (row.nextStartAt !== null && row.nextStartAt > now)
    return waits('rate_limit', { until: row.nextStartAt })
  return waits('queued')
}

const fullLimitOf = (task: TaskRecord, row: WaitingRow): Waiting['limit'] => {
  const { concurrencyMax, concurrencyMaxPerKey } = row.settings
  if (concurrencyMax !== null && row.usedOfQueue >= concurrencyMax)
    return { of: 'queue', name: row.queue, used: row.usedOfQueue, max: concurrencyMax }
  if (row.agentConcurrencyMax !== null && row.usedOfAgent >= row.agentConcurrencyMax)
    return {
      of: 'agent',
      name: task.agentId ?? '',
      used: row.usedOfAgent,
      max: row.agentConcurrencyMax,
    }
  if (
    concurrencyMaxPerKey !== null &&
    task.concurrencyKey !== null &&
    row.usedOfKey >= concurrencyMaxPerKey
  )
    return { of: 'key', name: task.concurrencyKey, used: row.usedOfKey, max: concurrencyMaxPerKey }
  return null
}
