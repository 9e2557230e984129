import type { AttemptToken, FailureCategory, TaskId, TenantId } from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import { agentDisabled } from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import {
  NO_SUSPENDED_TENANTS,
  tenantSuspended,
  type SuspendedTenants,
} from '#platform/tenants/suspended-tenants.ts'
import type { Db } from '#platform/db/db.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { Ids } from '#platform/ids.ts'
import type { StartCounter } from '#platform/outbox/start-counter.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { claimWithinLimits, type ClaimOutcome, type GovernedClaim } from './governed-claims.ts'
import { writeRounds } from './report-rounds.ts'
import { runsOfTasks } from './run-task-store.ts'
import { createTaskCompletions } from './task-completions.ts'
import { endTasks, type TaskOwner } from './task-owner.ts'
import type { FailureJudge, FailureReport } from './failure-judge.ts'
import {
  alreadyClaimed,
  alreadyFinished,
  executionTimeout,
  leaseLost,
  limitRefused,
  notDue,
  notForAgent,
  notHolder,
  quarantined,
  taskNotFound,
} from './task-errors.ts'
import { findTask } from './task-query-store.ts'
import {
  cancelUnfinished,
  extendLeases,
  setProgress,
  type Completion,
  type HeartbeatReport,
  type Report,
} from './task-store.ts'
import { isFinished, type ExecutionRecord, type TaskRecord } from './task.ts'

export interface TaskReportsOptions {
  db: Db
  clock: Clock
  ids: Ids
  agents: AgentService
  metrics: Metrics
  judge: FailureJudge
  /** Keeps count of starts for people to see. */
  starts: Pick<StartCounter, 'count'>
  owner: TaskOwner
  /** For whom nothing is claimed. Default: nobody. */
  suspended?: SuspendedTenants
}

export interface ClaimRequest {
  taskId: TaskId
  agent: AgentRecord
  leaseMs: number
  holder?: string
  instance?: string | undefined
}

export interface CompletionRequest {
  taskId: TaskId
  agent: AgentRecord
  token: AttemptToken | null
  result: unknown
  cost: string | null
  execution?: ExecutionRecord
  failure?: { category: FailureCategory; error: string; fingerprint: string }
}

export type FailureRequest = Omit<FailureReport, 'tenantId' | 'agentId' | 'outcome'> & {
  agent: AgentRecord
}

export type HandBackRequest = Omit<FailureRequest, 'category' | 'error'>

const GROUP = { itemsMax: 500, waitingMax: 20_000 } as const

export type TaskReports = ReturnType<typeof createTaskReports>

/** Claims, and what holders report. Everything here is fenced: a stale report changes nothing. */
export const createTaskReports = (options: TaskReportsOptions) => {
  const { db, clock, ids, metrics, owner, suspended = NO_SUSPENDED_TENANTS } = options
  const ends = createTaskCompletions({ db, clock, owner })

  const claims = createGroupCommit<GovernedClaim, ClaimOutcome>({
    ...GROUP,
    flushesMax: db.writersMax,
    name: 'tasks.claim',
    flush: (group) => claimWithinLimits(db, group, clock),
  })
  const completions = createGroupCommit<Completion, { durationMs: number } | null>({
    ...GROUP,
    flushesMax: db.writersMax,
    name: 'tasks.complete',
    sizeOf: ({ execution }) => (execution?.stdout.length ?? 0) + (execution?.stderr.length ?? 0),
    flush: ends.write,
  })
  const heartbeats = createGroupCommit<HeartbeatReport, true | null>({
    ...GROUP,
    flushesMax: db.writersMax,
    name: 'tasks.heartbeat',
    flush: (group) => writeRounds(db, group, (on, round) => extendLeases(on, round, clock.now())),
  })

  const read = async (tenantId: TenantId, taskId: TaskId): Promise<TaskRecord> => {
    const task = await findTask(db.ofTenant(tenantId), tenantId, taskId)
    if (task === null) throw taskNotFound()
    return task
  }
  const attemptClaim = async (request: ClaimRequest): Promise<ClaimOutcome> => {
    const { agent } = request
    if (suspended.has(agent.tenantId)) return { task: null, refusal: null }
    if (!agent.isEnabled) throw agentDisabled()
    // Programs in the sandbox are looked at when they run, where a fault ends the task.
    if (agent.runtime === 'remote') await options.agents.verify(agent)
    const now = clock.now()
    const outcome = await claims({
      taskId: request.taskId,
      tenantId: agent.tenantId,
      agentId: agent.id,
      agentName: agent.name,
      capabilities: agent.capabilities,
      token: ids.attemptToken(),
      leaseExpiresAt: new Date(now.getTime() + request.leaseMs),
      holder: request.holder ?? null,
      instance: request.instance ?? null,
      isAgentLimited: agent.concurrencyMax !== null,
    })
    const { task, refusal } = outcome
    if (refusal !== null) metrics.limitRefusals.inc({ limit: refusal.limit, queue: refusal.queue })
    if (task === null) return outcome
    ends.remember(task.id, task.runId)
    metrics.attemptsStarted.inc({ runtime: agent.runtime })
    metrics.queueStarts.inc({ queue: task.queue })
    options.starts.count(agent.tenantId, task.queue)
    metrics.waitSeconds.observe(Math.max(0, now.getTime() - task.runAt.getTime()) / 1_000)
    return outcome
  }
  const tryComplete = async (request: CompletionRequest): Promise<boolean> => {
    const { taskId, agent, token, result, cost, execution = null, failure = null } = request
    const { tenantId, id: agentId } = agent
    const done = await completions({
      taskId,
      tenantId,
      agentId,
      token,
      result,
      cost,
      execution,
      failure,
    })
    if (done === null) return false
    metrics.attemptSeconds.observe(done.durationMs / 1_000)
    metrics.attemptsFinished.inc({
      outcome: failure === null ? 'done' : 'failed',
      category: failure?.category ?? '',
    })
    return true
  }
  /** Null when the claim is stale. */
  const tryHandBack = ({ agent, ...report }: HandBackRequest): Promise<TaskRecord | null> =>
    options.judge({
      ...report,
      tenantId: agent.tenantId,
      agentId: agent.id,
      outcome: 'handed_back',
      category: 'retriable',
      error: 'The agent stopped and handed the task back.',
    })
  const whyNotClaimed = (task: TaskRecord, agent: AgentRecord) => {
    if (suspended.has(agent.tenantId)) return tenantSuspended()
    if (isFinished(task.status)) return alreadyFinished(task.status)
    if (task.status === 'QUARANTINED') return quarantined()
    if (task.status === 'IN_PROGRESS') return alreadyClaimed()
    if (!mayClaim(task, agent)) return notForAgent()
    return task.runAt > clock.now() ? notDue(task.runAt) : alreadyClaimed()
  }
  const claim = async (request: ClaimRequest): Promise<TaskRecord> => {
    const { task, refusal } = await attemptClaim(request)
    if (task !== null) return task
    const { agent } = request
    const present = await read(agent.tenantId, request.taskId)
    const now = clock.now()
    const isDue = present.status === 'TODO' && present.runAt <= now
    if (refusal !== null && isDue && mayClaim(present, agent)) throw limitRefused(refusal, now)
    throw whyNotClaimed(present, agent)
  }
  const whyStale = (task: TaskRecord, agent: AgentRecord, token: AttemptToken | null) => {
    if (isFinished(task.status)) return alreadyFinished(task.status)
    if (endedByLimit(task, agent, token, clock.now())) return executionTimeout()
    if (task.status === 'QUARANTINED') return quarantined()
    if (task.assignedAgentId !== agent.id && token === null) return alreadyClaimed()
    return leaseLost()
  }

  return {
    read,

    /** Null when the task cannot be claimed now, whatever the reason. */
    tryClaim: async (request: ClaimRequest): Promise<TaskRecord | null> =>
      (await attemptClaim(request)).task,

    /** @throws AppError 409 with the reason when the task cannot be claimed now */
    claim,

    /** False when the report is stale. */
    tryComplete,

    /** @throws AppError 409 when the report is stale */
    completeHeld: async (request: CompletionRequest): Promise<void> => {
      if (await tryComplete(request)) return
      const { agent, taskId, token } = request
      throw whyStale(await read(agent.tenantId, taskId), agent, token)
    },

    /**
     * Completes a held task. Without a token, a due task that nobody holds is claimed and
     * completed at once.
     * @throws AppError 409 when the report is stale
     */
    complete: async (request: CompletionRequest, leaseMs: number): Promise<TaskRecord> => {
      const { agent, taskId, token } = request
      const isDone = await tryComplete(request)
      const task = await read(agent.tenantId, taskId)
      if (isDone) return task
      if (task.status !== 'TODO' || token !== null) throw whyStale(task, agent, token)
      const claimed = await claim({ taskId, agent, leaseMs })
      if (!(await tryComplete({ ...request, token: claimed.attemptToken }))) throw leaseLost()
      return read(agent.tenantId, taskId)
    },

    /**
     * @returns the task after the verdict: due again later, or in quarantine
     * @throws AppError 404 unless the agent holds the task, 409 when its token is stale
     */
    fail: async (request: FailureRequest): Promise<TaskRecord> => {
      const { agent, ...failure } = request
      const report = { ...failure, tenantId: agent.tenantId, agentId: agent.id }
      const task = await options.judge({ ...report, outcome: 'failed' })
      if (task !== null) return task
      const present = await read(agent.tenantId, request.taskId)
      if (request.token === null) throw notHolder()
      throw whyStale(present, agent, request.token)
    },

    tryHandBack,

    /**
     * Returns a held task unharmed, because its holder stops.
     * @throws AppError 409 when the claim is stale
     */
    handBack: async (request: HandBackRequest): Promise<TaskRecord> => {
      const task = await tryHandBack(request)
      if (task !== null) return task
      const { agent, taskId, token } = request
      throw whyStale(await read(agent.tenantId, taskId), agent, token)
    },

    /** @throws AppError 409 when the lease is lost or the task was cancelled */
    heartbeat: async (report: Report & { agent: AgentRecord; leaseMs: number }): Promise<Date> => {
      const { taskId, tenantId, agentId, token } = report
      const leaseExpiresAt = new Date(clock.now().getTime() + report.leaseMs)
      if (await heartbeats({ taskId, tenantId, agentId, token, leaseExpiresAt }))
        return leaseExpiresAt
      throw whyStale(await read(tenantId, taskId), report.agent, token)
    },

    /** @throws AppError 409 when the report is stale */
    progress: async (
      report: Report & { agent: AgentRecord; fraction: number | null; message: string | null },
    ): Promise<TaskRecord> => {
      const task = await setProgress(db.ofTenant(report.tenantId), { ...report, now: clock.now() })
      if (task !== null) return task
      throw whyStale(await read(report.tenantId, report.taskId), report.agent, report.token)
    },

    /** @throws AppError 409 when the task is finished */
    cancel: async (
      tenantId: TenantId,
      taskId: TaskId,
      reason: string | null,
    ): Promise<TaskRecord> => {
      const own = db.ofTenant(tenantId)
      const runs = await runsOfTasks(own, [taskId])
      const task = await endTasks(own, { owner, runIds: [...runs.values()] }, async (tx) => {
        const answer = await cancelUnfinished(tx, { taskId, tenantId, reason, now: clock.now() })
        return { answer, ended: answer === null ? [] : [taskId] }
      })
      if (task !== null) return task
      throw alreadyFinished((await read(tenantId, taskId)).status)
    },
  }
}

/** The attempt's time is over, or was when it was ended, and nobody has claimed the task since. */
const endedByLimit = (
  task: TaskRecord,
  agent: AgentRecord,
  token: AttemptToken | null,
  now: Date,
): boolean => {
  if (task.attemptDeadlineAt === null || task.attemptDeadlineAt > now) return false
  if (task.status !== 'IN_PROGRESS')
    return task.lastErrorCategory === 'timeout' && task.attemptDeadlineAt <= task.updatedAt
  return task.assignedAgentId === agent.id && (token === null || token === task.attemptToken)
}

export const mayClaim = (
  task: Pick<TaskRecord, 'agentId' | 'capability'>,
  agent: Pick<AgentRecord, 'id' | 'capabilities'>,
): boolean =>
  task.agentId === null
    ? task.capability !== null && agent.capabilities.includes(task.capability)
    : task.agentId === agent.id
