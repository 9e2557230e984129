import type { AgentId, AttemptToken, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import { isAppError } from '#platform/errors.ts'
import type { Random } from '#platform/random.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { fingerprintOf } from './failure-fingerprint.ts'
import { handBack, judgeFailure } from './failure-policy.ts'
import { lockInProgress, writeFailures, type JudgedFailure } from './failure-store.ts'
import { eachInOwnRound } from './report-rounds.ts'
import { runsOfTasks } from './run-task-store.ts'
import { dispatchOf } from './task-dispatch.ts'
import { endTasks, type TaskOwner } from './task-owner.ts'
import { storable } from './task-rows.ts'
import type { ExecutionRecord, TaskRecord } from './task.ts'

export interface FailureReport {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken | null
  /**
   * `lost` when nobody reported: the lease ran out. `abandoned` when the holder is known to be
   * gone, whatever its lease says. `handed_back` when a holder that stops returns its task
   * unharmed.
   */
  outcome: 'failed' | 'lost' | 'abandoned' | 'handed_back'
  category: FailureCategory
  error: string
  retryAfterMs: number | null
  cost: string | null
  execution?: ExecutionRecord
}

/**
 * Where a task is retried or quarantined, whoever reports the failure: an agent, the worker or
 * the reaper. Null when the report matches no lease, which changes nothing.
 */
export type FailureJudge = (report: FailureReport) => Promise<TaskRecord | null>

export interface FailureJudgeOptions {
  db: Db
  clock: Clock
  random: Random
  agents: AgentService
  logger: Logger
  metrics: Metrics
  owner: TaskOwner
}

export const createFailureJudge = (options: FailureJudgeOptions): FailureJudge => {
  const { db, clock, random, agents, logger, metrics, owner } = options

  /** Looked up ahead of the transaction, which must not wait for another connection. */
  const holdersOf = async (round: readonly FailureReport[]): Promise<Holders> => {
    const holders = new Map<AgentId, AgentRecord | null>()
    for (const { tenantId, agentId } of round)
      if (!holders.has(agentId))
        holders.set(agentId, await agents.resolve(tenantId, agentId).catch(absentOnly))
    return holders
  }
  const judged = (task: TaskRecord, report: FailureReport, holders: Holders): JudgedFailure => {
    // Nobody waits for the outcome of a direct execution any more once its process is gone.
    const isHandedBack = report.outcome === 'handed_back' && task.kind === 'queued'
    const isLost = report.outcome === 'lost' || report.outcome === 'abandoned'
    const verdict = isHandedBack
      ? handBack(task)
      : judgeFailure(task, { ...report, isLost }, random)
    return {
      task,
      outcome: report.outcome === 'failed' ? 'failed' : 'lost',
      isCounted: !isHandedBack,
      category: report.category,
      error: storable(report.error),
      fingerprint: fingerprintOf(report.category, report.error),
      cost: report.cost,
      retryCount: verdict.retryCount,
      runAt: verdict.kind === 'retry' ? new Date(clock.now().getTime() + verdict.delayMs) : null,
      ...dispatchOf(task, holders.get(report.agentId) ?? null),
      execution: report.execution ?? null,
    }
  }
  const write = async (
    tx: Tx,
    round: readonly FailureReport[],
    holders: Holders,
  ): Promise<Map<TaskId, TaskRecord>> => {
    const now = clock.now()
    const held = await lockInProgress(
      tx,
      round.map((report) => report.taskId),
    )
    const failures = round.flatMap((report) => {
      const task = held.get(report.taskId)
      return task !== undefined && matchesLease(task, report, now)
        ? [judged(task, report, holders)]
        : []
    })
    return failures.length === 0 ? new Map() : writeFailures(tx, failures, now)
  }
  const flush = async (group: FailureReport[]) => {
    const holders = await holdersOf(group)
    const runs = await runsOfTasks(
      db,
      group.map((report) => report.taskId),
    )
    const verdicts = await endTasks(db, { owner, runIds: distinct(runs.values()) }, async (tx) => {
      const answer = await eachInOwnRound(group, (round) => write(tx, round, holders))
      return { answer, ended: answer.flatMap(idOfEndedStep) }
    })
    await rememberErrors(group.filter((_, index) => verdicts[index] !== null))
    return verdicts
  }
  /** For people to see. The verdicts stand whether or not this works. */
  const rememberErrors = async (counted: readonly FailureReport[]): Promise<void> => {
    if (counted.length === 0) return
    await agents
      .rememberErrors(latestErrors(counted))
      .catch((error: unknown) => logger.warn('agents.last_error_not_kept', { error }))
  }
  const judge = createGroupCommit<FailureReport, TaskRecord | null>({
    name: 'tasks.fail',
    sizeOf: ({ execution }) => (execution?.stdout.length ?? 0) + (execution?.stderr.length ?? 0),
    itemsMax: 200,
    flushesMax: 1,
    waitingMax: 20_000,
    flush,
  })

  return async (report) => {
    const task = await judge(report)
    if (task === null) return null
    metrics.attemptsFinished.inc({ outcome: report.outcome, category: report.category })
    if (task.status === 'QUARANTINED') metrics.tasksQuarantined.inc({ category: report.category })
    return task
  }
}

const distinct = <Value>(values: Iterable<Value>): Value[] => [...new Set(values)]

/** A step that will be tried again has not ended. */
const idOfEndedStep = (task: TaskRecord | null): TaskId[] =>
  task !== null && task.runId !== null && task.status === 'QUARANTINED' ? [task.id] : []

type Holders = ReadonlyMap<AgentId, AgentRecord | null>

const absentOnly = (error: unknown): null => {
  if (isAppError(error, 'agent.not_found')) return null
  throw error
}

const matchesLease = (task: TaskRecord, report: FailureReport, now: Date): boolean =>
  task.tenantId === report.tenantId &&
  task.assignedAgentId === report.agentId &&
  (report.token === null || task.attemptToken === report.token) &&
  (report.outcome !== 'lost' || hasRunOut(task, now))

/** A heartbeat may have come after the reaper's look. */
const hasRunOut = (task: TaskRecord, now: Date): boolean =>
  task.leaseExpiresAt !== null && task.leaseExpiresAt < now

const ERROR_LENGTH_MAX = 1_000

const latestErrors = (reports: readonly FailureReport[]) => {
  const errors = new Map(
    reports.map((report) => [report.agentId, storable(report.error).slice(0, ERROR_LENGTH_MAX)]),
  )
  return [...errors].map(([agentId, error]) => ({ agentId, error }))
}
