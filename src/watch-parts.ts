import type { openExecutor } from './open-executor.ts'
import type { Db } from './platform/db/db.ts'

/** What the health check says of the database. */
export const lookAtDatabase = (db: Db) => ({
  name: 'database',
  check: async () => {
    await db.query('select 1 as one')
    const detail = db.dialect === 'pglite' ? 'embedded' : 'PostgreSQL'
    return { status: 'healthy' as const, detail }
  },
})

/** What the health check says of the sandbox. */
export const lookAtExecutor = (executor: ReturnType<typeof openExecutor>) => ({
  name: 'wasm executor',
  check: async () => {
    const { isHealthy, detail } = executor.health()
    return { status: isHealthy ? ('healthy' as const) : ('degraded' as const), detail }
  },
})
