import type { BuiltInRole, ResourceType } from '@cadre/contract'
import { covers } from './scopes.ts'

const READ = [
  'task.read',
  'workflow.read',
  'agent.read',
  'event.read',
  'system.read',
  'quarantine.read',
  'schedule.read',
  'queue.read',
  'run.read',
  'webhook.read',
  'marketplace.read',
  'install.read',
  'role.read',
  'member.read',
  // What everybody does with what is their own.
  'key.manage_own',
  'session.manage_own',
] as const
const WORK = [
  'task.create',
  'task.execute',
  'task.cancel',
  'agent.publish',
  'workflow.publish',
  'quarantine.redrive',
  'schedule.manage',
  'run.start',
  'webhook.manage',
  'run.control',
  'run.signal',
  'run.approve',
  'marketplace.rate',
  'marketplace.try',
] as const
const MANAGE = [
  'workflow.delete',
  'agent.manage',
  'agent.issue_key',
  'quarantine.purge',
  'queue.manage',
  'run.decide',
  'audit.read',
  'marketplace.publish',
  'marketplace.review',
  'install.create',
  'install.update',
  'install.delete',
  'tenant.read',
  'grant.read',
  'policy.read',
  'access.explain',
  'tenant.read',
] as const
/** Who hands out rights, and what touches other tenants as well. */
const GOVERN = [
  'member.manage',
  'role.manage',
  'grant.manage',
  'policy.manage',
  'queue.manage_shared',
  'circuit.reset',
  'registry.manage',
  'tenant.manage',
] as const
/** What an agent does to the work that it holds, and to nothing else. */
const SERVE = ['task.read', 'task.report', 'agent.serve'] as const

export type Action =
  | (typeof READ)[number]
  | (typeof WORK)[number]
  | (typeof MANAGE)[number]
  | (typeof GOVERN)[number]
  | (typeof SERVE)[number]

export const ACTIONS: readonly Action[] = [
  ...new Set([...READ, ...WORK, ...MANAGE, ...GOVERN, ...SERVE]),
].toSorted()

export const isAction = (text: string): text is Action =>
  (ACTIONS as readonly string[]).includes(text)

export const BUILT_IN_PERMISSIONS: Readonly<Record<BuiltInRole, ReadonlySet<Action>>> = {
  viewer: new Set(READ),
  developer: new Set([...READ, ...WORK]),
  agent: new Set(SERVE),
  supervisor: new Set([...READ, ...WORK, ...MANAGE]),
  admin: new Set([...READ, ...WORK, ...MANAGE, ...GOVERN, ...SERVE]),
}

export const BUILT_IN_DESCRIPTIONS: Readonly<Record<BuiltInRole, string>> = {
  viewer: 'Sees everything but keys, policies and the audit log; changes nothing.',
  developer: 'Also publishes agents and workflows, and starts, stops and approves work.',
  agent: 'Does the work that it is given, and sees nothing else.',
  supervisor: 'Also manages agents and queues, decides in place of runs, and reads the audit log.',
  admin: 'Everything, including who may do what.',
}

/** What an action is done to, where that is not told by its first word. */
const TYPES_OF_ACTION: Partial<Record<Action, readonly ResourceType[]>> = {
  'task.report': ['Agent'],
  'task.execute': ['Agent'],
}
const TYPES_OF_NOUN: Readonly<Record<string, readonly ResourceType[]>> = {
  agent: ['Agent'],
  task: ['Task'],
  workflow: ['Workflow'],
  run: ['Run'],
  schedule: ['Schedule'],
  webhook: ['Webhook'],
  queue: ['Queue'],
  quarantine: ['Task', 'DeadLetter'],
  member: ['Member'],
  key: ['Key'],
  role: ['Role'],
  grant: ['Grant'],
  policy: ['Policy'],
  tenant: ['Tenant'],
  audit: ['Audit'],
}

/** The types of objects that an action may be done to; the first one stands for all. */
export const typesOf = (action: Action): readonly [ResourceType, ...ResourceType[]] => {
  const [first, ...others] = TYPES_OF_ACTION[action] ??
    TYPES_OF_NOUN[action.slice(0, action.indexOf('.'))] ?? ['System']
  return [first ?? 'System', ...others]
}

export const actionsOf = (patterns: readonly string[]): Action[] =>
  ACTIONS.filter((action) => patterns.some((pattern) => covers(pattern, action)))
