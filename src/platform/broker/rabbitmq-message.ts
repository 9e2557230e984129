import { TaskCommand, TaskPriority, type TenantId } from '@cadre/contract'
import type { ConsumeMessage, Options } from 'amqplib'
import { LEVEL_MAX, type Message, type Refusal } from './broker.ts'
import { brokerNameOf, EXCHANGES, topicOf } from './rabbitmq-names.ts'

/** A message as it travels, encoded once. */
export interface Parcel {
  exchange: string
  routingKey: string
  content: Buffer
  options: Options.Publish
}

/** What came before this publication of the message. */
export interface Past {
  deliveries: number
  /** Refusals so far, oldest first. */
  history: readonly Refusal[]
}

export const NO_PAST: Past = { deliveries: 0, history: [] }
export const TASK_TYPE = 'cadre.task'
const REFUSALS_MAX = 20
/** The protocol's number for it has 32 bits. */
const EXPIRATION_MS_MAX = 0xffff_ffff
const PRIORITIES: ReadonlySet<unknown> = new Set(TaskPriority.options)
const COMMANDS: ReadonlySet<unknown> = new Set(TaskCommand.options)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export type Way = Pick<Parcel, 'exchange' | 'routingKey'>

/** Steps of runs have topics of their own, so that others can follow actions or compensations. */
export const wayOf = ({ queue, headers }: Message): Way => {
  const name = brokerNameOf(queue)
  const { command } = headers
  return command === null
    ? { exchange: EXCHANGES.agents, routingKey: name }
    : { exchange: EXCHANGES.commands, routingKey: topicOf(command, name) }
}

/**
 * The body is for agents in any language and holds ids and trace context; the headers hold the
 * same for routing and for Cadre itself, which never parses the body.
 */
export const encodeMessage = (message: Message, past: Past, now: Date, way: Way): Parcel => {
  const { id, tenantId, queue, headers } = message
  const expirationMs = message.expiresAt.getTime() - now.getTime()
  return {
    ...way,
    content: Buffer.from(JSON.stringify({ id, tenant: tenantId, queue, ...headers })),
    options: {
      persistent: true,
      mandatory: true,
      contentType: 'application/json',
      type: TASK_TYPE,
      messageId: id,
      timestamp: Math.floor(now.getTime() / 1_000),
      priority: LEVEL_MAX - message.level,
      expiration: Math.min(Math.max(expirationMs, 0), EXPIRATION_MS_MAX),
      headers: headersOf(message, past),
    },
  }
}

/** Absent rather than null: every header costs on both sides. */
export const headersOf = (message: Message, past: Past): Record<string, unknown> => {
  const { id, tenantId, queue, headers } = message
  const table: Record<string, unknown> = {
    id,
    tenant: tenantId,
    task_id: headers.task_id,
    priority: headers.priority,
    attempt: headers.attempt,
    schema_version: headers.schema_version,
    expires_at: message.expiresAt.getTime(),
  }
  if (headers.agent_id !== null) table['agent_id'] = headers.agent_id
  if (headers.traceparent !== null) table['traceparent'] = headers.traceparent
  if (headers.command !== null) table['command'] = headers.command
  if (headers.command !== null || brokerNameOf(queue) !== queue) table['queue'] = queue
  if (past.deliveries > 0) table['deliveries'] = past.deliveries
  if (past.history.length > 0) table['history'] = JSON.stringify(past.history.slice(-REFUSALS_MAX))
  return table
}

/** Null when it is no message of Cadre's. */
export const decodeMessage = (received: ConsumeMessage): Message | null => {
  const headers = received.properties.headers ?? {}
  const { id, tenant, task_id, priority, attempt, agent_id, traceparent, expires_at, command } =
    headers
  const amqpPriority = (received.properties.priority as number | undefined) ?? 0
  const isWhole =
    isUuid(id) &&
    isUuid(tenant) &&
    typeof task_id === 'string' &&
    PRIORITIES.has(priority) &&
    Number.isInteger(attempt) &&
    Number.isInteger(expires_at) &&
    headers['schema_version'] === 1
  if (!isWhole) return null
  return {
    id,
    tenantId: tenant as TenantId,
    queue: (headers['queue'] as string | undefined) ?? received.fields.routingKey,
    level: Math.min(Math.max(LEVEL_MAX - amqpPriority, 0), LEVEL_MAX),
    expiresAt: new Date(expires_at as number),
    headers: {
      task_id,
      priority: priority as TaskPriority,
      attempt: attempt as number,
      agent_id: typeof agent_id === 'string' ? agent_id : null,
      traceparent: typeof traceparent === 'string' ? traceparent : null,
      command: COMMANDS.has(command) ? (command as TaskCommand) : null,
      schema_version: 1,
    },
  }
}

/** This delivery included. The broker's own counts differ between its versions, so none is used. */
export const pastOf = (received: ConsumeMessage): Past => {
  const headers = received.properties.headers ?? {}
  const before = Number.isInteger(headers['deliveries']) ? (headers['deliveries'] as number) : 0
  return {
    deliveries: before + (received.fields.redelivered ? 2 : 1),
    history: historyOf(headers['history']),
  }
}

const historyOf = (text: unknown): Refusal[] => {
  if (typeof text !== 'string') return []
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? (parsed as Refusal[]) : []
  } catch {
    return []
  }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)
