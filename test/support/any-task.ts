import { randomUUID } from 'node:crypto'
import type { TaskId, TenantId } from '@cadre/contract'
import type { TaskRecord } from '#features/tasks/task.ts'
import { unstartedTask } from '#features/tasks/unstarted-task.ts'

/** A task before anything has happened to it, where it does not matter which. */
export const anyTask = (tenantId: TenantId, now: Date): TaskRecord =>
  unstartedTask({
    id: randomUUID() as TaskId,
    tenantId,
    kind: 'queued',
    priority: 'medium',
    maxRetries: 3,
    backoffBaseMs: 0,
    backoffCapMs: 0,
    backoffKind: 'exponential',
    backoffJitter: 'equal',
    noRetryOn: [],
    traceparent: null,
    createdAt: now,
  })
