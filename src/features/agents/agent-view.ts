import type { Agent, AgentPresence as AgentPresenceView } from '@cadre/contract'
import type { AgentRecord } from './agent.ts'

/** What the work ledger adds to an agent. */
export interface AgentActivity {
  held: number
  tasksCompleted: number
  lastFinishedAt: Date | null
  presence: AgentPresenceView | undefined
}

export const agentView = (agent: AgentRecord, activity: AgentActivity): Agent => ({
  id: agent.id,
  name: agent.name,
  version: agent.version,
  description: agent.description,
  owner: agent.ownerName,
  runtime: agent.runtime,
  capabilities: agent.capabilities,
  examples: agent.examples,
  status: agent.isEnabled ? (activity.held > 0 ? 'BUSY' : 'IDLE') : 'DISABLED',
  enabled: agent.isEnabled,
  price: agent.price,
  binary_url: agent.binary ? `/api/v1/agents/${agent.id}/binary` : null,
  binary_sha256: agent.binary?.sha256 ?? null,
  binary_bytes: agent.binary?.bytes ?? null,
  concurrency_max: agent.concurrencyMax,
  presence: agent.runtime === 'remote' ? (activity.presence ?? NOBODY) : null,
  tasks_completed: activity.tasksCompleted,
  rating: agent.rating,
  last_error: agent.lastError,
  last_seen_at: latest(agent.lastSeenAt, activity.lastFinishedAt)?.toISOString() ?? null,
  created_at: agent.createdAt.toISOString(),
  updated_at: agent.updatedAt.toISOString(),
})

const NOBODY: AgentPresenceView = { instances: 0, in_flight: 0, concurrency: 0 }

/** A remote agent is seen when it connects, any agent when it finishes an attempt. */
const latest = (left: Date | null, right: Date | null): Date | null =>
  left === null || (right !== null && right > left) ? right : left
