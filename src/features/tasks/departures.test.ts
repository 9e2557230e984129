import { randomUUID } from 'node:crypto'
import type { TaskId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAgentInstances, type AgentRecord } from '#features/agents/index.ts'
import { systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { createDepartures } from './departures.ts'

const GRACE_MS = 3_000

describe.each(DIALECTS)('departures on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let agent: AgentRecord
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
    agent = await engine.newAgent()
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  /** A server, by whose streams processes are heard of. */
  const openServer = (change: { graceMs?: number; isStopping?: () => boolean } = {}) => {
    const { clock, judge } = engine
    const instances = createAgentInstances({ db, clock, onFault: () => {} })
    let noted: Promise<unknown> = Promise.resolve()
    const departures = createDepartures({
      db,
      clock,
      ids: createIds(systemClock, systemRandom),
      instances: {
        ...instances,
        noteStream: async (...stream) => void (await (noted = instances.noteStream(...stream))),
        seenAt: (...of) => {
          const looked = instances.seenAt(...of)
          noted = looked
          return looked
        },
      },
      judge,
      logger: silentLogger,
      metrics: createMetrics(),
      graceMs: GRACE_MS,
      isStopping: () => false,
      ...change,
    })
    return {
      instances,
      /** A stream of the process that the server has noted. @returns its end */
      stream: async (instance: string) => {
        const leave = departures.attend(agent, instance)
        await noted
        return leave
      },
      /** What it has to look up is looked up. */
      settled: () => noted,
      /** The grace passes, and what comes of it is done. */
      pass: async () => {
        engine.clock.advance(GRACE_MS)
        await departures.close()
      },
    }
  }
  type Server = ReturnType<typeof openServer>

  /** A process that has reported itself and holds a task. */
  const startProcess = async (server: Server) => {
    const instance = randomUUID()
    await server.instances.report(agent, instance, { name: 'p', transport: 'http' })
    return { instance, taskId: await hold(instance) }
  }
  const hold = async (instance: string | undefined): Promise<TaskId> => {
    const { id } = await engine.newTask(agent)
    await engine.reports.claim({ taskId: id, agent, leaseMs: LEASE_MS, instance })
    return id
  }
  const statusOf = async (taskId: TaskId) => (await tracesOf(db, taskId)).task?.status
  const dueInMs = async (taskId: TaskId): Promise<number> => {
    const { runAt } = await engine.reports.read(agent.tenantId, taskId)
    return runAt.getTime() - engine.clock.now().getTime()
  }
  const isShown = async ({ instances }: Server, instance: string) =>
    (await instances.list(agent)).find(({ id }) => id === instance)?.is_connected

  test('its stream ends for good → what it held is due at once, and it is shown as lost', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    leave()
    engine.clock.advance(GRACE_MS - 1)
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
    await server.pass()
    const { task, attempts, outbox, events } = await tracesOf(db, taskId)
    expect(task).toMatchObject({ status: 'TODO', retry_count: 1, attempt_token: null })
    expect(await dueInMs(taskId)).toBe(0)
    expect(attempts).toEqual([{ attempt: 1, outcome: 'lost' }])
    expect(outbox).toMatchObject([{ state: 'waiting' }])
    expect(events).toEqual(['task.created', 'task.claimed', 'task.retried'])
    expect(await isShown(server, instance)).toBe(false)
  })

  test('lost with a second process → waits as its backoff says', async () => {
    const server = openServer()
    const first = await startProcess(server)
    ;(await server.stream(first.instance))()
    await server.pass()
    const second = randomUUID()
    await server.instances.report(agent, second, { name: 'p', transport: 'http' })
    const leave = await server.stream(second)
    await engine.reports.claim({
      taskId: first.taskId,
      agent,
      leaseMs: LEASE_MS,
      instance: second,
    })
    leave()
    const later = openServer()
    const again = await later.stream(second)
    again()
    await later.pass()
    const { task } = await tracesOf(db, first.taskId)
    expect(task).toMatchObject({ status: 'TODO', retry_count: 2 })
    expect(await dueInMs(first.taskId)).toBeGreaterThan(0)
  })

  test('back by another stream of the same server → keeps what it holds', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    leave()
    await server.stream(instance)
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
    expect(await isShown(server, instance)).toBe(true)
  })

  test('back by a stream of another server → keeps what it holds', async () => {
    const [server, other] = [openServer(), openServer()]
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    leave()
    await other.stream(instance)
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test('reports itself, though it has no stream → keeps what it holds', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    leave()
    await server.settled()
    engine.clock.advance(1)
    await server.instances.report(agent, instance, { name: 'p', transport: 'amqp' })
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test('it had moved on before its old stream was seen to end → keeps what it holds', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    await server.stream(instance)
    leave()
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test('said goodbye → finishes what it holds under its lease', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    await server.instances.remove(agent, instance)
    leave()
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test.each([
    ['the server itself is stopping', { isStopping: () => true }],
    ['only leases are to tell', { graceMs: 0 }],
  ])('%s → keeps what it holds', async (_, change) => {
    const server = openServer(change)
    const { instance, taskId } = await startProcess(server)
    const leave = await server.stream(instance)
    leave()
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test('never reported itself → its leases tell', async () => {
    const server = openServer()
    const instance = randomUUID()
    const taskId = await hold(instance)
    const leave = await server.stream(instance)
    leave()
    await server.pass()
    expect(await statusOf(taskId)).toBe('IN_PROGRESS')
  })

  test('what others hold → stays with them', async () => {
    const server = openServer()
    const { instance, taskId } = await startProcess(server)
    const [ofAnother, ofNobody] = [await hold(randomUUID()), await hold(undefined)]
    const leave = await server.stream(instance)
    leave()
    await server.pass()
    expect(await statusOf(taskId)).toBe('TODO')
    expect(await statusOf(ofAnother)).toBe('IN_PROGRESS')
    expect(await statusOf(ofNobody)).toBe('IN_PROGRESS')
  })

  test('more than one step takes → all of it is given up', async () => {
    const server = openServer()
    const { instance } = await startProcess(server)
    const leave = await server.stream(instance)
    const held = await Promise.all(Array.from({ length: 600 }, () => hold(instance)))
    leave()
    await server.pass()
    const [row] = await db.query<{ count: number }>(
      `select count(*) as count from tasks where id = any ($1::uuid[]) and status = 'TODO'`,
      [held],
    )
    expect(row?.count).toBe(600)
  })
})
