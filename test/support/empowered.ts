import { createAuthoritySource, createPolicyEngine } from '../../src/features/access/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { silentLogger } from '../../src/platform/telemetry/logger.ts'
import type { Principal } from '../../src/platform/web/context.ts'

/** The principal as a request by key would have it: with what decides about it at this moment. */
export const empowered = (db: Db, principal: Principal): Promise<Principal> =>
  createAuthoritySource({
    db,
    clock: systemClock,
    logger: silentLogger,
    engine: createPolicyEngine(),
    sample: null,
    ttlMs: 1_000,
  }).empower(principal, { ip: null, credential: 'key' })
