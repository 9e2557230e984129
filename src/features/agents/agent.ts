import type { AgentExample, AgentId, AgentRuntime, TenantId } from '@cadre/contract'
import type { ModuleReport } from './module-inspector.ts'

/** One published version of an agent. */
export interface AgentRecord {
  id: AgentId
  tenantId: TenantId
  name: string
  version: string
  description: string
  ownerId: string
  ownerName: string
  runtime: AgentRuntime
  capabilities: string[]
  examples: AgentExample[]
  isEnabled: boolean
  /** Dollars, six decimals. */
  price: string
  binary: AgentBinary | null
  rating: number | null
  /** Tasks in progress at the most; null without a limit. */
  concurrencyMax: number | null
  lastError: string | null
  lastSeenAt: Date | null
  createdAt: Date
  updatedAt: Date
  /** Null of agents that are older than the registry's first key and were never signed. */
  statement: SignedStatement | null
}

/** What an agent was when it was published, as it was signed then. */
export interface SignedStatement {
  payload: string
  signature: Uint8Array
  keyId: string
}

export interface AgentBinary {
  key: string
  sha256: string
  bytes: number
  report: ModuleReport
}

/** The queues that feed an agent: its own, or that of all WASM agents, and its capabilities'. */
export const WASM_QUEUE = 'tasks.wasm'
export const agentQueue = (agent: Pick<AgentRecord, 'id' | 'runtime'>): string =>
  agent.runtime === 'wasm' ? WASM_QUEUE : `tasks.agent.${agent.id}`
const CAPABILITY_PREFIX = 'tasks.capability.'
const TENANT_LENGTH = 36
export const capabilityQueue = (tenantId: TenantId, capability: string): string =>
  `${CAPABILITY_PREFIX}${tenantId}.${capability}`

/** The remote agent that a queue of {@link agentQueue} is for. */
export const agentOfQueue = (queue: string): AgentId | null =>
  (/^tasks\.agent\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(queue)?.[1] as
    | AgentId
    | undefined) ?? null

/** The capability that a queue of {@link capabilityQueue} stands for. */
export const capabilityOf = (queue: string): string =>
  queue.slice(CAPABILITY_PREFIX.length + TENANT_LENGTH + 1)
