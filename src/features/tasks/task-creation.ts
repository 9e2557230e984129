import type {
  AgentId,
  BackoffJitter,
  BackoffKind,
  FailureCategory,
  ParsedCreateTask,
  TaskId,
  TenantId,
} from '@cadre/contract'
import { createHash } from 'node:crypto'
import {
  agentQueue,
  capabilityQueue,
  noSuchAgent,
  type AgentRecord,
  type AgentService,
} from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { Ids } from '#platform/ids.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import type { Principal } from '#platform/web/context.ts'
import { idempotencyMismatch } from './task-errors.ts'
import { findByIdempotencyKeys } from './task-query-store.ts'
import type { PromptDispatch } from './prompt-dispatch.ts'
import { insertTasks, type NewTask } from './task-insert-store.ts'
import type { TaskRecord } from './task.ts'
import { unstartedTask } from './unstarted-task.ts'

export interface TaskDefaults {
  maxRetries: number
  backoffBaseMs: number
  backoffCapMs: number
  backoffKind: BackoffKind
  backoffJitter: BackoffJitter
  noRetryOn: readonly FailureCategory[]
}

export interface TaskCreationOptions {
  db: Db
  clock: Clock
  ids: Ids
  agents: AgentService
  tracing: Tracing
  metrics: Metrics
  defaults: TaskDefaults
  /** Null leaves all admission to the scheduler. */
  dispatch: PromptDispatch | null
}

export interface Creation {
  task: TaskRecord
  /** The idempotency key was known: this is the first request's task. */
  isReplay: boolean
}

export type TaskCreation = ReturnType<typeof createTaskCreation>

/** Makes tasks: validates the target, stores task and dispatch together, answers repeats alike. */
export const createTaskCreation = (options: TaskCreationOptions) => {
  const { db, clock, ids, agents, tracing, metrics, defaults, dispatch } = options

  const store = createGroupCommit<NewTask[], ReadonlySet<TaskId>>({
    name: 'tasks.create',
    sizeOf: (group) => group.reduce((size, { inputText }) => size + inputText.length, 0),
    itemsMax: 256,
    flushesMax: db.writersMax,
    gatherMs: 4,
    waitingMax: 10_000,
    flush: async (groups) => {
      const prompt = dispatch?.begin() ?? null
      const { ids: stored, admitted } = await insertTasks(db, groups.flat(), prompt)
      dispatch?.publish(admitted, prompt)
      return groups.map(() => stored)
    },
  })

  const prepare = async (
    creator: Pick<Principal, 'tenantId'>,
    request: ParsedCreateTask,
    field: string,
  ): Promise<NewTask> => {
    const target = await resolveTarget(creator, request, field)
    return build(creator, request, target)
  }
  const build = (
    creator: Pick<Principal, 'tenantId'>,
    request: ParsedCreateTask,
    target: Target,
  ): NewTask => {
    const now = clock.now()
    const task = unstartedTask({
      id: ids.task(),
      tenantId: creator.tenantId,
      kind: 'queued',
      title: request.title,
      agentId: target.agentId,
      capability: request.capability,
      input: request.input,
      priority: request.priority,
      maxRetries: request.max_retries ?? defaults.maxRetries,
      ...backoffOf(request, defaults),
      executionTimeoutMs: milliseconds(request.timeouts?.execution_seconds),
      queueTimeoutMs: milliseconds(request.timeouts?.queue_seconds),
      totalTimeoutMs: milliseconds(request.timeouts?.total_seconds),
      runAt: request.run_at === undefined ? now : new Date(request.run_at),
      concurrencyKey: request.concurrency_key,
      idempotencyKey: request.idempotency_key,
      requestSha256: request.idempotency_key === undefined ? null : digestOf(request),
      tags: request.tags,
      traceparent: tracing.traceparent(),
      createdAt: now,
    })
    return { ...target, task, inputText: JSON.stringify(task.input) }
  }
  const resolveTarget = async (
    creator: Pick<Principal, 'tenantId'>,
    request: ParsedCreateTask,
    field: string,
  ): Promise<Target> => {
    const { tenantId } = creator
    if (request.agent_id === undefined) return anyAgent(tenantId, request.capability ?? '')
    const agent = await agents.resolve(tenantId, request.agent_id).catch((error: unknown) => {
      throw isAppError(error, 'agent.not_found') ? noSuchAgent(field) : error
    })
    return thisAgent(agent)
  }
  const replayed = async (entries: readonly NewTask[], creator: Pick<Principal, 'tenantId'>) => {
    const keys = entries.flatMap(({ task }) => task.idempotencyKey ?? [])
    return findByIdempotencyKeys(db.ofTenant(creator.tenantId), creator.tenantId, keys)
  }
  /** Ahead of storing, so that a batch with a misused key is refused whole. */
  const refuseMisusedKeys = async (entries: readonly NewTask[], creator: Principal) => {
    const keyed = entries.filter(({ task }) => task.idempotencyKey !== null)
    if (keyed.length === 0) return
    const firsts = await replayed(keyed, creator)
    const digests = new Map([...firsts].map(([key, { requestSha256 }]) => [key, requestSha256]))
    for (const { task } of keyed) {
      const key = task.idempotencyKey ?? ''
      const first = digests.get(key) ?? task.requestSha256
      if (first !== task.requestSha256) throw idempotencyMismatch()
      digests.set(key, first)
    }
  }
  const settle = async (creator: Principal, entries: readonly NewTask[]): Promise<Creation[]> => {
    const stored = await store([...entries])
    const repeats = entries.filter(({ task }) => !stored.has(task.id))
    metrics.tasksCreated.inc({ kind: 'queued' }, entries.length - repeats.length)
    const firsts = repeats.length === 0 ? new Map() : await replayed(repeats, creator)
    return entries.map(({ task }) => {
      if (stored.has(task.id)) return { task, isReplay: false }
      const first: TaskRecord | undefined = firsts.get(task.idempotencyKey ?? '')
      if (first === undefined) throw new Error('Broken invariant: a key that is taken has a task')
      if (first.requestSha256 !== task.requestSha256) throw idempotencyMismatch()
      return { task: first, isReplay: true }
    })
  }

  return {
    /**
     * A task to be stored by {@link storeWithin}, ahead of the transaction that stores it.
     * @throws AppError 422 that names `field` when there is no such agent
     */
    prepare,
    /** The same for an agent that was looked up before; null for whoever offers the capability. */
    prepareFor: (
      creator: Pick<Principal, 'tenantId'>,
      request: ParsedCreateTask,
      agent: AgentRecord | null,
    ): NewTask =>
      build(
        creator,
        request,
        agent === null ? anyAgent(creator.tenantId, request.capability ?? '') : thisAgent(agent),
      ),
    /**
     * Stores prepared tasks with what else the caller's transaction writes. A task whose
     * idempotency key exists was made before and is left as it is.
     * @returns the id of the task that is there, for the id of each one prepared
     */
    storeWithin: async (
      tx: Tx,
      entries: readonly NewTask[],
    ): Promise<ReadonlyMap<TaskId | null, TaskId>> => {
      if (entries.length === 0) return new Map()
      const prompt = dispatch?.begin() ?? null
      const { ids: stored, admitted } = await insertTasks(tx, entries, prompt)
      if (admitted.length > 0) tx.afterCommit(() => dispatch?.publish(admitted, prompt))
      const there = new Map<TaskId, TaskId>([...stored].map((id) => [id, id]))
      for (const { task } of entries) {
        if (there.has(task.id)) continue
        const key = task.idempotencyKey ?? ''
        const first = (await findByIdempotencyKeys(tx, task.tenantId, [key])).get(key)
        if (first !== undefined) there.set(task.id, first.id)
      }
      return there
    },
    /** Durable once it resolves. */
    create: async (creator: Principal, request: ParsedCreateTask): Promise<Creation> => {
      const entry = await prepare(creator, request, 'agent_id')
      const [creation] = await settle(creator, [entry])
      if (creation === undefined) throw new Error('Broken invariant: one request makes one task')
      return creation
    },
    /** Refused whole for an unknown agent or a misused key; all are stored in one statement. */
    createBatch: async (creator: Principal, requests: readonly ParsedCreateTask[]) => {
      const entries: NewTask[] = []
      for (const [index, request] of requests.entries())
        entries.push(await prepare(creator, request, `tasks[${index}].agent_id`))
      await refuseMisusedKeys(entries, creator)
      return settle(creator, entries)
    },
  }
}

type Target = Omit<NewTask, 'task' | 'inputText'> & { agentId: AgentId | null }

const anyAgent = (tenantId: TenantId, capability: string): Target => ({
  agentId: null,
  agentName: null,
  queue: capabilityQueue(tenantId, capability),
  isAdmissible: true,
  isAgentLimited: false,
  isQueueShared: false,
})

const thisAgent = (agent: AgentRecord): Target => ({
  agentId: agent.id,
  agentName: agent.name,
  queue: agentQueue(agent),
  isAdmissible: agent.isEnabled,
  isAgentLimited: agent.concurrencyMax !== null,
  isQueueShared: agent.runtime === 'wasm',
})

const milliseconds = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.round(seconds * 1_000)

const backoffOf = (request: ParsedCreateTask, defaults: TaskDefaults) => ({
  backoffBaseMs: milliseconds(request.backoff?.base_seconds) ?? defaults.backoffBaseMs,
  backoffCapMs: milliseconds(request.backoff?.cap_seconds) ?? defaults.backoffCapMs,
  backoffKind: request.backoff?.kind ?? defaults.backoffKind,
  backoffJitter: request.backoff?.jitter ?? defaults.backoffJitter,
  noRetryOn: [...(request.no_retry_on ?? defaults.noRetryOn)],
})

/** Tells a repeat from another request under the same key. */
const digestOf = (request: ParsedCreateTask): string =>
  createHash('sha256').update(JSON.stringify(request)).digest('hex')
