import type { DeadLetter, QuarantinedTask, QuarantineGroup, TaskStatus } from '@cadre/contract'
import { taskSummaryView, type AgentNames } from '#features/tasks/index.ts'
import { taskIdOf } from './dead-letter-service.ts'
import type { DeadLetterRecord } from './dead-letter-store.ts'
import type { GroupRecord, QuarantinedRecord } from './quarantine-store.ts'

export const quarantinedView = (
  { task, fingerprint, quarantinedAt }: QuarantinedRecord,
  names: AgentNames,
  now: Date,
): QuarantinedTask => ({
  ...taskSummaryView(task, names, now),
  fingerprint,
  quarantined_at: quarantinedAt.toISOString(),
})

export const groupView = (group: GroupRecord, names: AgentNames): QuarantineGroup => ({
  fingerprint: group.fingerprint,
  category: group.category,
  error: group.error,
  tasks: group.tasks,
  total: group.total,
  agents: group.agents.map(({ agentId, tasks }) => ({
    agent_id: agentId,
    agent_name: names.get(agentId) ?? null,
    tasks,
  })),
  agents_affected: group.agentsAffected,
  first_seen_at: group.firstSeenAt.toISOString(),
  last_seen_at: group.lastSeenAt.toISOString(),
  opened_at: group.openedAt.toISOString(),
})

export const deadLetterView = (
  letter: DeadLetterRecord,
  statuses: ReadonlyMap<string, TaskStatus>,
): DeadLetter => {
  const taskId = taskIdOf(letter)
  return {
    id: letter.id,
    source: letter.source,
    queue: letter.queue,
    reason: letter.reason,
    deliveries: letter.deliveries,
    history: letter.history,
    headers: letter.headers,
    task_id: taskId,
    task_status: statuses.get(taskId ?? '') ?? null,
    enqueued_at: letter.enqueuedAt.toISOString(),
    died_at: letter.diedAt.toISOString(),
  }
}
