import type { RunStatus, RunStep, RunTrigger, StepKind, StepStatus } from '@cadre/contract'
import type { Tone } from '../ui/notice.tsx'

export const RUN_STATUS_WORDS: Record<RunStatus, { label: string; tone: Tone }> = {
  RUNNING: { label: 'Running', tone: 'accent' },
  COMPLETED: { label: 'Completed', tone: 'good' },
  FAILED: { label: 'Failed', tone: 'bad' },
  CANCELLED: { label: 'Cancelled', tone: 'neutral' },
  COMPENSATING: { label: 'Undoing', tone: 'warn' },
  COMPENSATED: { label: 'Undone', tone: 'warn' },
}
export const RUN_STATUSES = Object.keys(RUN_STATUS_WORDS) as RunStatus[]

export const STEP_STATUS_WORDS: Record<StepStatus, { label: string; tone: Tone }> = {
  RECORDED: { label: 'Recorded', tone: 'neutral' },
  WAITING: { label: 'Waiting', tone: 'neutral' },
  RUNNING: { label: 'Running', tone: 'accent' },
  HELD: { label: 'Held', tone: 'bad' },
  DONE: { label: 'Done', tone: 'good' },
  FAILED: { label: 'Failed', tone: 'bad' },
  SKIPPED: { label: 'Skipped', tone: 'neutral' },
  CANCELLED: { label: 'Cancelled', tone: 'neutral' },
}
export const STEP_STATUSES = Object.keys(STEP_STATUS_WORDS) as StepStatus[]

export const STEP_KIND_WORDS: Record<StepKind, string> = {
  agent: 'Agent',
  fan_out: 'For each',
  workflow: 'Workflow',
  approval: 'Approval',
  signal: 'Signal',
  delay: 'Delay',
}

export const TRIGGER_WORDS: Record<RunTrigger, string> = {
  api: 'By hand or API',
  schedule: 'Schedule',
  webhook: 'Webhook',
  workflow: 'Another workflow',
  rerun: 'Rerun',
}

/** What the decisions of people are called, by the word that the server keeps. */
export const DECISION_WORDS: Readonly<Record<string, string>> = {
  approved: 'Approved',
  rejected: 'Rejected',
  skipped: 'Skipped',
  completed: 'Declared done',
  retried: 'Tried again',
}

const RUNNING_WORDS: Partial<Record<StepKind, string>> = {
  approval: 'Waits for a decision',
  signal: 'Waits for its signal',
  delay: 'Waits for its time',
}

/** The state of a step in words; `null` stands for one that has not begun. */
export const stepStateWords = (
  step: Pick<RunStep, 'status' | 'kind' | 'is_compensation'> | null,
): { label: string; tone: Tone } => {
  if (step === null) return { label: 'Not begun', tone: 'neutral' }
  const words = STEP_STATUS_WORDS[step.status]
  if (step.is_compensation) return { ...words, label: UNDO_LABELS[step.status] ?? words.label }
  const waits = step.status === 'RUNNING' ? RUNNING_WORDS[step.kind] : undefined
  return waits === undefined ? words : { label: waits, tone: 'warn' }
}

const UNDO_LABELS: Partial<Record<StepStatus, string>> = {
  RECORDED: 'To be undone if need be',
  RUNNING: 'Being undone',
  DONE: 'Undone',
}

export const isRunOver = (status: RunStatus) => status !== 'RUNNING' && status !== 'COMPENSATING'

const OPEN: ReadonlySet<StepStatus> = new Set(['WAITING', 'RUNNING', 'HELD'])
export const isStepOpen = (status: StepStatus) => OPEN.has(status)
