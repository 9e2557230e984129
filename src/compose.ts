import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { QUARANTINE_CALL_MAX } from '@cadre/contract'
import { authorise } from './features/access/index.ts'
import {
  AGENT_STATS_EVENTS,
  AGENT_STATS_PROJECTION,
  agentInstanceRoutes,
  agentRoutes,
  projectAgentHours,
  rememberInspections,
  startOrphanSweep,
} from './features/agents/index.ts'
import { auditRoutes, createDenialLog } from './features/audit/index.ts'
import { circuitRoutes, createCircuitService } from './features/circuits/index.ts'
import { createHealthService, healthRoutes } from './features/health/index.ts'
import {
  createDeadLetterService,
  createQuarantineService,
  quarantineRoutes,
} from './features/quarantine/index.ts'
import {
  agentCallRoutes,
  createDirectExecution,
  createFailureJudge,
  createLeaseKeeper,
  createTaskReports,
  createWasmRun,
  createWorker,
  taskRoutes,
} from './features/tasks/index.ts'
import { listedBinaries, manifestSchemaRoutes } from './features/marketplace/index.ts'
import { createQueueService, queueRoutes } from './features/queues/index.ts'
import { runRoutes } from './features/runs/index.ts'
import { scheduleRoutes } from './features/schedules/index.ts'
import { webhookRoutes } from './features/webhooks/index.ts'
import { workflowRoutes, workflowSchemaRoutes } from './features/workflows/index.ts'
import { createApp } from './http/app.ts'
import { createStreamRegistry } from './http/event-stream.ts'
import { liveRoutes } from './http/live-routes.ts'
import { listen } from './http/server.ts'
import { systemClock } from './platform/clock.ts'
import { createEventFeed } from './platform/events/event-feed.ts'
import { createProjection } from './platform/events/projection.ts'
import { createIds } from './platform/ids.ts'
import { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import { systemRandom } from './platform/random.ts'
import { createLogger, type Logger } from './platform/telemetry/logger.ts'
import { createMetrics } from './platform/telemetry/metrics.ts'
import { createTracing } from './platform/telemetry/tracing.ts'
import type { Config } from './config.ts'
import { localKeyFile } from './local-key.ts'
import { openAgents } from './open-agents.ts'
import { openBlobs } from './open-blobs.ts'
import { openBroker } from './open-broker.ts'
import { openCreation } from './open-creation.ts'
import { isFirstStart, openDatabase, type Prepare } from './open-database.ts'
import { lookAtRedis, openSharedState } from './open-shared-state.ts'
import { openWebhooks } from './open-webhooks.ts'
import { openMirror } from './open-mirror.ts'
import { openWorkflows } from './open-workflows.ts'
import { openInstalls } from './open-installs.ts'
import { openExecutor } from './open-executor.ts'
import { openIdentity } from './open-identity.ts'
import { requestLimitsOf, signInGuardsOf } from './open-rate-limits.ts'
import { openRegistry, openSealing } from './open-trust.ts'
import { startPerformance } from './start-performance.ts'
import { createRuns } from './start-runs.ts'
import { startMarketplace } from './start-marketplace.ts'
import { startDepartures, startLiveness } from './start-liveness.ts'
import { startAccess } from './start-access.ts'
import { startSchedules } from './start-schedules.ts'
import { startScheduling } from './start-scheduling.ts'
import { openSuspendedTenants, startTenants } from './start-tenants.ts'
import { inspectAhead, seedDemonstrationAgents } from './seed.ts'
import { circuitOfBroker, lookAtBroker, refreshBrokerGauges } from './watch-broker.ts'
import { lookAtDatabase, lookAtExecutor } from './watch-parts.ts'
import { refreshWorkGauges } from './watch-work.ts'

const ROOT = join(import.meta.dirname, '..')
const VERSION = '0.1.0'
const AGENTS_DIRECTORY = join(ROOT, '.build', 'agents')

export interface Cadre {
  url: string
  /** The administrator's key when this start made it; shown once and kept hashed only. */
  newKey: string | null
  /** Resolves when everything has stopped. Idempotent. */
  stop(): Promise<void>
}

/** Builds and connects everything, in reading order; what starts later stops earlier. */
export const compose = async (config: Config, prepare?: Prepare): Promise<Cadre> => {
  const logger = createLogger({ level: config.CADRE_LOG_LEVEL })
  const lifecycle = createLifecycle(logger)
  try {
    return await build(config, logger, lifecycle, prepare)
  } catch (error) {
    await lifecycle.stop()
    throw error
  }
}

const build = async (
  config: Config,
  logger: Logger,
  lifecycle: ReturnType<typeof createLifecycle>,
  prepare: Prepare = async () => {},
): Promise<Cadre> => {
  const clock = systemClock
  const random = systemRandom
  const ids = createIds(clock, random)
  const instanceId = ids.uuid()
  const metrics = createMetrics()
  const shutdownMs = config.CADRE_SHUTDOWN_SECONDS * 1_000
  const leaseMs = config.CADRE_LEASE_SECONDS * 1_000
  const does = (role: Config['CADRE_ROLES'][number]) => config.CADRE_ROLES.includes(role)
  const onFault = (part: string) => (error: unknown) =>
    logger.error('background.fault', { part, error })

  const tracing = createTracing({
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    serviceName: 'cadre',
    serviceVersion: VERSION,
  })
  lifecycle.onStop('tracing', tracing.close)

  // What everything stands on.
  await mkdir(config.CADRE_DATA_DIR, { recursive: true, mode: 0o700 })
  const executor = openExecutor(config, logger)
  lifecycle.onStop('wasm executor', () => executor.close(shutdownMs))
  const isSeeded = config.CADRE_DATABASE_URL === undefined && config.CADRE_DEMO_AGENTS
  const inspect = rememberInspections(executor.inspect)
  if (isSeeded && (await isFirstStart(config))) inspectAhead(AGENTS_DIRECTORY, inspect)
  const db = await openDatabase({ config, clock, lifecycle, logger })
  await prepare(db)
  const blobs = await openBlobs({ config, clock, random, ids, logger })
  const shared = openSharedState({ config, clock, random, lifecycle, logger })
  const broker = await openBroker({
    config,
    db,
    clock,
    ids,
    random,
    lifecycle,
    onFault: onFault('broker'),
  })
  const feed = await createEventFeed({ db, clock, onFault: onFault('event feed') })
  lifecycle.onStop('event feed', feed.close)

  // Who may do what, and the agents.
  const suspended = await openSuspendedTenants({ db, clock, lifecycle, onFault })
  const sealing = await openSealing(config, { random, logger })
  const access = await startAccess(config, { db, clock, ids, logger, lifecycle })
  const { identity, sessions, tenantId, administrator, newKey, ...people } = await openIdentity(
    config,
    {
      db,
      clock,
      ids,
      random,
      lifecycle,
      onFault,
      suspended,
      sealing,
      authorities: access.authorities,
      ...signInGuardsOf(config, { shared, metrics }),
    },
  )
  const registry = await openRegistry({ db, clock, sealing, lifecycle, onFault })
  const { agents, work } = await openAgents({
    db,
    clock,
    ids,
    blobs,
    identity,
    registry,
    inspect,
    lifecycle,
    onFault,
  })
  const isWatching = does('scheduler')
  const { starts, instances } = startLiveness({ db, clock, lifecycle, onFault, isWatching })
  const statistics = await createProjection({
    db,
    clock,
    name: AGENT_STATS_PROJECTION,
    types: AGENT_STATS_EVENTS,
    apply: projectAgentHours,
    onFault: onFault('agent statistics'),
  })
  lifecycle.onStop('agent statistics', statistics.close)
  if (isSeeded)
    await seedDemonstrationAgents({
      agents,
      blobs,
      owner: administrator,
      logger,
      directory: AGENTS_DIRECTORY,
    })

  // The task engine.
  const { creation, publisher } = openCreation(config, {
    db,
    clock,
    ids,
    agents,
    tracing,
    metrics,
    broker,
    onFault,
  })
  const workflows = openWorkflows(config, { db, clock, ids, agents, lifecycle })
  const { mover, ...runs } = createRuns({
    db,
    clock,
    ids,
    creation,
    agents,
    workflows: workflows.directory,
    tracing,
    metrics,
  })
  const performance = await startPerformance({ db, clock, workflows, logger, lifecycle })
  const marketplace = await startMarketplace(config, {
    db,
    clock,
    ids,
    logger,
    lifecycle,
    agents,
    registry,
    executor,
    does,
    workflows: workflows.directory,
    platformTenantId: tenantId,
    demonstration: isSeeded ? { owner: administrator, directory: AGENTS_DIRECTORY } : null,
  })
  const installs = openInstalls({ db, clock, agents, workflows: workflows.service, registry })
  const { owner } = mover
  const judge = createFailureJudge({ db, clock, random, agents, logger, metrics, owner })
  const held = { db, clock, ids, instances, judge, logger, metrics, lifecycle }
  const departures = startDepartures(config, held)
  const reports = createTaskReports({
    db,
    clock,
    ids,
    agents,
    metrics,
    judge,
    owner,
    starts,
    suspended,
  })
  const leases = createLeaseKeeper({ db, clock, leaseMs, onFault: onFault('lease keeper') })
  lifecycle.onStop('lease keeper', leases.close)
  const runWasm = createWasmRun({
    executor,
    agents,
    tracing,
    metrics,
    limits: {
      timeoutMs: config.CADRE_EXECUTION_SECONDS * 1_000,
      cpuMs: config.CADRE_EXECUTION_CPU_SECONDS * 1_000,
      memoryBytesMax: config.CADRE_EXECUTION_MEMORY_BYTES,
      outputBytesMax: config.CADRE_EXECUTION_OUTPUT_BYTES,
    },
  })
  const execute = createDirectExecution({
    db,
    clock,
    ids,
    reports,
    leases,
    runWasm,
    tracing,
    metrics,
    instanceId,
    leaseMs,
  })
  if (does('scheduler')) {
    const engine = { db, clock, judge, mover, logger, metrics, lifecycle, instanceId, onFault }
    await startScheduling(config, { ...engine, publisher, suspended })
    const listedAmong = (keys: readonly string[]) => listedBinaries(db, keys)
    const orphans = startOrphanSweep({ db, clock, blobs, logger, listedAmong })
    lifecycle.onStop('orphaned binaries', orphans.close)
  }
  if (does('worker')) {
    const worker = await createWorker({
      broker,
      feed,
      agents,
      reports,
      leases,
      runWasm,
      tracing,
      logger,
      instanceId,
      leaseMs,
      concurrency: config.CADRE_WORKER_CONCURRENCY,
    })
    lifecycle.onStop('worker', () => worker.close(shutdownMs))
  }
  const isFiring = does('scheduler')
  const schedule = { db, clock, ids, creation, runs: runs.runs, mover, logger, metrics, isFiring }
  const { schedules, firing } = await startSchedules(config, { ...schedule, suspended })
  if (firing !== null) lifecycle.onStop('schedules', firing.close)

  // The ways in.
  const tenancy = { db, clock, ids, blobs, logger, identity, lifecycle, suspended }
  const tenants = await startTenants({
    ...tenancy,
    platformTenantId: tenantId,
    isDeleting: isFiring,
  })
  const denials = createDenialLog({ db, clock, logger, platformTenantId: tenantId })
  lifecycle.onStop('audit of refusals', denials.close)
  const health = createHealthService({
    clock,
    version: VERSION,
    checks: [
      lookAtDatabase(db),
      ...(config.CADRE_REDIS_URL === undefined ? [] : [lookAtRedis(shared)]),
      lookAtBroker(broker),
      lookAtExecutor(executor),
    ],
  })
  const streams = createStreamRegistry({
    streamsMax: config.CADRE_STREAMS_MAX,
    keepAliveMs: config.CADRE_STREAM_KEEP_ALIVE_SECONDS * 1_000,
  })
  const webhooks = openWebhooks({ db, clock, ids, random, workflows, runs, suspended })
  const everywhere = { db, clock, agents, registry, platformTenantId: tenantId }
  const apiRouters = () => [
    ...people.routers(),
    ...access.routers({ agents, workflows, runs, schedules, webhooks }),
    taskRoutes({ db, suspended, clock, agents, creation, reports, execute, tracing, leaseMs }),
    quarantineRoutes({
      db,
      suspended,
      clock,
      agents,
      quarantine: createQuarantineService({
        db,
        clock,
        agents,
        callTasksMax: QUARANTINE_CALL_MAX,
      }),
      deadLetters: createDeadLetterService({ db, clock }),
    }),
    scheduleRoutes({ db, schedules }),
    runRoutes({ db, clock, ...runs, stuckMs: config.CADRE_RUN_STUCK_SECONDS * 1_000 }),
    performance.router(),
    workflowRoutes(workflows.service),
    webhookRoutes({ db, webhooks }),
    queueRoutes(createQueueService({ db, clock, agents }), tenantId),
    circuitRoutes(
      createCircuitService({ db, clock, circuits: [circuitOfBroker(broker)] }),
      tenantId,
    ),
    agentRoutes({
      agents,
      work,
      db,
      blobs,
      statistics,
      binaryBytesMax: config.CADRE_BINARY_BYTES_MAX,
    }),
    auditRoutes({ db, authorise }),
    openMirror(config, { ...everywhere, ids, blobs, workflows }).router(),
    ...marketplace.routers(),
    installs.router(),
    tenants.router(),
    agentCallRoutes({ agents, reports, leaseMs }),
    agentInstanceRoutes({ agents, instances }),
    liveRoutes({
      db,
      clock,
      ids,
      logger,
      feed,
      broker,
      agents,
      instances,
      departures,
      streams,
      suspended,
      offerClaimSeconds: config.CADRE_OFFER_CLAIM_SECONDS,
    }),
  ]
  const app = createApp({
    identity,
    platformTenantId: tenantId,
    suspended,
    sessions,
    authorities: access.authorities,
    publicUrl: config.CADRE_PUBLIC_URL ?? null,
    denials,
    ids,
    logger,
    metrics,
    tracing,
    version: VERSION,
    bodyLimits: {
      bytesMax: config.CADRE_BODY_BYTES_MAX,
      depthMax: config.CADRE_JSON_DEPTH_MAX,
      valuesMax: config.CADRE_JSON_VALUES_MAX,
    },
    requestLimits: requestLimitsOf(config, shared),
    proxyHops: config.CADRE_TRUSTED_PROXY_HOPS,
    headersMax: config.CADRE_HEADERS_MAX,
    corsOrigins: config.CADRE_CORS_ORIGINS,
    dashboardDirectory: does('api') ? join(ROOT, 'packages', 'dashboard', 'dist') : null,
    routers: does('api') ? apiRouters() : [],
    healthRouter: healthRoutes(health, tenantId),
    schemaRouters: [workflowSchemaRoutes(), manifestSchemaRoutes()],
    publishedKeyRouter: people.publishedKeyRouter(),
    refreshMetrics: async () => {
      await refreshWorkGauges(db, metrics)
      await refreshBrokerGauges(broker, metrics)
    },
  })
  const server = await listen({
    app,
    ids,
    host: config.CADRE_HOST,
    port: config.CADRE_PORT,
    headersMs: config.CADRE_HEADERS_SECONDS * 1_000,
    requestMs: config.CADRE_REQUEST_SECONDS * 1_000,
  })
  lifecycle.onStop('server', () => server.close(shutdownMs))
  lifecycle.onStop('streams', streams.close)
  lifecycle.onStop('readiness', () => health.setReady(false))
  if (config.CADRE_LOCAL_KEY) {
    const key = await identity.issueLocalKey(tenantId)
    const file = localKeyFile(config.CADRE_DATA_DIR)
    await file.write({ url: server.url, key })
    lifecycle.onStop('local key', file.remove)
  }
  health.setReady(true)
  marketplace.begin()
  logger.info('server.ready', { url: server.url, instanceId, database: db.dialect })
  return { url: server.url, newKey, stop: lifecycle.stop }
}
