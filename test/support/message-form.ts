import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import type { Delivery, Message } from '#platform/broker/broker.ts'
import type { Clock } from '#platform/clock.ts'

export const TENANT = randomUUID() as TenantId
const HOUR_MS = 3_600_000
/** No clock of a test comes so far. */
const NEVER = new Date('2099-01-01')

export const newQueue = () => `tasks.test.${randomUUID()}`

export const taskIdOf = (delivery: Delivery) => delivery.message.headers.task_id

/** About a task; it expires in an hour of the clock, without one never. */
export const messageTo = (
  queue: string,
  task: string,
  clock: Clock | null = null,
  changes: Partial<Message> = {},
): Message => ({
  id: randomUUID(),
  tenantId: TENANT,
  queue,
  level: 2,
  expiresAt: clock === null ? NEVER : new Date(clock.now().getTime() + HOUR_MS),
  headers: {
    task_id: task,
    priority: 'medium',
    attempt: 1,
    agent_id: null,
    traceparent: null,
    command: null,
    schema_version: 1,
  },
  ...changes,
})
