import { milliseconds, percentile } from './figures.ts'
import { createCaller, type Caller } from './http-caller.ts'
import { startServer } from './server-process.ts'
import { providePostgres } from '../test/support/services/postgres.ts'
import { databaseUrl, withServer } from '../test/support/services/postgres-template.ts'

/** Finished tasks in the database at each measurement. */
const SIZES = [0, 1_000_000, 5_000_000] as const
const PRODUCERS = 64
const TASKS = 10_000
const ROWS_PER_STEP = 100_000
const AGENT = 'history'

/** Whether creating a task costs more when many others have finished; on a durable PostgreSQL. */
export const benchHistory = async (): Promise<void> => {
  const postgres = await providePostgres({ isDurable: true })
  const name = `cadre_history_${Date.now()}`
  await withServer(postgres.url, (client) => client.query(`create database ${name}`))
  const url = databaseUrl(postgres.url, name)
  const server = await startServer({ CADRE_DATABASE_URL: url, CADRE_LOCAL_KEY: 'false' })
  const caller = createCaller({ ...server, connectionsMax: PRODUCERS })
  try {
    await caller.call('POST', '/agents', { name: AGENT, runtime: 'remote' })
    await create(caller, 1_000)
    console.log('| finished tasks | created/s | p50 | p99 |\n| --- | --- | --- | --- |')
    let finished = 0
    for (const size of SIZES) {
      await addFinished(url, finished, size)
      finished = size
      const { perSecond, waits } = await create(caller, TASKS)
      const [p50, p99] = [0.5, 0.99].map((fraction) => milliseconds(percentile(waits, fraction)))
      console.log(`| ${size.toLocaleString('en')} | ${Math.round(perSecond)} | ${p50} | ${p99} |`)
    }
  } finally {
    caller.close()
    await server.stop()
    await withServer(postgres.url, (client) =>
      client.query(`drop database if exists ${name} with (force)`),
    )
    await postgres.stop()
  }
}

const create = async (caller: Caller, count: number) => {
  const waits: number[] = []
  const begin = performance.now()
  let created = 0
  await Promise.all(
    Array.from({ length: PRODUCERS }, async () => {
      while (created++ < count) {
        const sent = performance.now()
        await caller.call('POST', '/tasks', { agent_id: AGENT, input: 'x' })
        waits.push(performance.now() - sent)
      }
    }),
  )
  return { perSecond: (count / (performance.now() - begin)) * 1_000, waits }
}

/** Ids of version 7, older by the second the lower their number, as tasks of the past have them. */
const ID = `(lpad(to_hex((1700000000000 + n * 100)::bigint), 12, '0')
  || '7' || lpad(to_hex(n % 4096), 3, '0') || substr(md5(n::text), 1, 16))::uuid`

const addFinished = async (url: string, from: number, to: number): Promise<void> => {
  await withServer(url, async (client) => {
    for (let first = from + 1; first <= to; first += ROWS_PER_STEP) {
      const last = Math.min(first + ROWS_PER_STEP - 1, to)
      await client.query(
        `with agent as (select id, tenant_id from agents limit 1),
         old as (
           insert into tasks (id, tenant_id, kind, agent_id, input, priority, status,
             assigned_agent_id, attempt, max_retries, backoff_base_ms, backoff_cap_ms, run_at, tags,
             created_at, updated_at, started_at, finished_at)
           select ${ID}, a.tenant_id, 'queued', a.id, '"x"', 2, 'DONE', a.id, 1, 3, 5000, 300000,
             at, '{}', at, at, at, at
           from generate_series($1::int, $2::int) as n, agent as a,
             lateral (select timestamptz '2023-11-14' + n * interval '0.1 second' as at) as moment
           returning id, tenant_id, agent_id, finished_at),
         ended as (
           insert into attempts (task_id, attempt, tenant_id, agent_id, outcome, started_at,
             finished_at, duration_ms)
           select id, 1, tenant_id, agent_id, 'done', finished_at, finished_at, 1 from old)
         insert into events (tenant_id, type, subject_id, at, data)
         select tenant_id, 'task.completed', id, finished_at, '{}' from old`,
        [first, last],
      )
    }
    for (const table of ['tasks', 'attempts', 'events'])
      await client.query(`vacuum analyze ${table}`)
    await client.query('checkpoint')
  })
}
