import type { AgentExample, AgentId, AgentRuntime, TenantId } from '@cadre/contract'
import { parse } from 'semver'
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

const NUMBER_LENGTH = 16

/**
 * Text that sorts bytewise as versions sort by precedence (Semantic Versioning 2.0.0, section 11):
 * numbers are padded, a release ends in `~` and so comes behind its pre-releases.
 */
export const versionRank = (version: string): string => {
  const parsed = parse(version)
  if (parsed === null) throw new Error(`Broken invariant: ${version} was validated as a version`)
  const release = [parsed.major, parsed.minor, parsed.patch].map(padded).join('.')
  if (parsed.prerelease.length === 0) return `${release}~`
  const identifiers = parsed.prerelease.map((part) =>
    typeof part === 'number' ? `0${padded(part)}` : `1${part}`,
  )
  return `${release}!${identifiers.join('!')}`
}

const padded = (number: number): string => String(number).padStart(NUMBER_LENGTH, '0')
