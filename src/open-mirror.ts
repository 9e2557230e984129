import { isPermitted } from './features/access/index.ts'
import type { AgentService } from './features/agents/index.ts'
import { createMirroredVersions, createVersionService } from './features/marketplace/index.ts'
import { createMirroredService, mirrorRoutes } from './features/mirror/index.ts'
import type { OpenedRegistry } from './features/registry/index.ts'
import type { WorkflowService } from './features/workflows/index.ts'
import type { Config } from './config.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'

interface Parts {
  db: Db
  clock: Clock
  ids: Ids
  blobs: Blobs
  agents: AgentService
  registry: OpenedRegistry
  workflows: { service: WorkflowService }
  platformTenantId: string
}

/** How marketplaces are carried from one installation to another. */
export const openMirror = (config: Config, parts: Parts) => {
  const { db, clock, registry, platformTenantId, workflows } = parts
  const mirrored = createMirroredService({
    registry,
    versions: createMirroredVersions(parts),
    workflows: workflows.service,
  })
  return {
    router: () =>
      mirrorRoutes({
        ...parts,
        workflows: workflows.service,
        versions: createVersionService({ db, clock, sign: registry.sign }),
        mirrored,
        sign: registry.sign,
        binaryBytesMax: config.CADRE_BINARY_BYTES_MAX,
        isReviewer: (principal) =>
          principal.tenantId === platformTenantId && isPermitted(principal, 'marketplace.review'),
      }),
  }
}
