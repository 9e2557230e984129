import type { ResourceType } from '@cadre/contract'
import type { Action } from './actions.ts'

/** What somebody must be permitted to know of an object. */
export const READ_OF: Readonly<Partial<Record<ResourceType, Action>>> = {
  Agent: 'agent.read',
  Task: 'task.read',
  Workflow: 'workflow.read',
  Run: 'run.read',
  Schedule: 'schedule.read',
  Webhook: 'webhook.read',
  Queue: 'queue.read',
  DeadLetter: 'quarantine.read',
  Member: 'member.read',
  Role: 'role.read',
  Grant: 'grant.read',
  Policy: 'policy.read',
}
