import { z } from 'zod'
import { AgentTransport } from './agents.ts'
import { AgentId, RunId, StepId, TaskId, WorkflowId } from './ids.ts'
import { RunStatus } from './runs.ts'
import { ScheduleRunOutcome } from './schedules.ts'
import { TaskPriority, TaskStatus } from './tasks.ts'
import { Timestamp } from './text.ts'

export const EVENT_TYPES = [
  'task.created',
  'task.claimed',
  'task.progressed',
  'task.completed',
  'task.retried',
  'task.quarantined',
  'task.redriven',
  'task.purged',
  'task.cancelled',
  'quarantine.group_opened',
  'dead_letter.buried',
  'dead_letter.redispatched',
  'dead_letter.purged',
  'agent.published',
  'agent.enabled',
  'agent.disabled',
  'agent.limited',
  'agent.deleted',
  'agent.connected',
  'agent.disconnected',
  'queue.paused',
  'queue.resumed',
  'queue.changed',
  'circuit.reset',
  'schedule.created',
  'schedule.updated',
  'schedule.paused',
  'schedule.resumed',
  'schedule.deleted',
  'schedule.fired',
  'schedule.missed',
  'run.started',
  'run.paused',
  'run.resumed',
  'run.compensating',
  'run.stuck',
  'run.completed',
  'run.failed',
  'run.cancelled',
  'run.compensated',
  'step.started',
  'step.completed',
  'step.failed',
  'step.held',
  'step.skipped',
  'step.cancelled',
  'step.decided',
  'compensation.started',
  'compensation.completed',
  'compensation.held',
  'compensation.failed',
  'compensation.skipped',
  'compensation.cancelled',
  'approval.requested',
  'signal.received',
  'workflow.published',
  'workflow.deleted',
  'webhook.created',
  'webhook.changed',
  'webhook.deleted',
] as const
export const EventType = z.enum(EVENT_TYPES).meta({ id: 'EventType' })
export type EventType = z.infer<typeof EventType>

/** What a change carries so that a list can be redrawn without asking again. */
export const EventData = z.object({
  task_id: TaskId.optional(),
  agent_id: AgentId.nullable().optional(),
  agent_name: z.string().nullable().optional(),
  title: z.string().nullable().optional(),
  status: TaskStatus.optional(),
  priority: TaskPriority.optional(),
  attempt: z.number().int().optional(),
  category: z.string().nullable().optional(),
  error: z.string().nullable().optional(),
  run_at: Timestamp.optional(),
  duration_ms: z.number().nullable().optional(),
  cost: z.string().nullable().optional(),
  fraction: z.number().nullable().optional(),
  message: z.string().nullable().optional(),
  fingerprint: z.string().optional().meta({ description: 'Group of failures that look alike' }),
  tasks: z.number().int().optional(),
  queue: z.string().optional(),
  circuit: z.string().optional(),
  schedule_name: z.string().optional(),
  is_paused: z.boolean().optional(),
  outcome: ScheduleRunOutcome.optional().meta({ description: 'What became of a due run' }),
  due_at: Timestamp.optional(),
  runs: z.number().int().optional().meta({ description: 'Missed runs, at least' }),
  instance: z.string().optional().meta({ description: "A process of a remote agent's" }),
  transport: AgentTransport.optional(),
  is_lost: z.boolean().optional().meta({ description: 'It fell silent without a farewell' }),
  actor_id: z.string().optional().meta({ description: 'Who decided' }),
  actor_name: z.string().optional(),
  is_input_edited: z.boolean().optional(),
  run_id: RunId.optional(),
  run_status: RunStatus.optional(),
  workflow_id: WorkflowId.optional(),
  workflow_name: z.string().optional(),
  workflow_version: z.string().optional(),
  step_id: StepId.optional(),
  step: z.string().optional(),
  item: z.number().int().optional(),
  attempts: z.number().int().optional(),
  wait_ms: z.number().optional(),
  rerun_from: z
    .string()
    .optional()
    .meta({ description: 'The run kept earlier results and began from here' }),
})
export type EventData = z.infer<typeof EventData>

/** One change. `id` is the cursor to resume a stream behind it (`Last-Event-ID`). */
export const CadreEvent = z
  .object({
    id: z.string(),
    type: EventType,
    subject_id: z.string(),
    at: Timestamp,
    data: EventData,
  })
  .meta({ id: 'Event' })
export type CadreEvent = z.infer<typeof CadreEvent>
export const EventList = z.object({
  items: z.array(CadreEvent),
  next_cursor: z.string().nullable(),
})

/** On an agent's stream: work is offered; claiming it within `claim_seconds` acknowledges it. */
export const TaskOffer = z
  .object({
    task_id: TaskId,
    priority: TaskPriority,
    traceparent: z.string().nullable(),
    claim_seconds: z.number(),
  })
  .meta({ id: 'TaskOffer' })
export type TaskOffer = z.infer<typeof TaskOffer>

/** On an agent's stream: an attempt that it may still be at counts no longer and should stop. */
export const AttemptStop = z
  .object({
    task_id: TaskId,
    attempt: z.number().int(),
    reason: z.enum(['cancelled', 'timeout']),
  })
  .meta({ id: 'AttemptStop' })
export type AttemptStop = z.infer<typeof AttemptStop>
