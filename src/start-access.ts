import {
  createAuthoritySource,
  createDecisionSample,
  createDryRun,
  createExplain,
  createGrantService,
  createPolicyEngine,
  createPolicyService,
  createRoleService,
  grantRoutes,
  policyRoutes,
  roleRoutes,
} from './features/access/index.ts'
import { findObjects, type ObjectPlaces } from './find-objects.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Config } from './config.ts'

export interface AccessParts {
  db: Db
  clock: Clock
  ids: Ids
  logger: Logger
  lifecycle: Pick<ReturnType<typeof createLifecycle>, 'onStop'>
}

/** Who may do what: what decides, and the routes of roles, grants and policies. */
export const startAccess = async (config: Config, parts: AccessParts) => {
  const { db, clock, ids, lifecycle } = parts
  const engine = createPolicyEngine()
  const sample = createDecisionSample(parts)
  lifecycle.onStop('sample of decisions', sample.close)
  const authorities = createAuthoritySource({
    ...parts,
    engine,
    sample,
    ttlMs: config.CADRE_KEY_CACHE_SECONDS * 1_000,
  })
  lifecycle.onStop('changes of authority', await authorities.followChanges())
  const dryRun = createDryRun({ db, clock, engine, authorities, sample })
  const policies = createPolicyService({ db, clock, ids, engine, authorities, dryRun })
  const routers = (places: Omit<ObjectPlaces, 'db'>) => [
    roleRoutes(createRoleService({ db, clock, authorities })),
    grantRoutes({
      db,
      clock,
      grants: createGrantService({ db, clock, ids, authorities }),
    }),
    policyRoutes({
      db,
      policies,
      explain: createExplain({
        db,
        clock,
        authorities,
        findResource: findObjects({ ...places, db }),
      }),
    }),
  ]
  return { authorities, routers }
}
