import { setTimeout as pause } from 'node:timers/promises'
import { createCadre, PermanentError, startConsuming, type Consumer } from '@cadre/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { startServer, type ServerProcess } from '../../bench/server-process.ts'
import { freePorts } from '../support/services/free-ports.ts'
import { startPostgres, type PostgresNode } from '../support/services/postgres-by-packages.ts'
import { databaseUrl, withServer } from '../support/services/postgres-template.ts'
import { openChaosDb } from './chaos-database.ts'
import {
  CHAOS_SETTINGS,
  isLong,
  SETTLE_MS_MAX,
  survive,
  TASKS,
  TEST_MS_MAX,
  untilDone,
  type Fault,
} from './chaos-run.ts'

// Several Cadres on one PostgreSQL, each of which may be killed at any instant, whoever leads the
// scheduling, serves an agent or recovers what another left behind; and so may the database.
// Tasks are made and run, and sagas are under way. Each saga ends completed, undone, or held for a
// person with a reason; nothing is undone with other arguments than it was before.

const SAGAS = isLong ? 500 : 40
const AGENT = 'saga-agent'
/** So that all of them are under way for as long as the storm lasts. */
const STEP_MS = isLong ? 1_000 : 500
const CONCURRENCY = isLong ? 32 : 4

const ORDER = `
name: order
version: 1.0.0
steps:
  reserve:
    agent: ${AGENT}
    input: { does: reserve, saga: '\${trigger.saga}' }
    max_retries: 50
    backoff: { base_seconds: 0.1, cap_seconds: 1 }
    compensation:
      agent: ${AGENT}
      input: { does: release, saga: '\${trigger.saga}', reservation: '\${result}' }
      max_retries: 50
      backoff: { base_seconds: 0.1, cap_seconds: 1 }
  pay:
    needs: [reserve]
    agent: ${AGENT}
    input: { does: pay, saga: '\${trigger.saga}', reservation: '\${steps.reserve.result}' }
    max_retries: 50
    backoff: { base_seconds: 0.1, cap_seconds: 1 }
    compensation:
      agent: ${AGENT}
      input: { does: refund, saga: '\${trigger.saga}', payment: '\${result}' }
      max_retries: 50
      backoff: { base_seconds: 0.1, cap_seconds: 1 }
  pack:
    needs: [reserve]
    agent: ${AGENT}
    input: { does: pack, saga: '\${trigger.saga}' }
    max_retries: 50
    backoff: { base_seconds: 0.1, cap_seconds: 1 }
    compensation:
      agent: ${AGENT}
      input: { does: unpack, saga: '\${trigger.saga}', parcel: '\${result}' }
      max_retries: 50
      backoff: { base_seconds: 0.1, cap_seconds: 1 }
  ship:
    needs: [pay, pack]
    agent: ${AGENT}
    input: { does: ship, saga: '\${trigger.saga}' }
    on_failure: compensate
    max_retries: 50
    backoff: { base_seconds: 0.1, cap_seconds: 1 }
`

/** What becomes of a saga by its number, if nothing but the storm comes between. */
const cannotShip = (saga: number): boolean => saga % 3 === 0
const cannotRefund = (saga: number): boolean => saga % 15 === 0
const stumbles = (saga: number): boolean => saga % 7 === 0

interface Order {
  does: string
  saga: number
}

let postgres: PostgresNode
beforeAll(async () => {
  postgres = await startPostgres({ isDurable: true })
  await withServer(postgres.url, (client) => client.query('create database sagas'))
})
afterAll(() => postgres.close())

test(
  `${SAGAS} sagas and ${TASKS} tasks while two Cadres and their database are killed: each saga ends, none is undone in two ways; each task is done exactly once`,
  { timeout: TEST_MS_MAX },
  async () => {
    const url = databaseUrl(postgres.url, 'sagas')
    const ports = await freePorts(2)
    const start = (port: number): Promise<ServerProcess> =>
      untilDone(() =>
        startServer({ ...CHAOS_SETTINGS, CADRE_DATABASE_URL: url, CADRE_PORT: String(port) }),
      )
    const servers: ServerProcess[] = []
    for (const port of ports) servers.push(await start(port))
    const [first] = servers
    if (first === undefined) throw new Error('There are two servers')
    const inputs = new Map<string, Set<string>>()
    const cadre = createCadre({ url: first.url, key: first.key, timeoutMs: 5_000, attemptsMax: 1 })
    await cadre.agents.register({ name: AGENT, runtime: 'remote' })
    await cadre.workflows.publish({ source: ORDER })
    const agents = servers.map((server) => startAgent(server, inputs))
    try {
      const triggering = triggerAll(cadre)
      await survive({
        url: first.url,
        key: first.key,
        agentUrls: servers.map((server) => server.url),
        openDb: () => openChaosDb(url),
        faults: [
          ...ports.map((port, index): Fault => async (fraction) => {
            await servers[index]?.kill()
            await pause(fraction() * 1_000)
            servers[index] = await start(port)
          }),
          async (fraction) => {
            await postgres.kill()
            await pause(fraction() * 1_000)
            await postgres.start()
          },
        ],
      })
      await triggering
      const db = await openChaosDb(url)
      try {
        await allAtRest(db)
        expect(await faultsOf(db)).toEqual([])
        expect(await statusesOf(db)).toEqual(expectedStatuses())
      } finally {
        await db.close()
      }
      expect([...inputs].filter(([, seen]) => seen.size > 1)).toEqual([])
    } finally {
      await Promise.all(agents.map((agent) => agent.stop().catch(() => {})))
      for (const server of servers) await server.stop().catch(() => {})
    }
  },
)

const startAgent = (
  server: Pick<ServerProcess, 'url' | 'key'>,
  inputs: Map<string, Set<string>>,
): Consumer =>
  startConsuming(
    async ({ input, attempt }) => {
      const { does, saga } = input as unknown as Order
      const key = `${does} ${saga}`
      inputs.set(key, (inputs.get(key) ?? new Set()).add(JSON.stringify(input)))
      await pause(STEP_MS)
      if (does === 'ship' && cannotShip(saga)) throw new PermanentError('No carrier goes there')
      if (does === 'refund' && cannotRefund(saga)) throw new PermanentError('The bank is closed')
      if (stumbles(saga) && attempt === 1) throw new Error('Stumbled')
      return `${does}-${saga}`
    },
    {
      url: server.url,
      key: server.key,
      agentId: AGENT,
      concurrency: CONCURRENCY,
      leaseSeconds: 5,
      silenceMsMax: 4_000,
      timeoutMs: 3_000,
      graceMs: 1_000,
    },
  )

const triggerAll = async (cadre: ReturnType<typeof createCadre>): Promise<void> => {
  const sagas = Array.from({ length: SAGAS }, (_, saga) => saga)
  await Promise.all(
    sagas.map((saga) =>
      untilDone(() =>
        cadre.runs.trigger('order', { context: { saga }, idempotency_key: `saga-${saga}` }),
      ),
    ),
  )
}

/** Nothing moves any more: every run is over, or waits for a person. */
const allAtRest = async (db: Db): Promise<void> => {
  const giveUpAt = performance.now() + SETTLE_MS_MAX
  for (;;) {
    const moving = await db.query<{ status: string; steps: string }>(
      `select r.status, string_agg(s.step || ' ' || s.status, ', ') as steps
       from workflow_runs as r left join workflow_steps as s on s.run_id = r.id
         and s.status in ('WAITING', 'RUNNING', 'HELD')
       where r.status in ('RUNNING', 'COMPENSATING') and not exists (
         select 1 from workflow_steps as h where h.run_id = r.id and h.status = 'HELD'
           and not exists (select 1 from workflow_steps as o where o.run_id = r.id
             and o.status in ('WAITING', 'RUNNING')))
       group by r.id, r.status`,
    )
    if (moving.length === 0) return
    expect(performance.now(), `stuck: ${JSON.stringify(moving.slice(0, 5))}`).toBeLessThan(giveUpAt)
    await pause(200)
  }
}

/** What is wrong with what is stored. */
const faultsOf = (db: Db): Promise<{ id: string; fault: string }[]> =>
  db.query(
    `select r.id, 'closed ' || count(e.id) || ' times' as fault
       from workflow_runs as r left join events as e on e.subject_id = r.id
         and e.type in ('run.completed', 'run.failed', 'run.compensated', 'run.cancelled')
       group by r.id, r.finished_at
       having count(e.id) <> case when r.finished_at is null then 0 else 1 end
     union all select s.run_id, s.step || ' is done and was not undone'
       from workflow_steps as s join workflow_runs as r on r.id = s.run_id
         join workflow_steps as c on c.run_id = s.run_id and c.step = s.step and c.is_compensation
       where r.status = 'COMPENSATED' and not s.is_compensation and s.status = 'DONE'
         and c.status <> 'DONE'
     union all select s.run_id, s.step || ' is held without a reason'
       from workflow_steps as s left join tasks as t on t.id = s.id
       where s.status = 'HELD'
         and (t.status is distinct from 'QUARANTINED' or t.last_error is null)
     union all select c.run_id, c.step || ' was undone before what came after it'
       from workflow_steps as c join workflow_steps as later on later.run_id = c.run_id
         and later.is_compensation and later.depth > c.depth and later.status = 'DONE'
       where c.is_compensation and c.status = 'DONE' and c.released_at < later.ended_at
     union all select r.id, 'cost ' || r.cost || ' is not that of its attempts'
       from workflow_runs as r where r.finished_at is not null and r.cost <> (
         select coalesce(sum(a.cost), 0) from workflow_steps as s
           join attempts as a on a.task_id = s.id where s.run_id = r.id)`,
  )

const statusesOf = async (db: Db): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await db.query<{ status: string; count: number }>(
        'select status, count(*)::integer as count from workflow_runs group by status',
      )
    ).map(({ status, count }) => [status, count]),
  )

const expectedStatuses = (): Record<string, number> => {
  const statuses: Record<string, number> = {}
  for (let saga = 0; saga < SAGAS; saga++) {
    const status = !cannotShip(saga)
      ? 'COMPLETED'
      : cannotRefund(saga)
        ? 'COMPENSATING'
        : 'COMPENSATED'
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}
