import { systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createPostgresDb } from '#platform/db/postgres-db.ts'

/** A look at the database past every proxy. */
export const openChaosDb = async (url: string): Promise<Db> =>
  createPostgresDb({
    url,
    connectionsMax: 2,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 60_000,
    clock: systemClock,
    onFault: () => {},
  })
