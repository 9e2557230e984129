import { z } from 'zod'
import { AgentId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Json, Money, MoneyInput, Timestamp } from './text.ts'

export const AgentRuntime = z.enum(['wasm', 'remote']).meta({ id: 'AgentRuntime' })
export type AgentRuntime = z.infer<typeof AgentRuntime>

/** BUSY while it holds a lease, IDLE otherwise, DISABLED when it gets no new work. */
export const AgentStatus = z.enum(['IDLE', 'BUSY', 'DISABLED']).meta({ id: 'AgentStatus' })
export type AgentStatus = z.infer<typeof AgentStatus>

export const AgentName = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'must be lower-case letters, digits and single hyphens, such as "word-count"',
  )
export const Version = z
  .string()
  .max(64)
  .regex(
    // Numbers of 15 digits at the most: every one of them is a safe integer.
    /^(?:0|[1-9]\d{0,14})(?:\.(?:0|[1-9]\d{0,14})){2}(?:-(?:0|[1-9]\d{0,14}|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d{0,14}|\d*[A-Za-z-][0-9A-Za-z-]*))*)?$/,
    'must be a semantic version such as "1.0.0"',
  )
export const Capability = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[a-z0-9]+([._:-][a-z0-9]+)*$/,
    'must be lower-case words joined by . _ : or -, such as "text.summarise"',
  )

/** An input that shows what the agent does; the "try it" form offers it. */
export const AgentExample = z
  .strictObject({ title: boundedText(100, 1), input: Json })
  .meta({ id: 'AgentExample' })
export type AgentExample = z.infer<typeof AgentExample>

/** The descriptive fields, the same for uploads (multipart) and registrations (JSON). */
export const AgentFields = z.strictObject({
  name: AgentName,
  version: Version.default('1.0.0'),
  description: boundedText(2_000).default(''),
  capabilities: z.array(Capability).max(32).default([]),
  price: MoneyInput.default('0.000000'),
  examples: z.array(AgentExample).max(10).default([]),
})
export type AgentFields = z.output<typeof AgentFields>

export const RegisterAgent = z
  .strictObject({ ...AgentFields.shape, runtime: z.literal('remote') })
  .meta({ id: 'RegisterAgent' })
export type RegisterAgent = z.input<typeof RegisterAgent>

/** `PATCH /agents/{id}`. */
export const ChangeAgent = z
  .strictObject({ concurrency_max: z.number().int().min(1).max(1_000_000).nullable() })
  .meta({ id: 'ChangeAgent' })
export type ChangeAgent = z.input<typeof ChangeAgent>

/** How a process of a remote agent gets its offers. */
export const AgentTransport = z.enum(['http', 'amqp']).meta({ id: 'AgentTransport' })
export type AgentTransport = z.infer<typeof AgentTransport>

/** `PUT /agents/{id}/instances/{instance}`: what a process of a remote agent says of itself. */
export const ReportInstance = z
  .strictObject({
    name: boundedText(200, 1).meta({
      description: 'What people know the process by, such as host and process id',
      example: 'worker-3:4711',
    }),
    transport: AgentTransport,
    concurrency: z.number().int().min(0).max(100_000).optional().meta({
      description: 'Tasks that it handles at once, at the most',
    }),
    in_flight: z.number().int().min(0).max(100_000).optional().meta({
      description: 'Tasks that it is at now',
    }),
  })
  .meta({ id: 'ReportInstance' })
export type ReportInstance = z.input<typeof ReportInstance>
export type ParsedReportInstance = z.output<typeof ReportInstance>

export const InstanceReported = z
  .object({
    next_report_seconds: z
      .number()
      .meta({ description: 'Report again after so long at the latest' }),
  })
  .meta({ id: 'InstanceReported' })
export type InstanceReported = z.infer<typeof InstanceReported>

/** One process of a remote agent, as it reported last. */
export const AgentInstance = z
  .object({
    id: z.string(),
    name: z.string(),
    transport: AgentTransport,
    is_connected: z.boolean().meta({
      description: 'False once it has been silent for 30 s without a farewell',
    }),
    concurrency: z.number().int().nullable().meta({ description: 'Null: it did not say' }),
    in_flight: z.number().int().nullable().meta({ description: 'Null: it did not say' }),
    connected_at: Timestamp,
    last_heartbeat_at: Timestamp,
  })
  .meta({ id: 'AgentInstance' })
export type AgentInstance = z.infer<typeof AgentInstance>
export const AgentInstanceList = z.object({
  items: z.array(AgentInstance),
  next_cursor: z.null(),
})

/** The connected processes of a remote agent, taken together. */
export const AgentPresence = z
  .object({
    instances: z.number().int(),
    in_flight: z.number().int(),
    concurrency: z.number().int(),
  })
  .meta({ id: 'AgentPresence' })
export type AgentPresence = z.infer<typeof AgentPresence>

export const Agent = z
  .object({
    id: AgentId,
    name: z.string(),
    version: z.string(),
    description: z.string(),
    owner: z.string(),
    runtime: AgentRuntime,
    capabilities: z.array(z.string()),
    examples: z.array(AgentExample),
    status: AgentStatus,
    enabled: z.boolean(),
    price: Money,
    binary_url: z.string().nullable(),
    binary_sha256: z.string().nullable(),
    binary_bytes: z.number().int().nullable(),
    concurrency_max: z.number().int().nullable().meta({
      description: 'Tasks in progress at the most; null without a limit',
    }),
    presence: z
      .union([AgentPresence, z.null()])
      .meta({ description: 'Null for agents that run inside Cadre' }),
    tasks_completed: z.number().int(),
    rating: z.number().nullable(),
    last_error: z.string().nullable(),
    last_seen_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Agent' })
export type Agent = z.infer<typeof Agent>

/** The answer to a publication; a remote agent's key is shown here and never again. */
export const PublishedAgent = Agent.extend({ key: z.string().optional() }).meta({
  id: 'PublishedAgent',
})
export type PublishedAgent = z.infer<typeof PublishedAgent>
export const AgentKey = z.object({ key: z.string() }).meta({ id: 'AgentKey' })

export const AgentList = listOf(Agent)
export const AgentListQuery = z.strictObject({
  ...listQuery,
  sort_by: z.enum(['name', 'created_at']).default('name'),
  sort_order: z.enum(['asc', 'desc']).default('asc'),
  name: boundedText(64, 1).optional(),
  runtime: AgentRuntime.optional(),
  capability: boundedText(100, 1).optional(),
  enabled: z.stringbool().optional(),
})
export type AgentListQuery = z.input<typeof AgentListQuery>
export type ParsedAgentListQuery = z.output<typeof AgentListQuery>

export const AgentSearchQuery = z.strictObject({
  q: boundedText(200).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
export const AgentSearch = z.object({
  agents: z.array(Agent),
  total: z.number().int(),
  query: z.string(),
})

/** From executed attempts only. Rates are fractions of 1; null before the first attempt. */
export const AgentStats = z
  .object({
    agent_id: AgentId,
    tasks_completed: z.number().int(),
    attempts: z.number().int(),
    attempts_failed: z.number().int(),
    success_rate: z.number().nullable(),
    quarantined: z.number().int(),
    quarantine_rate: z.number().nullable(),
    latency_ms: z.object({
      mean: z.number().nullable(),
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
    }),
    total_cost: Money,
    cost_per_completed_task: Money.nullable(),
    last_seen_at: Timestamp.nullable(),
  })
  .meta({ id: 'AgentStats' })
export type AgentStats = z.infer<typeof AgentStats>
