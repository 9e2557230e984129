import type { FailureCategory, RunId, StepId, TenantId, WorkflowId } from '@cadre/contract'

/** One execution of a workflow, without the payloads that only its expressions read. */
export interface RunRecord {
  id: RunId
  tenantId: TenantId
  workflowId: WorkflowId
  workflowName: string
  workflowVersion: string
  status: RunStatus
  /** How it ends once nothing of it is open; null as long as all goes well. */
  outcome: RunOutcome | null
  isPaused: boolean
  triggerKind: TriggerKind
  trigger: unknown
  /** Shared by its steps; an object. */
  payload: unknown
  error: string | null
  failedStep: string | null
  /** Dollars as text. */
  cost: string
  costLimit: string | null
  deadlineAt: Date | null
  parentRunId: RunId | null
  /** How many runs there are above it. */
  nesting: number
  rerunOf: RunId | null
  rerunFrom: string | null
  createdBy: string
  createdByName: string
  idempotencyKey: string | null
  requestSha256: string | null
  traceparent: string | null
  createdAt: Date
  updatedAt: Date
  /** When it was found not to move though nobody and no clock is waited for. */
  stuckSince: Date | null
  finishedAt: Date | null
  durationMs: number | null
}

export const RUN_STATUSES = [
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'COMPENSATING',
  'COMPENSATED',
] as const
export type RunStatus = (typeof RUN_STATUSES)[number]
export type RunOutcome = 'FAILED' | 'CANCELLED' | 'COMPENSATED'
export type TriggerKind = 'api' | 'schedule' | 'webhook' | 'workflow' | 'rerun'

export const isOver = (status: RunStatus): boolean =>
  status !== 'RUNNING' && status !== 'COMPENSATING'

export type StepKind = 'agent' | 'fan_out' | 'workflow' | 'approval' | 'signal' | 'delay'

export type StepStatus =
  | 'RECORDED'
  | 'WAITING'
  | 'RUNNING'
  | 'HELD'
  | 'DONE'
  | 'FAILED'
  | 'SKIPPED'
  | 'CANCELLED'

/** The item of a step that is no element of a fan-out. */
export const WHOLE = -1

/** What a step's row says when it is written; the rest has its default. */
export interface StepWrite {
  id: StepId
  runId: RunId
  tenantId: TenantId
  step: string
  item: number
  isCompensation: boolean
  /** Its task's failure waits for a person. */
  isHolding: boolean
  kind: StepKind
  status: StepStatus
  depth: number
  items: number | null
  input: unknown
  output: unknown
  message: string | null
  error: string | null
  category: FailureCategory | null
  dueAt: Date | null
  releasedAt: Date | null
  endedAt: Date | null
}

/** A step that has just ended, or that now waits for a person. */
export interface EndedStep {
  id: StepId
  runId: RunId
  step: string
  item: number
  isCompensation: boolean
  status: 'DONE' | 'FAILED' | 'SKIPPED' | 'CANCELLED' | 'HELD'
  error: string | null
  category: FailureCategory | null
  attempts: number
  cost: string | null
  waitMs: number | null
  durationMs: number | null
}

/** The shared payload with a merge patch applied (RFC 7396). Bounded by the patch's own depth. */
export const merged = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = { ...(isObject(target) ? target : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else define(result, key, merged(result[key], value))
  }
  return result
}

/** `__proto__` is a key like any other. */
const define = (target: object, key: string, value: unknown): void => {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
