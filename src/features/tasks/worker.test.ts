import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { capabilityQueue, type AgentRecord } from '#features/agents/index.ts'
import type { Broker } from '#platform/broker/broker.ts'
import { createPostgresBroker } from '#platform/broker/postgres-broker.ts'
import { systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createEventFeed, type EventFeed } from '#platform/events/event-feed.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createTracing } from '#platform/telemetry/tracing.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { inbox, signal, type Inbox, type Signal } from '../../../test/support/signals.ts'
import { startScheduler } from '../../../test/support/start-scheduler.ts'
import { createLeaseKeeper, type LeaseKeeper } from './lease-keeper.ts'
import type { Scheduler } from './scheduler.ts'
import type { TaskRecord } from './task.ts'
import type { WasmRun } from './wasm-run.ts'
import { createWorker, type Worker } from './worker.ts'

const CONCURRENCY = 4

let database: TestDatabase
let db: Db
let engine: Engine
let broker: Broker
let feed: EventFeed
let scheduler: Scheduler
let leases: LeaseKeeper
let worker: Worker
let started: Inbox<{ task: TaskRecord; signal: AbortSignal; end: Signal<WasmRun> }>
const tracing = createTracing({ endpoint: null, serviceName: 'test', serviceVersion: '0' })
const onFault = () => {}

beforeAll(async () => {
  database = await createTestDatabase('pglite')
  db = await database.open()
  engine = await createEngine({ db })
  // Tasks live by the engine's clock, which stands still; waking up needs one that runs.
  const clock = { ...systemClock, now: engine.clock.now }
  broker = await createPostgresBroker({ db, clock, ids: engine.ids, onFault })
  feed = await createEventFeed({ db, clock, onFault })
  leases = createLeaseKeeper({ db, clock, leaseMs: LEASE_MS, onFault })
  scheduler = await startScheduler({ engine, broker, clock, onFault, sweepSeconds: 1 })
})
beforeEach(async () => {
  started = inbox()
  worker = await createWorker({
    broker,
    feed,
    agents: engine.agents,
    reports: engine.reports,
    leases,
    runWasm: async (task, _agent, aborting) => {
      const end = signal<WasmRun>()
      aborting.addEventListener('abort', () => end.fire(cancelled))
      started.put({ task, signal: aborting, end })
      return end.promise
    },
    tracing,
    logger: silentLogger,
    instanceId: engine.ids.uuid(),
    leaseMs: LEASE_MS,
    concurrency: CONCURRENCY,
  })
})
afterEach(() => worker.close(0))
afterAll(async () => {
  await scheduler.close()
  leases.close()
  await feed.close()
  await broker.close()
  await tracing.close()
  await engine.close()
  await database.drop()
})

const execution = {
  outcome: 'exit',
  exitCode: 0,
  durationMs: 1,
  stdout: '"ok"',
  stderr: '',
} as const
const succeeded: WasmRun = { execution, result: 'ok', failure: null }
const cancelled: WasmRun = {
  execution: { ...execution, outcome: 'cancelled', exitCode: null },
  result: null,
  failure: { category: 'retriable', error: 'cancelled', fingerprint: '' },
}
const reaches = (task: TaskRecord, status: string) =>
  expect.poll(async () => (await tracesOf(db, task.id)).task?.status).toBe(status)

const reachesBroker = (task: TaskRecord) =>
  expect.poll(async () => (await tracesOf(db, task.id)).outbox[0]?.state).toBe('admitted')

test('run: program ends well → done, its message gone', async () => {
  const agent = await engine.newWasmAgent()
  const task = await engine.newTask(agent)
  await started.count(1)
  started.items[0]?.end.fire(succeeded)
  await reaches(task, 'DONE')
  await expect.poll(() => db.query('select 1 from broker_messages')).toEqual([])
})

test('run: program fails → due again after its backoff', async () => {
  const agent = await engine.newWasmAgent()
  const task = await engine.newTask(agent)
  await started.count(1)
  const failure = { category: 'retriable', error: 'exit code 1', fingerprint: '' } as const
  started.items[0]?.end.fire({ execution: { ...execution, exitCode: 1 }, result: null, failure })
  await reaches(task, 'TODO')
  expect(await engine.reports.read(task.tenantId, task.id)).toMatchObject({
    retryCount: 1,
    lastError: 'exit code 1',
  })
})

test('run: more work than places → never more at once, all done in the end', async () => {
  const agent = await engine.newWasmAgent()
  const tasks = await Promise.all(Array.from({ length: 12 }, () => engine.newTask(agent)))
  for (let done = 0; done < tasks.length; done++) {
    await started.count(Math.min(done + CONCURRENCY, tasks.length))
    expect(started.items.length).toBeLessThanOrEqual(done + CONCURRENCY)
    started.items[done]?.end.fire(succeeded)
  }
  for (const task of tasks) await reaches(task, 'DONE')
})

test('cancel: the task runs → its program is stopped, the task stays cancelled', async () => {
  const agent = await engine.newWasmAgent()
  const task = await engine.newTask(agent)
  await started.count(1)
  await engine.reports.cancel(task.tenantId, task.id, null)
  await expect.poll(() => started.items[0]?.signal.aborted).toBe(true)
  expect((await tracesOf(db, task.id)).attempts).toEqual([{ attempt: 1, outcome: 'cancelled' }])
})

test('close: work runs past the grace → handed back unharmed, due at once', async () => {
  const agent = await engine.newWasmAgent()
  const task = await engine.newTask(agent)
  await started.count(1)
  await worker.close(0)
  const { task: stored, outbox } = await tracesOf(db, task.id)
  expect(stored).toMatchObject({ status: 'TODO', retry_count: 0 })
  expect(outbox).toHaveLength(1)
  await engine.reports.cancel(task.tenantId, task.id, null)
})

test('capability: its last WASM agent is disabled → its messages are left to remote agents', async () => {
  const capability = `dig-${engine.ids.uuid()}`
  const remote: AgentRecord = await engine.newAgent([capability])
  const wasm = await engine.newWasmAgent([capability])
  const served = await engine.newTask({ capability })
  await started.until((items) => items.some(({ task }) => task.id === served.id))
  started.items.find(({ task }) => task.id === served.id)?.end.fire(succeeded)
  await reaches(served, 'DONE')
  await engine.agents.disable(wasm)
  const task = await engine.newTask({ capability })
  await reachesBroker(task)
  const offered = inbox<string>()
  const subscription = await broker.subscribe({
    queues: [capabilityQueue(remote.tenantId, capability)],
    prefetch: 1,
    onDelivery: ({ message }) => offered.put(message.headers.task_id),
  })
  // What the worker had taken already, it put off.
  engine.clock.advance(2_000)
  await offered.count(1)
  expect(offered.items).toEqual([task.id])
  await subscription.close()
})
