import { z } from 'zod'
import { RunId, StepId, TaskId, WorkflowId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { FailureCategory } from './tasks.ts'
import { boundedText, Json, Money, Timestamp } from './text.ts'

export const COMMENT_LENGTH_MAX = 2_000
export const SIGNAL_NAME_LENGTH_MAX = 64

export const RunStatus = z
  .enum(['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATING', 'COMPENSATED'])
  .meta({ id: 'RunStatus' })
export type RunStatus = z.infer<typeof RunStatus>

export const RunTrigger = z
  .enum(['api', 'schedule', 'webhook', 'workflow', 'rerun'])
  .meta({ id: 'RunTrigger' })
export type RunTrigger = z.infer<typeof RunTrigger>

/**
 * `RECORDED`: a compensation that may become necessary. `WAITING`: for its needs, its turn, or its
 * paused run. `HELD`: a person must decide; its task is in quarantine.
 */
export const StepStatus = z
  .enum(['RECORDED', 'WAITING', 'RUNNING', 'HELD', 'DONE', 'FAILED', 'SKIPPED', 'CANCELLED'])
  .meta({ id: 'StepStatus' })
export type StepStatus = z.infer<typeof StepStatus>

export const StepKind = z
  .enum(['agent', 'fan_out', 'workflow', 'approval', 'signal', 'delay'])
  .meta({ id: 'StepKind' })
export type StepKind = z.infer<typeof StepKind>

const IdempotencyKey = boundedText(200, 1)

/** What `POST /workflows/:id/trigger` takes. */
export const TriggerWorkflow = z
  .strictObject({
    context: Json.optional().meta({
      description: 'What the run is about; fits the trigger schema',
    }),
    idempotency_key: IdempotencyKey.optional().meta({
      description: 'The same key makes the same run, however often and however many at once',
    }),
  })
  .meta({ id: 'TriggerWorkflow' })
export type TriggerWorkflow = z.input<typeof TriggerWorkflow>
export type ParsedTriggerWorkflow = z.output<typeof TriggerWorkflow>

export const Run = z
  .object({
    id: RunId,
    workflow_id: WorkflowId,
    workflow_name: z.string(),
    workflow_version: z.string(),
    status: RunStatus,
    is_paused: z.boolean(),
    is_ending: z
      .boolean()
      .meta({ description: 'It will not complete; what is open comes to rest' }),
    trigger: RunTrigger,
    error: z.string().nullable(),
    failed_step: z.string().nullable(),
    cost: Money.meta({ description: 'To date; of all attempts once the run is over' }),
    cost_limit: Money.nullable(),
    deadline_at: Timestamp.nullable(),
    parent_run_id: RunId.nullable(),
    rerun_of: RunId.nullable(),
    rerun_from: z.string().nullable(),
    created_by_name: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp.meta({ description: 'When it last moved on' }),
    stuck_since: Timestamp.nullable().meta({
      description: 'When it was found not to move, though nobody and no clock is waited for',
    }),
    finished_at: Timestamp.nullable(),
    duration_ms: z.number().nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof Run>

/** What a run has to undo, and what that costs. */
export const RunCompensation = z
  .object({
    recorded: z.number().int(),
    running: z.number().int(),
    held: z.number().int(),
    done: z.number().int(),
    cost: Money.meta({ description: 'Of compensations to date' }),
    cost_to_undo: Money.meta({
      description: 'What undoing the rest costs by the prices of its agents',
    }),
  })
  .meta({ id: 'RunCompensation' })
export type RunCompensation = z.infer<typeof RunCompensation>

export const RunDetail = Run.extend({
  context: Json,
  payload: Json.meta({ description: 'What its steps share' }),
  output: Json.nullable(),
  steps: z
    .object({
      total: z.number().int().meta({ description: 'Of the definition' }),
      waiting: z.number().int(),
      running: z.number().int(),
      held: z.number().int(),
      done: z.number().int(),
      failed: z.number().int(),
      skipped: z.number().int(),
      cancelled: z.number().int(),
    })
    .meta({ description: 'Counts of the steps that have begun to matter, elements left out' }),
  compensation: RunCompensation.nullable().meta({ description: 'Null when nothing is recorded' }),
}).meta({ id: 'RunDetail' })
export type RunDetail = z.infer<typeof RunDetail>

export const RunStep = z
  .object({
    id: StepId,
    run_id: RunId,
    step: z.string(),
    item: z.number().int().nullable().meta({ description: 'Element of a list, from 0' }),
    is_compensation: z.boolean(),
    kind: StepKind,
    status: StepStatus,
    task_id: TaskId.nullable(),
    child_run_id: RunId.nullable(),
    message: z.string().nullable().meta({ description: 'What an approver is asked; a signal' }),
    error: z.string().nullable(),
    category: z.union([FailureCategory, z.null()]),
    attempts: z.number().int(),
    cost: Money.nullable(),
    items: z.number().int().nullable().meta({ description: 'Elements of the list' }),
    items_left: z.number().int().nullable(),
    wait_ms: z.number().nullable(),
    duration_ms: z.number().nullable(),
    due_at: Timestamp.nullable(),
    decision: z.string().nullable(),
    decided_by_name: z.string().nullable(),
    comment: z.string().nullable(),
    is_reused: z.boolean().meta({ description: 'Taken over from the run that was rerun' }),
    released_at: Timestamp.nullable(),
    ended_at: Timestamp.nullable(),
  })
  .meta({ id: 'RunStep' })
export type RunStep = z.infer<typeof RunStep>

export const RunStepDetail = RunStep.extend({
  input: Json.nullable(),
  output: Json.nullable(),
}).meta({ id: 'RunStepDetail' })
export type RunStepDetail = z.infer<typeof RunStepDetail>

export const TriggeredRun = z
  .object({ run: Run, is_replay: z.boolean() })
  .meta({ id: 'TriggeredRun' })
export type TriggeredRun = z.infer<typeof TriggeredRun>

export const RunList = listOf(Run)
export const RunListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
  workflow: boundedText(200, 1).optional().meta({ description: 'Name of a workflow' }),
  status: RunStatus.optional(),
  needs_attention: z.stringbool().optional().meta({
    description: 'Runs that are held or have not moved for too long, and no others',
  }),
})
export type RunListQuery = z.input<typeof RunListQuery>
export type ParsedRunListQuery = z.output<typeof RunListQuery>

export const RUN_STEP_LIMIT_MAX = 1_000
export const RunStepList = listOf(RunStep)
export const RunStepListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(RUN_STEP_LIMIT_MAX).default(200),
  cursor: listQuery.cursor,
  step: boundedText(64, 1).optional().meta({ description: 'One step, with its elements' }),
  status: StepStatus.optional(),
  with_items: z.stringbool().default(true).meta({ description: 'Elements of lists as well' }),
  is_compensation: z.stringbool().optional().meta({
    description: 'Only compensations, or only actions',
  }),
})
export type RunStepListQuery = z.input<typeof RunStepListQuery>
export type ParsedRunStepListQuery = z.output<typeof RunStepListQuery>

const Comment = boundedText(COMMENT_LENGTH_MAX)

export const CancelRun = z
  .strictObject({
    reason: Comment.optional(),
    compensate: z.boolean().default(true).meta({ description: 'Undo what was done first' }),
  })
  .meta({ id: 'CancelRun' })
export type CancelRun = z.input<typeof CancelRun>

export const SignalRun = z
  .strictObject({
    name: boundedText(SIGNAL_NAME_LENGTH_MAX, 1),
    body: Json.optional(),
    idempotency_key: IdempotencyKey.optional(),
  })
  .meta({ id: 'SignalRun' })
export type SignalRun = z.input<typeof SignalRun>

export const SignalReceipt = z
  .object({
    is_replay: z.boolean(),
    step_id: StepId.nullable().meta({ description: 'The step that it woke; null: it is kept' }),
  })
  .meta({ id: 'SignalReceipt' })
export type SignalReceipt = z.infer<typeof SignalReceipt>

export const RerunRun = z
  .strictObject({
    from: z
      .union([
        z.literal('start'),
        z.literal('failed'),
        z.strictObject({ step: boundedText(64, 1) }),
      ])
      .default('start')
      .meta({
        description:
          'The whole run; the steps that did not succeed; or one step with all that need it. What is kept is not run again',
      }),
    context: Json.optional().meta({ description: 'Another trigger context, for `start` only' }),
  })
  .meta({ id: 'RerunRun' })
export type RerunRun = z.input<typeof RerunRun>
export type ParsedRerunRun = z.output<typeof RerunRun>

/** A person's decision about a step: approve, reject, skip, retry. */
export const DecideStep = z.strictObject({ comment: Comment.optional() }).meta({ id: 'DecideStep' })
export type DecideStep = z.input<typeof DecideStep>

/** Declares a step done without running it. */
export const CompleteStep = z
  .strictObject({ comment: Comment.optional(), result: Json.optional() })
  .meta({ id: 'CompleteStep' })
export type CompleteStep = z.input<typeof CompleteStep>

/** An approval that somebody is asked for. */
export const Approval = z
  .object({
    step: RunStepDetail,
    run: Run,
  })
  .meta({ id: 'Approval' })
export type Approval = z.infer<typeof Approval>
export const ApprovalList = listOf(Approval)
export const ApprovalListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type ApprovalListQuery = z.input<typeof ApprovalListQuery>
