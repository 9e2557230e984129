import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { CreateTask, type AgentId, type TaskId } from '@cadre/contract'
import { createCredentialUse, createIdentityService } from '#features/identity/index.ts'
import {
  createAgentDirectory,
  createAgentService,
  signUnsignedAgents,
  type AgentRecord,
  type AgentService,
} from '#features/agents/index.ts'
import { removeOldAuditRecords } from '#features/audit/index.ts'
import { openRegistry } from '#features/registry/index.ts'
import { createFailureJudge } from '#features/tasks/failure-judge.ts'
import { createRecovery } from '#features/tasks/recovery.ts'
import { createRetention } from '#features/tasks/retention.ts'
import type { PromptDispatch } from '#features/tasks/prompt-dispatch.ts'
import { createTaskCreation, type TaskDefaults } from '#features/tasks/task-creation.ts'
import { countHeldBy, countWaitingFor } from '#features/tasks/task-query-store.ts'
import { createTimeLimits } from '#features/tasks/time-limits.ts'
import { createTaskReports } from '#features/tasks/task-reports.ts'
import { createWorkflowDirectory } from '#features/workflows/index.ts'
import { createDirectoryBlobs } from '#platform/blobs/directory-blobs.ts'
import { manualClock, systemClock, type ManualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createIds } from '#platform/ids.ts'
import { seededRandom, systemRandom, type Random } from '#platform/random.ts'
import { noSealing } from '#platform/sealing/sealing.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { createTracing } from '#platform/telemetry/tracing.ts'
import type { Principal } from '#platform/web/context.ts'
import { createRuns } from '../../src/start-runs.ts'
import { empowered } from './empowered.ts'

export const LEASE_MS = 60_000
export const DEFAULTS: TaskDefaults = {
  maxRetries: 3,
  backoffBaseMs: 5_000,
  backoffCapMs: 300_000,
  backoffKind: 'exponential',
  backoffJitter: 'equal',
  noRetryOn: [],
}

/** The engine's services on a database, with a clock that the test moves; no timers of its own. */
export type Engine = Awaited<ReturnType<typeof createEngine>>

export interface EngineOptions {
  db: Db
  clock?: ManualClock
  random?: Random
  /** Default: all admission is left to a scheduler. */
  dispatch?: PromptDispatch
}

export const createEngine = async (options: EngineOptions) => {
  const { db, clock = manualClock(), random = seededRandom(1) } = options
  const directory = await mkdtemp(join(tmpdir(), 'cadre-engine-'))
  const ids = createIds(systemClock, systemRandom)
  const metrics = createMetrics()
  const tracing = createTracing({ endpoint: null, serviceName: 'test', serviceVersion: '0' })
  const identity = createIdentityService({
    db,
    clock,
    ids,
    random: systemRandom,
    adminKey: null,
    keyCacheSeconds: 5,
    bearers: [],
    use: createCredentialUse({ clock, write: async () => {}, onFault: () => {} }),
    guard: null,
  })
  const owner = await empowered(db, (await identity.bootstrap()).administrator)
  const blobs = await createDirectoryBlobs(join(directory, 'blobs'), ids)
  const registry = await openRegistry({
    db,
    clock,
    sealing: noSealing(),
    signExisting: signUnsignedAgents,
    onFault: () => {},
  })
  const agents = createAgentService({
    db,
    registry,
    onFault: () => {},
    clock,
    ids,
    blobs,
    identity,
    directory: createAgentDirectory({ db, clock, ttlMs: 1_000 }),
    inspect: async () => ({ isAccepted: true, report: { imports: [], exports: [] } as never }),
    work: {
      heldBy: (tenantId, agentIds) => countHeldBy(db.ofTenant(tenantId), agentIds),
      waitingFor: (tenantId, agentId) => countWaitingFor(db.ofTenant(tenantId), agentId),
    },
  })
  const creation = createTaskCreation({
    db,
    clock,
    ids,
    agents,
    tracing,
    metrics,
    defaults: DEFAULTS,
    dispatch: options.dispatch ?? null,
  })
  const workflows = createWorkflowDirectory({ db, clock, ttlMs: 1_000 })
  const runs = createRuns({ db, clock, ids, creation, agents, workflows, tracing, metrics })
  const { owner: taskOwner } = runs.mover
  const judge = createFailureJudge({
    db,
    clock,
    random,
    agents,
    logger: silentLogger,
    metrics,
    owner: taskOwner,
  })
  const reports = createTaskReports({
    db,
    clock,
    ids,
    agents,
    metrics,
    judge,
    owner: taskOwner,
    starts: { count: () => {} },
  })
  const recovery = createRecovery({
    db,
    clock,
    judge,
    logger: silentLogger,
    metrics,
    sweepSeconds: 1_000_000,
  })
  const timeLimits = createTimeLimits({
    db,
    clock,
    judge,
    owner: taskOwner,
    logger: silentLogger,
    metrics,
    sweepSeconds: 1_000_000,
  })
  const retention = createRetention({
    db,
    clock,
    logger: silentLogger,
    taskDays: 30,
    eventDays: 30,
    auditDays: 30,
    removeAudit: removeOldAuditRecords(db),
    sweepMinutes: 1_000_000,
  })

  return {
    db,
    clock,
    ids,
    metrics,
    agents,
    registry,
    blobs,
    judge,
    reports,
    creation,
    workflows,
    runs,
    recovery,
    timeLimits,
    retention,
    owner,
    ...conveniencesOf({ agents, blobs, creation, reports, owner }),
    close: async () => {
      recovery.close()
      timeLimits.close()
      retention.close()
      await registry.close()
      await tracing.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const conveniencesOf = (parts: {
  agents: AgentService
  blobs: Awaited<ReturnType<typeof createDirectoryBlobs>>
  creation: ReturnType<typeof createTaskCreation>
  reports: ReturnType<typeof createTaskReports>
  owner: Principal
}) => {
  const { agents, creation, reports, owner } = parts
  const fields = (capabilities: string[]) => ({
    name: `agent-${randomUUID()}`,
    version: '1.0.0',
    description: '',
    capabilities,
    examples: [],
    price: '0',
  })
  return {
    newAgent: async (capabilities: string[] = []): Promise<AgentRecord> =>
      (await agents.registerRemote(owner, fields(capabilities))).agent,
    newWasmAgent: async (capabilities: string[] = []): Promise<AgentRecord> => {
      const content = Readable.from([Buffer.from(randomUUID())])
      const binary = await parts.blobs.stage(content, { bytesMax: 1_000 })
      return agents.publishWasm(owner, fields(capabilities), binary)
    },
    /** A task for an agent, or for what `request` says. */
    newTask: async (target: AgentRecord | { capability: string }, request: object = {}) => {
      const aim = 'id' in target ? { agent_id: target.id } : target
      return (await creation.create(owner, CreateTask.parse({ ...aim, ...request }))).task
    },
    claim: (taskId: TaskId, agent: AgentRecord) =>
      reports.claim({ taskId, agent, leaseMs: LEASE_MS }),
  }
}

/** How far a task is, as the tables say. */
export const tracesOf = async (db: Db, taskId: TaskId) => {
  const [task] = await db.query<{
    status: string
    attempt: number
    retry_count: number
    attempt_token: string | null
    lease_expires_at: Date | null
    assigned_agent_id: AgentId | null
    finished_at: Date | null
  }>(
    `select status, attempt, retry_count, attempt_token, lease_expires_at, assigned_agent_id,
       finished_at from tasks where id = $1`,
    [taskId],
  )
  const attempts = await db.query<{ attempt: number; outcome: string }>(
    `select attempt, outcome from attempts where task_id = $1
     union all select attempt, 'running' from tasks where id = $1 and status = 'IN_PROGRESS'
     order by attempt`,
    [taskId],
  )
  const outbox = await db.query<{ state: string; available_at: Date; queue: string }>(
    'select state, available_at, queue from outbox where task_id = $1',
    [taskId],
  )
  const events = await db.query<{ type: string }>(
    'select type from events where subject_id = $1 order by id',
    [taskId],
  )
  return { task, attempts, outbox, events: events.map(({ type }) => type) }
}
