import { z } from 'zod'
import { AgentId, AttemptToken, TaskId } from './ids.ts'
import { ERROR_MESSAGE_LENGTH_MAX, FailureCategory, TaskPriority } from './tasks.ts'
import { boundedText, Json, MoneyInput, Timestamp } from './text.ts'

export const AGENT_CALLS_MAX = 500

const held = { task_id: TaskId, attempt_token: AttemptToken }
const leaseSeconds = z.number().int().min(1).max(3_600).optional()

/** One of the calls that an agent makes about a task. */
export const AgentCall = z
  .discriminatedUnion('call', [
    z.strictObject({
      call: z.literal('claim'),
      task_id: TaskId,
      lease_seconds: leaseSeconds,
      instance: z.guid().toLowerCase().optional().meta({
        description:
          "The process that claims, as in its stream's address: soon after that stream has ended for good, others get what it held",
      }),
    }),
    z.strictObject({
      call: z.literal('complete'),
      ...held,
      result: Json.optional(),
      cost: MoneyInput.optional(),
    }),
    z.strictObject({
      call: z.literal('fail'),
      ...held,
      error_message: boundedText(ERROR_MESSAGE_LENGTH_MAX, 1),
      category: FailureCategory.default('retriable'),
      retry_after_seconds: z.number().min(0).max(86_400).optional(),
      cost: MoneyInput.optional(),
    }),
    z.strictObject({ call: z.literal('hand_back'), ...held, cost: MoneyInput.optional() }),
    z.strictObject({ call: z.literal('heartbeat'), ...held, lease_seconds: leaseSeconds }),
  ])
  .meta({ id: 'AgentCall' })
export type AgentCall = z.input<typeof AgentCall>
export type ParsedAgentCall = z.output<typeof AgentCall>

/** `POST /agents/:id/calls`: what an agent has to say at this moment, about any number of tasks. */
export const AgentCalls = z
  .strictObject({ calls: z.array(AgentCall).min(1).max(AGENT_CALLS_MAX) })
  .meta({ id: 'AgentCalls' })

/** What an agent gets to work on, with the token that its reports must carry. */
export const Assignment = z
  .object({
    id: TaskId,
    title: z.string().nullable(),
    agent_id: AgentId.nullable(),
    capability: z.string().nullable(),
    input: Json.nullable(),
    priority: TaskPriority,
    attempt: z.number().int(),
    attempt_token: AttemptToken,
    retry_count: z.number().int(),
    max_retries: z.number().int(),
    tags: z.array(z.string()),
    run_at: Timestamp,
    created_at: Timestamp,
    lease_expires_at: Timestamp.nullable(),
  })
  .meta({ id: 'Assignment' })
export type Assignment = z.infer<typeof Assignment>

/** The answer to the call at the same place: what was asked for, or why not. */
export const AgentCallAnswer = z
  .object({
    task: Assignment.optional().meta({ description: 'To a claim' }),
    lease_expires_at: Timestamp.optional().meta({ description: 'To a heartbeat' }),
    error: z.object({ status: z.number().int(), code: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'AgentCallAnswer' })
export type AgentCallAnswer = z.infer<typeof AgentCallAnswer>
export const AgentCallAnswers = z
  .object({ answers: z.array(AgentCallAnswer) })
  .meta({ id: 'AgentCallAnswers' })
