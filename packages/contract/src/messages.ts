import { z } from 'zod'
import { AgentId, TaskId, TenantId } from './ids.ts'
import { TaskCommand, TaskPriority } from './tasks.ts'

/**
 * The body of a task's message on AMQP: ids and context, never the input. A claim over HTTP brings
 * the rest, or tells that somebody else has it.
 */
export const TaskMessage = z
  .object({
    id: z.string(),
    tenant: TenantId,
    task_id: TaskId,
    /** Null when any agent of the queue's capability may take it. */
    agent_id: AgentId.nullable(),
    priority: TaskPriority,
    /** Number of the attempt that a claim starts. */
    attempt: z.number().int(),
    traceparent: z.string().nullable(),
    /** What it is to the run whose step it is; null outside of runs. */
    command: TaskCommand.nullable().default(null),
    schema_version: z.literal(1),
  })
  .meta({ id: 'TaskMessage' })
export type TaskMessage = z.infer<typeof TaskMessage>

/** Where an agent's tasks wait for it. */
export const AgentQueues = z
  .object({
    broker: z.enum(['postgres', 'rabbitmq', 'redis']),
    queues: z.array(z.string()).meta({ description: 'Names at the broker, ready to consume' }),
  })
  .meta({ id: 'AgentQueues' })
export type AgentQueues = z.infer<typeof AgentQueues>
