import type { AgentBinary, AgentService } from './features/agents/index.ts'
import {
  createArtefactSearch,
  createPublishing,
  createRatingService,
  createReputations,
  createSchemaJudge,
  createTrialService,
  createVersionService,
  marketplaceRoutes,
  ratingRoutes,
  startAdmission,
  startReputationProjection,
  type ExampleRun,
} from './features/marketplace/index.ts'
import {
  createRegistryKeyService,
  registryRoutes,
  type OpenedRegistry,
} from './features/registry/index.ts'
import type { WorkflowDirectory } from './features/workflows/index.ts'
import type { Config } from './config.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Principal } from './platform/web/context.ts'
import type { openExecutor } from './open-executor.ts'
import { listDemonstrationAgents } from './seed.ts'

interface Parts {
  db: Db
  clock: Clock
  ids: Ids
  logger: Logger
  lifecycle: ReturnType<typeof createLifecycle>
  agents: AgentService
  registry: OpenedRegistry
  workflows: WorkflowDirectory
  executor: ReturnType<typeof openExecutor>
  platformTenantId: string
  /** Who offers the demonstration agents, and where they are. */
  demonstration: { owner: Principal; directory: string } | null
  does: (role: Config['CADRE_ROLES'][number]) => boolean
}

/** Admission waits no longer for one example, nor than executions may take. */
const EXAMPLE_SECONDS = 10
const STANDING_SWEEP_MS = 15_000

/** What tenants offer each other: published, admitted, found, rated. */
export const startMarketplace = async (config: Config, parts: Parts) => {
  const { db, clock, logger, lifecycle, agents, executor, registry, platformTenantId } = parts
  const findArtefact = createArtefactSearch({ agents, workflows: parts.workflows })
  const schemas = createSchemaJudge()
  lifecycle.onStop('judge of schemas', schemas.close)
  const publish = createPublishing({ ...parts, schemas, findArtefact })
  const ledger = await startReputationProjection({
    db,
    clock,
    onFault: (error) => logger.error('background.fault', { part: 'reputation', error }),
  })
  lifecycle.onStop('reputation', ledger.close)
  const reputations = createReputations({ db, clock })
  if (parts.does('scheduler')) lifecycle.onStop('standings', sweeping(parts, reputations.sweep))

  const exampleMs = Math.min(EXAMPLE_SECONDS, config.CADRE_EXECUTION_SECONDS) * 1_000
  /** Once, in the sandbox, and for no task. */
  const runOnce = async (
    binary: Pick<AgentBinary, 'key' | 'sha256'>,
    { input, owner }: { input: unknown; owner: string },
  ): Promise<ExampleRun> => {
    await agents.verifyBinary(binary)
    return executor.execute({
      digest: binary.sha256,
      owner,
      loadModule: () => agents.readBinary(binary),
      stdin: new TextEncoder().encode(typeof input === 'string' ? input : JSON.stringify(input)),
      args: [],
      env: {},
      limits: {
        timeoutMs: exampleMs,
        cpuMs: exampleMs,
        memoryBytesMax: config.CADRE_EXECUTION_MEMORY_BYTES,
        outputBytesMax: config.CADRE_EXECUTION_OUTPUT_BYTES,
      },
    })
  }
  const runExample = (binary: AgentBinary, input: unknown): Promise<ExampleRun> =>
    runOnce(binary, { input, owner: `admission/${binary.sha256}` })
  if (parts.does('worker')) {
    const admission = await startAdmission({
      db,
      clock,
      logger,
      sign: registry.sign,
      findArtefact,
      openBinary: agents.openBinary,
      runExample,
      schemas,
    })
    lifecycle.onStop('admission', admission.close)
  }
  const versions = createVersionService({ db, clock, sign: registry.sign })
  return {
    publish,
    /** Offers the demonstration agents, once Cadre answers; nobody waits for it. */
    begin: (): void => {
      if (parts.demonstration === null) return
      const isStopping = () => lifecycle.isStopping
      const running = listDemonstrationAgents({
        publish,
        logger,
        isStopping,
        ...parts.demonstration,
      })
      lifecycle.onStop('demonstration', () => running)
    },
    routers: () => [
      // Ahead of the items, whose names stand at the same place.
      registryRoutes(createRegistryKeyService({ db, clock, registry }), platformTenantId),
      marketplaceRoutes({
        db,
        publish,
        versions,
        trials: createTrialService({
          db,
          clock,
          versions,
          registry,
          run: ({ sha256, ...trial }) => runOnce({ key: sha256, sha256 }, trial),
        }),
        reputations,
        platformTenantId,
      }),
      ratingRoutes(createRatingService({ db, clock, reputations, ledger })),
    ],
  }
}

/** Repeats a sweep until it is stopped. */
const sweeping = ({ clock, logger }: Parts, sweep: () => Promise<void>) => {
  let isClosed = false
  let running: Promise<void> = Promise.resolve()
  const again = (): void => {
    clock.after(STANDING_SWEEP_MS, () => {
      if (isClosed) return
      running = sweep().catch((error: unknown) =>
        logger.error('background.fault', { part: 'standings', error }),
      )
      void running.then(again)
    })
  }
  again()
  return async () => {
    isClosed = true
    await running
  }
}
