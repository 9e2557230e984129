import { z } from 'zod'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A tenant: one customer, isolated from every other. UUID. */
export type TenantId = Branded<'tenant'>
/** A published agent version. UUID. */
export type AgentId = Branded<'agent'>
/** A task. UUID version 7, so ids sort by creation time. */
export type TaskId = Branded<'task'>
/** A published version of a workflow. UUID version 7. */
export type WorkflowId = Branded<'workflow'>
/** One execution of a workflow. UUID version 7, so ids sort by creation time. */
export type RunId = Branded<'run'>
/** A step of one run; of a step that is a task, the task's id. UUID version 7. */
export type StepId = Branded<'step'>
/** A schedule. UUID version 7. */
export type ScheduleId = Branded<'schedule'>
/** A webhook that starts runs of a workflow. UUID version 7. */
export type WebhookId = Branded<'webhook'>
/** The secret of one claim; reports that carry another one are stale. UUID. */
export type AttemptToken = Branded<'attempt-token'>

const uuid = <Id extends string>(description: string) =>
  z.guid().toLowerCase().meta({ description, format: 'uuid' }) as unknown as z.ZodType<Id, string>

export const TenantId = uuid<TenantId>('Tenant id')
export const AgentId = uuid<AgentId>('Agent id')
export const TaskId = uuid<TaskId>('Task id')
export const WorkflowId = uuid<WorkflowId>('Workflow id')
export const RunId = uuid<RunId>('Run id')
export const StepId = uuid<StepId>('Step id')
export const ScheduleId = uuid<ScheduleId>('Schedule id')
export const WebhookId = uuid<WebhookId>('Webhook id')
export const AttemptToken = uuid<AttemptToken>('Token of one claim')
