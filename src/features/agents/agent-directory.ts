import type { TenantId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { AgentRecord } from './agent.ts'
import { agentNotFound } from './agent-errors.ts'
import {
  findAgentById,
  findByCapability,
  findLatestByName,
  findVersion,
  namesOfAgents,
} from './agent-store.ts'

/** Finds agents for the hot paths: answers are remembered for a moment. */
export interface AgentDirectory {
  /** By id, by name (the greatest version) or by `name@version`. Throws `agent.not_found`. */
  resolve(tenantId: TenantId, reference: string): Promise<AgentRecord>
  /** The same as it is now, for those who look at the agent itself. */
  read(tenantId: TenantId, reference: string): Promise<AgentRecord>
  /** Enabled agents that offer a capability, greatest version first. */
  offering(tenantId: TenantId, capability: string): Promise<readonly AgentRecord[]>
  /** Names by id. A version's name never changes, so what was read once is kept. */
  namesOf(tenantId: TenantId, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Forgets everything that may change: an agent did. */
  invalidate(): void
}

const ENTRIES_MAX = 10_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const createAgentDirectory = (options: {
  db: Db
  clock: Clock
  /** How long a change made by another process may go unseen. */
  ttlMs: number
}): AgentDirectory => {
  const { db, clock } = options
  const memory = new Map<string, { value: Promise<unknown>; expiresAtMs: number }>()

  const remembered = <Value>(key: string, load: () => Promise<Value>): Promise<Value> => {
    const nowMs = clock.now().getTime()
    const known = memory.get(key)
    if (known !== undefined && known.expiresAtMs > nowMs) return known.value as Promise<Value>
    if (memory.size >= ENTRIES_MAX) memory.clear()
    const value = load()
    memory.set(key, { value, expiresAtMs: nowMs + options.ttlMs })
    value.catch(() => memory.delete(key))
    return value
  }
  const lookUp = (tenantId: TenantId, reference: string): Promise<AgentRecord | null> => {
    if (UUID.test(reference)) return findAgentById(db.ofTenant(tenantId), tenantId, reference)
    const at = reference.indexOf('@')
    if (at < 0) return findLatestByName(db.ofTenant(tenantId), tenantId, reference)
    const [name, version] = [reference.slice(0, at), reference.slice(at + 1)]
    return findVersion(db.ofTenant(tenantId), tenantId, { name, version })
  }
  const find = async (tenantId: TenantId, reference: string) => {
    const found = await lookUp(tenantId, reference)
    if (found === null) throw agentNotFound()
    return found
  }

  const names = new Map<string, string>()
  const namesOf = async (tenantId: TenantId, ids: readonly string[]) => {
    const unknown = ids.filter((id) => !names.has(id))
    if (unknown.length > 0) {
      if (names.size >= ENTRIES_MAX) names.clear()
      for (const [id, name] of await namesOfAgents(db.ofTenant(tenantId), ids)) names.set(id, name)
    }
    return names
  }

  return {
    namesOf,
    resolve: (tenantId, reference) =>
      remembered(`${tenantId} agent ${reference}`, () => find(tenantId, reference)),
    read: find,
    offering: (tenantId, capability) =>
      remembered(`${tenantId} capability ${capability}`, () =>
        findByCapability(db.ofTenant(tenantId), tenantId, capability),
      ),
    invalidate: () => memory.clear(),
  }
}
