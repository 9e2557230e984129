import { manualClock, type Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createPostgresDb } from '#platform/db/postgres-db.ts'

/** The database of a process with one connection and little patience, which the caller closes. */
export const openSingleConnection = (
  url: string,
  { clock = manualClock(), timeoutMs = 5_000 }: { clock?: Clock; timeoutMs?: number } = {},
): Db =>
  createPostgresDb({
    url,
    connectionsMax: 1,
    connectTimeoutMs: timeoutMs,
    statementTimeoutMs: timeoutMs,
    clock,
    onFault: () => {},
  })
