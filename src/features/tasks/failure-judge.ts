import type { AgentId, AttemptToken, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import {
  agentQueue,
  capabilityQueue,
  type AgentRecord,
  type AgentService,
} from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { Random } from '#platform/random.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { fingerprintOf } from './failure-fingerprint.ts'
import { handBack, judgeFailure } from './failure-policy.ts'
import { lockInProgress, writeFailures, type JudgedFailure } from './failure-store.ts'
import { eachInOwnRound } from './report-rounds.ts'
import type { ExecutionRecord, TaskRecord } from './task.ts'

export interface FailureReport {
  taskId: TaskId
  tenantId: TenantId
  agentId: AgentId
  token: AttemptToken | null
  /**
   * `lost` when nobody reported: the lease ran out. `handed_back` when a holder that stops
   * returns its task unharmed.
   */
  outcome: 'failed' | 'lost' | 'handed_back'
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
  metrics: Metrics
}

export const createFailureJudge = (options: FailureJudgeOptions): FailureJudge => {
  const { db, clock, random, agents, metrics } = options

  /**
   * Asked for before the transaction: the embedded database has one session, so a look-up beside
   * the open transaction would wait for it for ever. A task that names an agent is held by it.
   */
  const holdersOf = async (round: readonly FailureReport[]): Promise<Holders> => {
    const tenants = new Map(round.map(({ agentId, tenantId }) => [agentId, tenantId]))
    const holders = [...tenants].map(async ([agentId, tenantId]) => {
      const agent = await agents.resolve(tenantId, agentId).catch(() => null)
      return [agentId, agent] as const
    })
    return new Map(await Promise.all(holders))
  }
  const judged = (task: TaskRecord, report: FailureReport, holders: Holders): JudgedFailure => {
    const isHandedBack = report.outcome === 'handed_back'
    const verdict = isHandedBack ? handBack(task) : judgeFailure(task, report, random)
    return {
      task,
      outcome: report.outcome === 'failed' ? 'failed' : 'lost',
      category: report.category,
      error: report.error,
      fingerprint: fingerprintOf(report.category, report.error),
      cost: report.cost,
      retryCount: verdict.retryCount,
      runAt: verdict.kind === 'retry' ? new Date(clock.now().getTime() + verdict.delayMs) : null,
      ...dispatchOf(task, holders),
      execution: report.execution ?? null,
    }
  }
  const write = async (round: readonly FailureReport[]): Promise<Map<TaskId, TaskRecord>> => {
    const holders = await holdersOf(round)
    return db.transaction(async (tx) => {
      const held = await lockInProgress(
        tx,
        round.map((report) => report.taskId),
      )
      const failures: JudgedFailure[] = []
      for (const report of round) {
        const task = held.get(report.taskId)
        if (task !== undefined && matchesLease(task, report))
          failures.push(judged(task, report, holders))
      }
      if (failures.length === 0) return new Map()
      return writeFailures(tx, failures, clock.now())
    })
  }
  const flush = async (group: FailureReport[]) => {
    const verdicts = await eachInOwnRound(group, write)
    const counted = group.filter((_, index) => verdicts[index] !== null)
    if (counted.length > 0) await agents.rememberErrors(latestErrors(counted))
    return verdicts
  }
  const judge = createGroupCommit<FailureReport, TaskRecord | null>({
    name: 'tasks.fail',
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

type Holders = ReadonlyMap<AgentId, AgentRecord | null>

const dispatchOf = (task: TaskRecord, holders: Holders) => {
  if (task.agentId === null)
    return { queue: capabilityQueue(task.tenantId, task.capability ?? ''), isAdmissible: true }
  const agent = holders.get(task.agentId) ?? null
  return agent === null
    ? { queue: 'tasks.deleted_agent', isAdmissible: false }
    : { queue: agentQueue(agent), isAdmissible: agent.isEnabled }
}

const matchesLease = (task: TaskRecord, report: FailureReport): boolean =>
  task.tenantId === report.tenantId &&
  task.assignedAgentId === report.agentId &&
  (report.token === null || task.attemptToken === report.token)

const ERROR_LENGTH_MAX = 1_000

const latestErrors = (reports: readonly FailureReport[]) => {
  const errors = new Map(
    reports.map((report) => [report.agentId, report.error.slice(0, ERROR_LENGTH_MAX)]),
  )
  return [...errors].map(([agentId, error]) => ({ agentId, error }))
}
