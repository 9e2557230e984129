import type { StepDefinition, WorkflowDefinition } from './definition.ts'

/** What a step's expressions may read of another one. */
export interface StepOutcome {
  status: 'DONE' | 'FAILED' | 'SKIPPED' | 'CANCELLED'
  /** Of a fan-out: the results in the order of the list, null where an element has none. */
  result: unknown
  error: string | null
}

/** What expressions see. Names of the language are the keys. */
export interface ExpressionContext {
  trigger: unknown
  payload: unknown
  run: { id: string; workflow: string; version: string; started_at: string }
  /** Only those that the expression reads need be there. */
  steps: Readonly<Record<string, StepOutcome>>
  /** Within a fan-out. */
  item?: unknown
  index?: number
  /** In a compensation's input and in `payload`: what the action answered; null if nothing did. */
  result?: unknown
  /** In a compensation's input: why the run is undone. */
  error?: string | null
}

/**
 * A definition ready to run: its graph, and its expressions as functions. Each throws
 * `ExpressionError` when the expression fails on these values, takes too long or gives too much.
 */
export interface CompiledWorkflow {
  definition: WorkflowDefinition
  steps: ReadonlyMap<string, CompiledStep>
  /** Names of the steps that need none. */
  roots: readonly string[]
  /** Some step declares a compensation. */
  isSaga: boolean
  payload(context: ExpressionContext): unknown
  /** What a completed run answers. */
  output(context: ExpressionContext): unknown
  /** Steps whose outcome `output` reads. */
  outputReads: readonly string[]
}

export interface CompiledStep {
  step: StepDefinition
  /** Length of the longest way to it from a root, from 0. */
  depth: number
  /** Names of the steps that need it. */
  dependents: readonly string[]
  /** Steps whose outcome is read when it starts: by `when`, `forEach`, and the action. */
  startReads: readonly string[]
  /** Steps whose outcome is read when it has ended: by `payload`. */
  payloadReads: readonly string[]
  /** Steps whose outcome its compensation's input reads. */
  compensationReads: readonly string[]
  when(context: ExpressionContext): boolean
  /** Of a fan-out; empty for other steps. */
  items(context: ExpressionContext): readonly unknown[]
  /** The action's input; null where the action has none. */
  input(context: ExpressionContext): unknown
  /** An approval's text; empty for other steps. */
  message(context: ExpressionContext): string
  /** When a delay that starts at `now` ends; null for other steps. */
  delayUntil(context: ExpressionContext, now: Date): Date | null
  /** The merge patch of the shared payload (RFC 7396); null when there is none. */
  payloadPatch(context: ExpressionContext): unknown
  compensationInput(context: ExpressionContext): unknown
}
