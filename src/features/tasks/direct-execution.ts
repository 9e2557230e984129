import type { ExecutionResult } from '@cadre/contract'
import { agentDisabled, notSandboxed, type AgentRecord } from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import type { Principal } from '#platform/web/context.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { TaskReports } from './task-reports.ts'
import { insertDirectTasks, type NewDirectTask } from './task-insert-store.ts'
import { executionView } from './task-view.ts'
import type { TaskRecord } from './task.ts'
import { unstartedTask } from './unstarted-task.ts'
import type { RunWasm } from './wasm-run.ts'

export interface DirectExecutionOptions {
  db: Db
  clock: Clock
  ids: Ids
  reports: TaskReports
  leases: LeaseKeeper
  runWasm: RunWasm
  tracing: Tracing
  metrics: Metrics
  instanceId: string
  leaseMs: number
}

export interface DirectRequest {
  agent: AgentRecord
  input: unknown
  timeoutMs: number | null
  /** Aborted when the caller goes away; the program is stopped then. */
  signal: AbortSignal
}

/**
 * Runs an agent at once, outside the queue, as a task of kind `direct`: it is stored before it
 * starts and done when its caller has the outcome, whatever that is.
 */
export type ExecuteDirectly = (
  creator: Principal,
  request: DirectRequest,
) => Promise<ExecutionResult>

export const createDirectExecution = (options: DirectExecutionOptions): ExecuteDirectly => {
  const { clock, ids, reports, leases, metrics } = options
  const store = createGroupCommit<NewDirectTask, void>({
    name: 'tasks.execute',
    sizeOf: ({ inputText }) => inputText.length,
    itemsMax: 256,
    flushesMax: options.db.writersMax,
    waitingMax: 10_000,
    flush: async (entries) => {
      await insertDirectTasks(options.db, entries)
      return entries.map(() => undefined)
    },
  })

  return async (creator, { agent, input, timeoutMs, signal }) => {
    if (agent.runtime !== 'wasm') throw notSandboxed()
    if (!agent.isEnabled) throw agentDisabled()
    const now = clock.now()
    const token = ids.attemptToken()
    const task: TaskRecord = {
      ...unstartedTask({
        ...NEVER_RETRIED,
        id: ids.task(),
        tenantId: creator.tenantId,
        kind: 'direct',
        priority: 'urgent',
        agentId: agent.id,
        input,
        executionTimeoutMs: timeoutMs,
        traceparent: options.tracing.traceparent(),
        createdAt: now,
      }),
      status: 'IN_PROGRESS',
      assignedAgentId: agent.id,
      attempt: 1,
      attemptToken: token,
      startedAt: now,
    }
    await store({
      task,
      inputText: JSON.stringify(input ?? null),
      agentId: agent.id,
      agentName: agent.name,
      token,
      leaseExpiresAt: new Date(now.getTime() + options.leaseMs),
      holder: options.instanceId,
    })
    metrics.tasksCreated.inc({ kind: 'direct' })
    const stop = new AbortController()
    const lease = { taskId: task.id, tenantId: task.tenantId, agentId: agent.id, token }
    const letGo = leases.keep(lease, () => stop.abort())
    try {
      const run = await options.runWasm(task, agent, AbortSignal.any([signal, stop.signal]))
      const { execution, result, failure } = run
      await reports.tryComplete({
        taskId: task.id,
        agent,
        token,
        result,
        cost: null,
        execution,
        failure: failure ?? undefined,
      })
      return executionView(
        { taskId: task.id, agentId: agent.id, error: failure?.error ?? null },
        execution,
      )
    } catch (error) {
      await reports
        .cancel(task.tenantId, task.id, 'The execution could not be tried.')
        .catch(() => {})
      throw error
    } finally {
      letGo()
    }
  }
}

const NEVER_RETRIED = {
  maxRetries: 0,
  backoffBaseMs: 0,
  backoffCapMs: 0,
  backoffKind: 'exponential',
  backoffJitter: 'equal',
  noRetryOn: [],
} satisfies Partial<TaskRecord>
