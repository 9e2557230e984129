import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventData, ParsedReportInstance } from '@cadre/contract'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import type { Db } from '#platform/db/db.ts'
import type { AgentRecord } from './agent.ts'
import { presenceOfAgents } from './agent-instance-store.ts'
import { createAgentInstances, SILENCE_MS, type AgentInstances } from './agent-instances.ts'

const PROCESS: ParsedReportInstance = {
  name: 'worker-3:4711',
  transport: 'amqp',
  concurrency: 8,
  in_flight: 3,
}
const FORGOTTEN_MS = 600_000

describe.each(DIALECTS)('processes of remote agents on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let instances: AgentInstances
  let agent: AgentRecord
  const faults: unknown[] = []

  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db })
    instances = createAgentInstances({
      db,
      clock: engine.clock,
      onFault: (error) => faults.push(error),
    })
  })
  beforeEach(async () => {
    agent = await engine.newAgent()
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const eventsOf = async () => {
    const rows = await db.query<{ type: string; data: EventData }>(
      `select type, data from events where subject_id = $1 and type <> 'agent.published' order by id`,
      [agent.id],
    )
    return rows.map(({ type, data }) => ({ type, ...data }))
  }
  const connected = { type: 'agent.connected', instance: PROCESS.name, transport: 'amqp' }
  const gone = { ...connected, type: 'agent.disconnected' }

  test('reports again and again → shown as it said last, told of once', async () => {
    const id = engine.ids.uuid()
    const since = engine.clock.now().toISOString()
    await instances.report(agent, id, PROCESS)
    engine.clock.advance(10_000)
    await instances.report(agent, id, { ...PROCESS, in_flight: 5 })
    expect(await instances.list(agent)).toEqual([
      {
        id,
        name: PROCESS.name,
        transport: 'amqp',
        is_connected: true,
        concurrency: 8,
        in_flight: 5,
        connected_at: since,
        last_heartbeat_at: engine.clock.now().toISOString(),
      },
    ])
    expect(await eventsOf()).toMatchObject([{ ...connected, agent_name: agent.name }])
  })

  test('several → taken together for the agent; what they did not say counts nothing', async () => {
    await instances.report(agent, engine.ids.uuid(), PROCESS)
    await instances.report(agent, engine.ids.uuid(), { ...PROCESS, in_flight: 1 })
    await instances.report(agent, engine.ids.uuid(), { name: 'raw', transport: 'http' })
    const presence = await presenceOfAgents(db, [agent.id, engine.ids.agent()])
    expect([...presence]).toEqual([[agent.id, { instances: 3, in_flight: 4, concurrency: 16 }]])
  })

  test('silent for half a minute → lost, told of once by whichever sweep; shown, then forgotten', async () => {
    await instances.report(agent, engine.ids.uuid(), PROCESS)
    engine.clock.advance(SILENCE_MS)
    await instances.sweep()
    expect(await instances.list(agent)).toMatchObject([{ is_connected: true }])
    engine.clock.advance(1)
    await Promise.all([instances.sweep(), instances.sweep()])
    expect(await instances.list(agent)).toMatchObject([{ is_connected: false }])
    expect(await eventsOf()).toMatchObject([connected, { ...gone, is_lost: true }])
    expect((await presenceOfAgents(db, [agent.id])).size).toBe(0)
    engine.clock.advance(FORGOTTEN_MS)
    await instances.sweep()
    expect(await instances.list(agent)).toEqual([])
  })

  test('lost, and then heard of → connected anew', async () => {
    const id = engine.ids.uuid()
    await instances.report(agent, id, PROCESS)
    engine.clock.advance(SILENCE_MS + 1)
    await instances.sweep()
    await instances.report(agent, id, PROCESS)
    const [instance] = await instances.list(agent)
    expect(instance).toMatchObject({
      is_connected: true,
      connected_at: engine.clock.now().toISOString(),
    })
    expect((await eventsOf()).map(({ type }) => type)).toEqual([
      'agent.connected',
      'agent.disconnected',
      'agent.connected',
    ])
  })

  test('says goodbye, twice → gone, told of once and not as lost', async () => {
    const id = engine.ids.uuid()
    await instances.report(agent, id, PROCESS)
    await instances.remove(agent, id)
    await instances.remove(agent, id)
    expect(await instances.list(agent)).toEqual([])
    const events = await eventsOf()
    expect(events).toMatchObject([connected, gone])
    expect(events[1]).not.toHaveProperty('is_lost')
  })

  test('first reports at the same time → one process, told of once', async () => {
    const id = engine.ids.uuid()
    await Promise.all(Array.from({ length: 4 }, () => instances.report(agent, id, PROCESS)))
    expect(await instances.list(agent)).toHaveLength(1)
    expect(await eventsOf()).toHaveLength(1)
  })

  test('the id of another agent’s process → another process', async () => {
    const id = engine.ids.uuid()
    const first = agent
    const second = await engine.newAgent()
    await instances.report(first, id, PROCESS)
    await instances.report(second, id, { ...PROCESS, name: 'elsewhere' })
    await instances.remove(second, id)
    expect(await instances.list(first)).toMatchObject([{ id, name: PROCESS.name }])
  })

  test('connection that does not report itself → reported for, until it closes', async () => {
    const close = instances.watchConnection(agent, engine.ids.uuid(), PROCESS)
    await expect.poll(() => instances.list(agent)).toHaveLength(1)
    engine.clock.advance(2 * SILENCE_MS)
    const beaten = engine.clock.now().toISOString()
    await expect.poll(async () => (await instances.list(agent))[0]?.last_heartbeat_at).toBe(beaten)
    await close()
    await close()
    expect(await instances.list(agent)).toEqual([])
    expect(faults).toEqual([])
  })
})
