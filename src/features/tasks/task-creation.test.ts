import { randomUUID } from 'node:crypto'
import { CreateTask } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentRecord } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, tracesOf, type Engine } from '../../../test/support/engine.ts'
import { anyText } from '../../../test/support/any-text.ts'

describe.each(DIALECTS)('task creation on %s', (dialect) => {
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

  const wish = (request: object) => CreateTask.parse({ agent_id: agent.id, ...request })
  const create = (request: object) => engine.creation.create(engine.owner, wish(request))
  const createBatch = (requests: object[]) =>
    engine.creation.createBatch(engine.owner, requests.map(wish))
  const countByKey = async (key: string) =>
    (await db.query('select 1 from tasks where idempotency_key = $1', [key])).length
  const createdMetric = async () => {
    const { values } = await engine.metrics.tasksCreated.get()
    return values.find(({ labels }) => labels.kind === 'queued')?.value ?? 0
  }

  test('create: any title, input and tags → stored as given, with its dispatch and event', async () => {
    const text = anyText({ maxLength: 60 }).filter((t) => t.isWellFormed() && !t.includes('\0'))
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.jsonValue(),
        fc.array(
          text.filter((tag) => tag !== ''),
          { maxLength: 5 },
        ),
        async (title, input, tags) => {
          const { task } = await create({ title, input, tags })
          const stored = await engine.reports.read(task.tenantId, task.id)
          expect(stored).toMatchObject({ title, tags, status: 'TODO', attempt: 0 })
          // JSON knows no negative zero.
          expect(JSON.stringify(stored.input)).toBe(JSON.stringify(input))
          const { outbox, events } = await tracesOf(db, task.id)
          expect(outbox).toMatchObject([{ state: 'waiting', available_at: task.runAt }])
          expect(events).toEqual(['task.created'])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('create: input with U+0000 and lone surrogates → stored as given', async () => {
    const input = { 'a\u0000b': ['\uD800', '\u0000'] }
    const { task } = await create({ input })
    expect((await engine.reports.read(task.tenantId, task.id)).input).toEqual(input)
  })

  test('create: a hundred at once with one key → one task, answered to all', async () => {
    const key = randomUUID()
    const before = await createdMetric()
    const creations = await Promise.all(
      Array.from({ length: 100 }, () => create({ idempotency_key: key, input: { n: 1 } })),
    )
    expect(new Set(creations.map(({ task }) => task.id)).size).toBe(1)
    expect(creations.filter(({ isReplay }) => !isReplay)).toHaveLength(1)
    expect(await countByKey(key)).toBe(1)
    expect(await createdMetric()).toBe(before + 1)
  })

  test('create: a known key with another body → 409, nothing stored', async () => {
    const key = randomUUID()
    await create({ idempotency_key: key, input: 1 })
    await expect(create({ idempotency_key: key, input: 2 })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'task.idempotency_mismatch',
    })
    expect(await countByKey(key)).toBe(1)
  })

  test('create: a known key after the task has changed → the task as it is now', async () => {
    const key = randomUUID()
    const { task } = await create({ idempotency_key: key })
    await engine.reports.cancel(task.tenantId, task.id, null)
    const repeat = await create({ idempotency_key: key })
    expect(repeat).toMatchObject({ isReplay: true, task: { id: task.id, status: 'CANCELLED' } })
  })

  test('create: unknown agent → 422 that names the field', async () => {
    await expect(create({ agent_id: randomUUID() })).rejects.toMatchObject({
      kind: 'invalid',
      details: [{ field: 'agent_id' }],
    })
  })

  test('create: the agent is disabled → held, until it is enabled', async () => {
    const sleeper = await engine.newAgent()
    const disabled = await engine.agents.disable(sleeper)
    const { task } = await create({ agent_id: sleeper.id })
    expect((await tracesOf(db, task.id)).outbox).toMatchObject([{ state: 'held' }])
    await expect(engine.claim(task.id, disabled)).rejects.toMatchObject({ kind: 'conflict' })
    await engine.agents.enable(disabled)
    expect((await tracesOf(db, task.id)).outbox).toMatchObject([{ state: 'waiting' }])
  })

  test('batch: a thousand → all stored, in the order given', async () => {
    const requests = Array.from({ length: 1_000 }, (_, n) => ({ title: `number ${n}` }))
    const created = await createBatch(requests)
    expect(created.map(({ task }) => task.title)).toEqual(requests.map(({ title }) => title))
    const ids = created.map(({ task }) => task.id)
    const rows = await db.query('select 1 from outbox where task_id = any ($1::uuid[])', [ids])
    expect(rows).toHaveLength(1_000)
  })

  test('batch: one key twice with the same body → one task, twice in the answer', async () => {
    const key = randomUUID()
    const created = await createBatch([
      { idempotency_key: key, title: 'same' },
      { title: 'between' },
      { idempotency_key: key, title: 'same' },
    ])
    expect(created[0]?.task.id).toBe(created[2]?.task.id)
    expect(created.map(({ isReplay }) => isReplay)).toEqual([false, false, true])
    expect(await countByKey(key)).toBe(1)
  })

  test.each([
    ['known', true],
    ['twice in the batch', false],
  ])('batch: a key %s with another body → 409, nothing of the batch stored', async (_, isKnown) => {
    const [key, innocent] = [randomUUID(), randomUUID()]
    if (isKnown) await create({ idempotency_key: key, title: 'first' })
    const batch = createBatch([
      { idempotency_key: innocent },
      ...(isKnown ? [] : [{ idempotency_key: key, title: 'first' }]),
      { idempotency_key: key, title: 'other' },
    ])
    await expect(batch).rejects.toMatchObject({ code: 'task.idempotency_mismatch' })
    expect(await countByKey(innocent)).toBe(0)
    expect(await countByKey(key)).toBe(isKnown ? 1 : 0)
  })

  test('batch: an unknown agent in it → 422 that names its place, nothing stored', async () => {
    const innocent = randomUUID()
    const batch = createBatch([{ idempotency_key: innocent }, { agent_id: 'nobody' }])
    await expect(batch).rejects.toMatchObject({ details: [{ field: 'tasks[1].agent_id' }] })
    expect(await countByKey(innocent)).toBe(0)
  })
})
