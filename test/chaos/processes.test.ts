import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { startServer, type ServerProcess } from '../../bench/server-process.ts'
import { freePorts } from '../support/services/free-ports.ts'
import { databaseUrl, withServer } from '../support/services/postgres-template.ts'
import { startPostgres, type PostgresNode } from '../support/services/postgres-by-packages.ts'
import { openChaosDb } from './chaos-database.ts'
import { CHAOS_SETTINGS, survive, TASKS, TEST_MS_MAX } from './chaos-run.ts'

// Several Cadres on one PostgreSQL, each of which may be killed at any instant: whoever leads the
// scheduling, serves an agent or recovers what another left behind.

let postgres: PostgresNode
beforeAll(async () => {
  postgres = await startPostgres({ isDurable: true })
  await withServer(postgres.url, (client) => client.query('create database chaos'))
})
afterAll(() => postgres.close())

test(
  `two Cadres killed and started again and again: ${TASKS} tasks, each done exactly once`,
  { timeout: TEST_MS_MAX },
  async () => {
    const url = databaseUrl(postgres.url, 'chaos')
    const ports = await freePorts(2)
    const start = (port: number) =>
      startServer({ ...CHAOS_SETTINGS, CADRE_DATABASE_URL: url, CADRE_PORT: String(port) })
    const servers: ServerProcess[] = []
    for (const port of ports) servers.push(await start(port))
    try {
      const [first] = servers
      if (first === undefined) throw new Error('There are two servers')
      await survive({
        url: first.url,
        key: first.key,
        agentUrls: servers.map((server) => server.url),
        openDb: () => openChaosDb(url),
        disturb: async (fraction) => {
          const index = fraction() < 0.5 ? 0 : 1
          await servers[index]?.kill()
          await pause(fraction() * 1_500)
          servers[index] = await start(ports[index] ?? 0)
        },
      })
    } finally {
      for (const server of servers) await server.stop().catch(() => {})
    }
  },
)
