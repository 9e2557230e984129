import type { Agent, AgentPresence, AgentStats } from '@cadre/contract'
import { findAgent } from '../agent-reference.ts'
import { fieldLines } from '../field-lines.ts'
import type { Action } from '../session.ts'
import { byteSize, duration, percent, relativeTime } from '../wording.ts'

/** `cadre agent NAME|ID` */
export const showAgent: Action<[reference: string]> = async ({ client, terminal }, [reference]) => {
  const agent = await findAgent(client, reference)
  const stats = await client.agents.stats(agent.id)
  if (terminal.isJson) return terminal.document({ agent, stats })
  for (const line of fieldLines([...aboutAgent(agent), ...record(stats)], terminal)) {
    terminal.line(line)
  }
}

const aboutAgent = (agent: Agent): [string, string | null][] => [
  ['Name', `${agent.name} ${agent.version}`],
  ['Id', agent.id],
  ['Description', agent.description || null],
  ['Runtime', agent.runtime],
  ['Status', agent.status],
  ['Processes', agent.presence === null ? null : processesOf(agent.presence)],
  ['Owner', agent.owner],
  ['Capabilities', agent.capabilities.join(', ') || null],
  ['Price', `$${agent.price}`],
  ['Program', agent.binary_bytes === null ? null : byteSize(agent.binary_bytes)],
  ['SHA-256', agent.binary_sha256],
  ['Published', relativeTime(agent.created_at)],
  ['Last seen', agent.last_seen_at === null ? 'never' : relativeTime(agent.last_seen_at)],
  ['Last error', agent.last_error],
]

/** `2, 3 of 16 tasks in flight`. */
const processesOf = ({ instances, in_flight, concurrency }: AgentPresence): string =>
  instances === 0 ? 'none' : `${instances}, ${in_flight} of ${concurrency} tasks in flight`

const record = (stats: AgentStats): [string, string | null][] => {
  const { p50, p95, p99 } = stats.latency_ms
  const latencies = [p50, p95, p99].map((ms) => (ms === null ? '–' : duration(ms)))
  return [
    ['Tasks done', String(stats.tasks_completed)],
    ['Attempts', `${stats.attempts}, ${percent(stats.success_rate)} succeeded`],
    ['Quarantined', `${stats.quarantined} (${percent(stats.quarantine_rate)})`],
    ['Duration', p50 === null ? null : `${latencies.join(', ')} (p50, p95, p99)`],
    ['Cost', `$${stats.total_cost}`],
  ]
}
