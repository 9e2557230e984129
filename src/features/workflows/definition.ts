import type { BackoffJitter, BackoffKind, FailureCategory, TaskPriority } from '@cadre/contract'

/**
 * A workflow as its author wrote it, checked and made uniform: what runs read. Immutable once it is
 * published. Expressions are compiled when the definition is read; see `expression/`.
 */
export interface WorkflowDefinition {
  name: string
  /** Semantic version (semver.org). */
  version: string
  description: string
  tags: readonly string[]
  trigger: {
    /** JSON Schema 2020-12 of the trigger's context; null takes anything. */
    schema: unknown
  }
  /** The first value of the payload that the steps of a run share; an object. */
  payload: Template
  /** In their order in the file. */
  steps: readonly StepDefinition[]
  /** What a completed run answers; null: the results of the steps that nothing needs, by name. */
  output: Template | null
  /** Dollars; a run that has cost more fails. Null: no limit. */
  costLimit: string | null
  /** The run as a whole; null: no limit. */
  timeoutSeconds: number | null
}

/** JSON in which strings may hold expressions between `${` and `}`. */
export type Template = unknown

/** Source text of a CEL expression, without `${` and `}`. */
export type ExpressionText = string

export interface StepDefinition {
  /** Unique within the workflow: `[a-z][a-z0-9_]*`, at most 64 characters. */
  name: string
  title: string | null
  /** Steps that must have ended before this one starts: no duplicates, none unknown, no cycle. */
  needs: readonly string[]
  /** Whether the step runs or is skipped; null always runs. */
  when: ExpressionText | null
  forEach: ForEach | null
  action: StepAction
  /** What is merged into the shared payload (RFC 7396) once the step is done; null changes nothing. */
  payload: Template | null
  onFailure: OnFailure
  /** Undoes the action; null where nothing needs to be undone. */
  compensation: AgentAction | null
}

/**
 * What a failed step does to its run. `fail`: the run fails. `compensate`: what was done is undone,
 * then the run ends. `continue`: the steps that need it go on without its result. `hold`: it waits
 * in quarantine for a person, and so do the steps that need it.
 */
export type OnFailure = 'fail' | 'compensate' | 'continue' | 'hold'

export interface ForEach {
  /** Gives the list; `item` and `index` stand for each of its elements in the step's expressions. */
  items: ExpressionText
  /** Elements that may be worked on at the same time. */
  concurrencyMax: number
}

export type StepAction = AgentAction | WorkflowAction | ApprovalAction | SignalAction | DelayAction

/** A task for an agent, or for whoever offers a capability. */
export interface AgentAction {
  kind: 'agent'
  /** Name, `name@version` or id; null when `capability` is given. */
  agent: string | null
  capability: string | null
  input: Template
  priority: TaskPriority
  /** Null: the platform's default. */
  maxRetries: number | null
  backoff: {
    kind?: BackoffKind
    jitter?: BackoffJitter
    base_seconds?: number
    cap_seconds?: number
  } | null
  noRetryOn: readonly FailureCategory[] | null
  timeouts: { queue_seconds?: number; execution_seconds?: number; total_seconds?: number } | null
}

/** A run of another workflow; the step ends with it, and its result is that run's output. */
export interface WorkflowAction {
  kind: 'workflow'
  /** Name (the latest version when the step starts) or `name@version`. */
  workflow: string
  input: Template
}

/** A person decides; a rejection fails the step. */
export interface ApprovalAction {
  kind: 'approval'
  /** What the person reads: a template that gives text. */
  message: Template
  /** What the person may look at beside it. */
  input: Template
  deadlineSeconds: number | null
  onDeadline: 'approve' | 'reject'
}

/** Waits until somebody sends the run a signal of this name; its body is the step's result. */
export interface SignalAction {
  kind: 'signal'
  signal: string
  /** The step fails with the category `timeout` when nothing came until then. */
  timeoutSeconds: number | null
}

/** Waits for a while or until a moment (an expression that gives an RFC 3339 text). */
export interface DelayAction {
  kind: 'delay'
  seconds: ExpressionText | number | null
  until: ExpressionText | null
}
