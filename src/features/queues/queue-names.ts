import type { AgentId, TenantId } from '@cadre/contract'
import { agentOfQueue, capabilityOf, capabilityQueue, WASM_QUEUE } from '#features/agents/index.ts'

/** What the name of a queue says. Null for names that no queue has. */
export type QueueKind =
  | { kind: 'wasm' }
  | { kind: 'agent'; agentId: AgentId }
  | { kind: 'capability'; capability: string }

/** Reads a name as `tenantId` may: queues of other tenants have no meaning. */
export const queueKindOf = (name: string, tenantId: TenantId): QueueKind | null => {
  if (name === WASM_QUEUE) return { kind: 'wasm' }
  const agentId = agentOfQueue(name)
  if (agentId !== null) return { kind: 'agent', agentId }
  const isOwn = name.startsWith(capabilityQueue(tenantId, ''))
  return isOwn && capabilityOf(name) !== ''
    ? { kind: 'capability', capability: capabilityOf(name) }
    : null
}
