import type {
  AttemptOutcome,
  EventType,
  ExecutionOutcome,
  FailureCategory,
  TaskPriority,
  TaskStatus,
} from '@cadre/contract'
import type { Tone } from '../ui/notice.tsx'

export const STATUS_WORDS: Record<TaskStatus, { label: string; tone: Tone }> = {
  TODO: { label: 'Waiting', tone: 'neutral' },
  IN_PROGRESS: { label: 'Running', tone: 'accent' },
  DONE: { label: 'Done', tone: 'good' },
  QUARANTINED: { label: 'Quarantined', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'neutral' },
}
export const STATUSES = Object.keys(STATUS_WORDS) as TaskStatus[]

export const PRIORITY_WORDS: Record<TaskPriority, string> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
}
export const PRIORITIES = Object.keys(PRIORITY_WORDS) as TaskPriority[]

export const CATEGORY_WORDS: Record<FailureCategory, string> = {
  retriable: 'Retriable',
  permanent: 'Permanent',
  rate_limited: 'Rate limited',
  timeout: 'Timed out',
  sandbox_violation: 'Sandbox violation',
  budget_exceeded: 'Budget exceeded',
}
export const CATEGORIES = Object.keys(CATEGORY_WORDS) as FailureCategory[]

export const OUTCOME_WORDS: Record<AttemptOutcome, { label: string; tone: Tone }> = {
  running: { label: 'Running', tone: 'accent' },
  done: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  lost: { label: 'Lost', tone: 'warn' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
}

export const EXECUTION_WORDS: Record<ExecutionOutcome, string> = {
  exit: 'Exited',
  trap: 'Trapped',
  timeout: 'Timed out',
  out_of_memory: 'Out of memory',
  output_limit: 'Output limit reached',
  invalid_module: 'Invalid module',
  cancelled: 'Cancelled',
  runner_lost: 'Runner lost',
}

export const EVENT_WORDS: Record<EventType, { label: string; tone: Tone }> = {
  'task.created': { label: 'Created', tone: 'neutral' },
  'task.claimed': { label: 'Claimed', tone: 'accent' },
  'task.progressed': { label: 'Progress', tone: 'accent' },
  'task.completed': { label: 'Completed', tone: 'good' },
  'task.retried': { label: 'Failed, will retry', tone: 'warn' },
  'task.quarantined': { label: 'Quarantined', tone: 'bad' },
  'task.redriven': { label: 'Redriven', tone: 'accent' },
  'task.purged': { label: 'Purged', tone: 'neutral' },
  'quarantine.group_opened': { label: 'New kind of failure', tone: 'bad' },
  'dead_letter.buried': { label: 'Message buried', tone: 'bad' },
  'dead_letter.redispatched': { label: 'Dispatched anew', tone: 'accent' },
  'dead_letter.purged': { label: 'Dead letters purged', tone: 'neutral' },
  'task.cancelled': { label: 'Cancelled', tone: 'neutral' },
  'agent.published': { label: 'Agent published', tone: 'neutral' },
  'agent.enabled': { label: 'Agent enabled', tone: 'good' },
  'agent.disabled': { label: 'Agent disabled', tone: 'warn' },
  'agent.deleted': { label: 'Agent deleted', tone: 'bad' },
  'agent.connected': { label: 'Agent connected', tone: 'good' },
  'agent.disconnected': { label: 'Agent disconnected', tone: 'warn' },
  'agent.limited': { label: 'Agent limited', tone: 'neutral' },
  'queue.paused': { label: 'Queue paused', tone: 'warn' },
  'queue.resumed': { label: 'Queue resumed', tone: 'good' },
  'queue.changed': { label: 'Queue changed', tone: 'neutral' },
  'circuit.reset': { label: 'Circuit reset', tone: 'neutral' },
  'schedule.created': { label: 'Schedule created', tone: 'neutral' },
  'schedule.updated': { label: 'Schedule changed', tone: 'neutral' },
  'schedule.paused': { label: 'Schedule paused', tone: 'warn' },
  'schedule.resumed': { label: 'Schedule resumed', tone: 'good' },
  'schedule.deleted': { label: 'Schedule deleted', tone: 'bad' },
  'schedule.fired': { label: 'Schedule fired', tone: 'accent' },
  'schedule.missed': { label: 'Runs missed', tone: 'warn' },
  'workflow.published': { label: 'Workflow published', tone: 'neutral' },
  'workflow.deleted': { label: 'Workflow deleted', tone: 'warn' },
  'webhook.created': { label: 'Webhook created', tone: 'neutral' },
  'webhook.changed': { label: 'Webhook changed', tone: 'neutral' },
  'webhook.deleted': { label: 'Webhook deleted', tone: 'neutral' },
  'run.started': { label: 'Run started', tone: 'accent' },
  'run.paused': { label: 'Run paused', tone: 'warn' },
  'run.resumed': { label: 'Run resumed', tone: 'accent' },
  'run.compensating': { label: 'Undoing began', tone: 'warn' },
  'run.stuck': { label: 'Run stuck', tone: 'warn' },
  'run.completed': { label: 'Run completed', tone: 'good' },
  'run.failed': { label: 'Run failed', tone: 'bad' },
  'run.cancelled': { label: 'Run cancelled', tone: 'neutral' },
  'run.compensated': { label: 'Run undone', tone: 'warn' },
  'step.started': { label: 'Step started', tone: 'accent' },
  'step.completed': { label: 'Step done', tone: 'good' },
  'step.failed': { label: 'Step failed', tone: 'bad' },
  'step.held': { label: 'Step held', tone: 'bad' },
  'step.skipped': { label: 'Step skipped', tone: 'neutral' },
  'step.cancelled': { label: 'Step cancelled', tone: 'neutral' },
  'step.decided': { label: 'Decided', tone: 'accent' },
  'compensation.started': { label: 'Undoing started', tone: 'warn' },
  'compensation.completed': { label: 'Undone', tone: 'good' },
  'compensation.held': { label: 'Undoing held', tone: 'bad' },
  'compensation.failed': { label: 'Undoing failed', tone: 'bad' },
  'compensation.skipped': { label: 'Undoing skipped', tone: 'neutral' },
  'compensation.cancelled': { label: 'Undoing cancelled', tone: 'neutral' },
  'approval.requested': { label: 'Approval asked for', tone: 'warn' },
  'signal.received': { label: 'Signal received', tone: 'accent' },
}
