import { randomUUID } from 'node:crypto'
import type { BulkAnswer, ErrorBody, FailureCategory, PublishedAgent } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/platform/db/db.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { insertPrincipals } from '../support/insert-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const KEYS = {
  viewer: 'key-of-a-viewer-of-the-inbox',
  developer: 'key-of-a-developer-of-the-inbox',
  supervisor: 'key-of-a-supervisor-of-the-inbox',
  other: 'key-of-the-other-tenant-of-the-inbox',
} as const

let database: TestDatabase
let db: Db
let cadre: RunningCadre
let agent: PublishedAgent & { key: string }
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  cadre = await startCadre({ CADRE_DATABASE_URL: database.url ?? '', CADRE_DEMO_AGENTS: 'false' })
  await insertPrincipals(db, [
    { tenant: 'default', role: 'viewer', key: KEYS.viewer },
    { tenant: 'default', role: 'developer', key: KEYS.developer },
    { tenant: 'default', role: 'supervisor', key: KEYS.supervisor },
    { tenant: 'other', role: 'admin', key: KEYS.other },
  ])
  agent = await registerRemote(cadre.client, 'breaker', ['break.things'])
})
afterAll(async () => {
  await cadre.stop()
  await database.drop()
})

const fail = async (id: string, error: string, category: FailureCategory = 'permanent') => {
  await cadre.client.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'IN_PROGRESS' })
  return cadre.client.tasks.reportFailure(id, {
    agent_id: agent.id,
    error_message: error,
    category,
  })
}
const quarantined = async (error: string, category?: FailureCategory): Promise<string> => {
  const { id } = await cadre.client.tasks.create({
    agent_id: agent.id,
    title: `title of ${error}`,
    input: { word: 'first' },
    no_retry_on: ['timeout', 'retriable', 'rate_limited'],
  })
  expect((await fail(id, error, category)).status).toBe('QUARANTINED')
  return id
}
const post = async (path: string, body: unknown, key: string = cadre.key) => {
  const response = await fetch(`${cadre.url}/api/v1/quarantine${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return {
    status: response.status,
    body: (await response.json()) as ErrorBody & BulkAnswer,
  }
}
const get = async (path: string, key: string = cadre.key) => {
  const response = await fetch(`${cadre.url}/api/v1/quarantine${path}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return { status: response.status, body: (await response.json()) as ErrorBody }
}

describe('inbox', () => {
  test('list: pages → every task once, newest first; filters hold together', async () => {
    const ids: string[] = []
    for (let n = 0; n < 7; n++)
      ids.push(await quarantined(`page 50%_off ${n}`, n % 2 === 0 ? 'timeout' : 'permanent'))
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page = await cadre.client.quarantine.list({
        q: 'page 50%_OFF',
        limit: 3,
        cursor: cursor || undefined,
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor ?? undefined
    }
    expect(seen).toEqual(ids.toReversed())
    const { quarantine } = cadre.client
    const ofCategory = await quarantine.list({ q: 'page', category: 'timeout' })
    expect(ofCategory.items).toHaveLength(4)
    expect((await quarantine.list({ q: 'page 50_', agent_id: 'breaker' })).items).toEqual([])
    expect((await quarantine.list({ q: 'title of page', agent_id: agent.id })).items).toHaveLength(
      7,
    )
    const [first] = ofCategory.items
    const older = await quarantine.list({ q: 'page', quarantined_before: first?.quarantined_at })
    expect(older.items.map(({ id }) => id)).not.toContain(first?.id)
    expect(first).toMatchObject({ agent_name: 'breaker', fingerprint: expect.any(String) })
    expect(first).not.toHaveProperty('input')
  })

  test('groups → counts, first and last seen, a sample, agents', async () => {
    const ids = [await quarantined('group of 1'), await quarantined('group of 2')]
    const [group] = (await cadre.client.quarantine.groups({ q: 'group of' })).items
    expect(group).toMatchObject({
      category: 'permanent',
      error: 'group of 2',
      tasks: 2,
      total: 2,
      agents: [{ agent_id: agent.id, agent_name: 'breaker', tasks: 2 }],
      agents_affected: 1,
    })
    const fingerprint = group?.fingerprint ?? ''
    expect(await cadre.client.quarantine.group(fingerprint)).toEqual(group)
    expect(Date.parse(group?.last_seen_at ?? '')).toBeGreaterThan(
      Date.parse(group?.first_seen_at ?? ''),
    )
    const { items } = await cadre.client.quarantine.list({ fingerprint })
    expect(items.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    const other = cadre.clientOf(KEYS.other)
    expect((await other.quarantine.groups()).items).toEqual([])
  })

  test('groups: pages → every group once', async () => {
    for (const word of ['one', 'two', 'three', 'four', 'five']) await quarantined(`leaf ${word}`)
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page = await cadre.client.quarantine.groups({
        q: 'leaf',
        limit: 2,
        cursor: cursor || undefined,
      })
      seen.push(...page.items.map(({ error }) => error))
      cursor = page.next_cursor ?? undefined
    }
    expect(seen).toEqual(['leaf five', 'leaf four', 'leaf three', 'leaf two', 'leaf one'])
  })

  test('read → the task with its input and all attempts', async () => {
    const id = await quarantined('to be read')
    await cadre.client.quarantine.redrive(id)
    await fail(id, 'to be read again')
    expect(await cadre.client.quarantine.get(id)).toMatchObject({
      input: { word: 'first' },
      status: 'QUARANTINED',
      attempts: [
        { attempt: 1, outcome: 'failed', error: 'to be read' },
        { attempt: 2, outcome: 'failed', error: 'to be read again' },
      ],
    })
  })

  test('redrive with another input → the agent gets it; the log says who', async () => {
    const id = await quarantined('wrong word')
    const developer = cadre.clientOf(KEYS.developer)
    const task = await developer.quarantine.redrive(id, { input: { word: 'second' } })
    expect(task).toMatchObject({ status: 'TODO', retry_count: 0, input: { word: 'second' } })
    const { items } = await cadre.client.tasks.events(id)
    expect(items.at(-1)).toMatchObject({
      type: 'task.redriven',
      data: { actor_name: 'default developer', is_input_edited: true },
    })
    const again = await post(`/tasks/${id}/redrive`, {})
    expect(again).toMatchObject({
      status: 409,
      body: { error: { code: 'quarantine.not_quarantined' } },
    })
  })

  test('redrive by filter: dry run → counts and shows, changes nothing; then all of them', async () => {
    for (let n = 0; n < 12; n++) await quarantined(`bulk ${n}`)
    const filter = { q: 'bulk' }
    const rehearsal = await cadre.client.quarantine.redriveMany({ filter, dry_run: true })
    expect(rehearsal).toMatchObject({ dry_run: true, matched: 12, changed: 0, next_cursor: null })
    expect(rehearsal.sample).toHaveLength(10)
    expect((await cadre.client.quarantine.list({ ...filter, limit: 100 })).items).toHaveLength(12)
    expect(await cadre.client.quarantine.redriveMany({ filter })).toMatchObject({
      matched: 12,
      changed: 12,
      skipped: 0,
      next_cursor: null,
    })
    expect((await cadre.client.quarantine.list(filter)).items).toEqual([])
  })

  test('purge by ids → CANCELLED, still to be read, gone from the inbox', async () => {
    const ids = [await quarantined('purged 1'), await quarantined('purged 2')]
    const supervisor = cadre.clientOf(KEYS.supervisor)
    const answer = await supervisor.quarantine.purgeMany({ filter: { ids }, reason: 'known' })
    expect(answer).toMatchObject({ changed: 2 })
    const purged = await cadre.client.tasks.get(ids[0] ?? '')
    expect(purged).toMatchObject({ status: 'CANCELLED', last_error: 'purged 1' })
    expect((await cadre.client.tasks.attempts(ids[0] ?? '')).items).toHaveLength(1)
    expect((await get(`/tasks/${ids[0]}`)).status).toBe(404)
  })

  test('metrics → groups and tasks in quarantine', async () => {
    await quarantined('measured')
    const text = await (await cadre.request('/metrics')).text()
    const tasks = /^cadre_quarantined_tasks (\d+)$/m.exec(text)?.[1]
    const groups = /^cadre_quarantine_groups (\d+)$/m.exec(text)?.[1]
    expect(Number(groups)).toBeGreaterThan(0)
    expect(Number(tasks)).toBeGreaterThanOrEqual(Number(groups))
    expect((await cadre.client.tasks.counts()).quarantined).toBe(Number(tasks))
  })
})

describe('dead letters', () => {
  const bury = async (letter: { headers?: unknown; queue?: string; reason?: string }) => {
    const id = randomUUID()
    await db.query(
      `insert into dead_letters
         (id, tenant_id, queue, headers, reason, deliveries, enqueued_at, died_at)
       select $1, id, $2, $3::json, $4, 4, now(), now() from tenants where name = 'default'`,
      [
        id,
        letter.queue ?? 'tasks.todo',
        JSON.stringify(letter.headers ?? {}),
        letter.reason ?? 'delivered too often',
      ],
    )
    return id
  }

  test('list → where from, why, how often, and what became of the task', async () => {
    const { id: task_id } = await cadre.client.tasks.create({ agent_id: agent.id })
    const first = await bury({ headers: { task_id }, queue: 'tasks.list' })
    const second = await bury({ headers: ['poison'], queue: 'tasks.list', reason: 'not JSON' })
    const { items } = await cadre.client.quarantine.deadLetters({ queue: 'tasks.list' })
    expect(items).toMatchObject([
      { id: second, reason: 'not JSON', task_id: null, headers: { content: ['poison'] } },
      { id: first, task_id, task_status: 'TODO', deliveries: 4, queue: 'tasks.list' },
    ])
    const page = await cadre.client.quarantine.deadLetters({ queue: 'tasks.list', limit: 1 })
    const rest = await cadre.client.quarantine.deadLetters({
      queue: 'tasks.list',
      cursor: page.next_cursor ?? '',
    })
    expect(rest.items.map(({ id }) => id)).toEqual([first])
    expect((await cadre.client.quarantine.deadLetters({ q: 'NOT json' })).items).toHaveLength(1)
    expect((await cadre.clientOf(KEYS.other).quarantine.deadLetters()).items).toEqual([])
  })

  test('redispatch: task waits → its message is sent anew, the letter is gone', async () => {
    const { id: task_id } = await cadre.client.tasks.create({ agent_id: agent.id })
    const letter = await bury({ headers: { task_id } })
    expect(await cadre.client.quarantine.redispatch(letter)).toMatchObject({ id: task_id })
    expect((await post(`/dead-letters/${letter}/redispatch`, {})).status).toBe(404)
    expect(await fail(task_id, 'it runs')).toMatchObject({ status: 'QUARANTINED' })
  })

  test.each(['finished', 'absent'])(
    'redispatch: task %s → 409, the letter stays',
    async (state) => {
      const task = await cadre.client.tasks.create({ agent_id: agent.id })
      await cadre.client.tasks.cancel(task.id)
      const task_id = state === 'finished' ? task.id : randomUUID()
      const letter = await bury({ headers: { task_id }, queue: `tasks.${state}` })
      expect(await post(`/dead-letters/${letter}/redispatch`, {})).toMatchObject({
        status: 409,
        body: { error: { code: 'dead_letter.task_not_waiting' } },
      })
      const { items } = await cadre.client.quarantine.deadLetters({ queue: `tasks.${state}` })
      expect(items).toHaveLength(1)
    },
  )

  test('purge: dry run → counted; then gone, others stay', async () => {
    const [one, two] = [await bury({ queue: 'tasks.purge' }), await bury({ queue: 'tasks.purge' })]
    await bury({ queue: 'tasks.keep' })
    const { quarantine } = cadre.client
    expect(await quarantine.purgeDeadLetters({ queue: 'tasks.purge', dry_run: true })).toEqual({
      dry_run: true,
      matched: 2,
      purged: 0,
    })
    expect(await quarantine.purgeDeadLetters({ ids: [one] })).toMatchObject({ purged: 1 })
    expect(await quarantine.purgeDeadLetters({ queue: 'tasks.purge' })).toMatchObject({ purged: 1 })
    expect((await quarantine.deadLetters({ queue: 'tasks.purge' })).items).toEqual([])
    expect((await quarantine.deadLetters({ queue: 'tasks.keep' })).items).toHaveLength(1)
    expect(two).not.toBe(one)
  })
})

describe('hostile', () => {
  const NOBODY = '00000000-0000-4000-8000-000000000000'

  test.each([
    ['agent', 403, 403, 403],
    ['viewer', 200, 403, 403],
    ['developer', 200, 200, 403],
    ['supervisor', 200, 200, 200],
  ] as const)('role %s: read %i, redrive %i, purge %i', async (role, read, redrive, purge) => {
    const key = role === 'agent' ? agent.key : KEYS[role]
    const [one, two] = [await quarantined(`role ${role}`), await quarantined(`role ${role}`)]
    for (const path of ['/groups', '/tasks', `/tasks/${one}`, '/dead-letters'])
      expect({ path, status: (await get(path, key)).status }).toEqual({ path, status: read })
    const filter = { ids: [NOBODY] }
    expect((await post('/redrive', { filter, dry_run: true }, key)).status).toBe(redrive)
    expect((await post(`/tasks/${one}/redrive`, {}, key)).status).toBe(redrive)
    expect((await post('/purge', { filter, dry_run: true }, key)).status).toBe(purge)
    expect((await post(`/tasks/${two}/purge`, {}, key)).status).toBe(purge)
    expect((await post('/dead-letters/purge', { ids: [NOBODY] }, key)).status).toBe(purge)
  })

  test("another tenant's task → 404, and no filter reaches it", async () => {
    const id = await quarantined('of the default tenant')
    expect((await get(`/tasks/${id}`, KEYS.other)).status).toBe(404)
    expect((await post(`/tasks/${id}/redrive`, {}, KEYS.other)).status).toBe(404)
    expect((await post(`/tasks/${id}/purge`, {}, KEYS.other)).status).toBe(404)
    for (const filter of [{ ids: [id] }, { all: true }, { q: 'default' }, { agent_id: agent.id }]) {
      const answer = await post('/purge', { filter }, KEYS.other)
      expect(answer.body).toMatchObject({ matched: 0, changed: 0 })
    }
    expect((await get(`/tasks/${id}`)).status).toBe(200)
  })

  test.each(['not-an-id', '%00', '1', `${NOBODY}x`, "' or 1=1", 'x'.repeat(5_000)])(
    'id %j → 404',
    async (id) => {
      const path = encodeURIComponent(id)
      expect((await get(`/tasks/${path}`)).status).toBe(404)
      expect((await get(`/groups/${path}`)).status).toBe(404)
      expect((await post(`/tasks/${path}/redrive`, {})).status).toBe(404)
      expect((await post(`/tasks/${path}/purge`, {})).status).toBe(404)
      expect((await post(`/dead-letters/${path}/redispatch`, {})).status).toBe(404)
    },
  )

  test.each<[string, unknown, string]>([
    ['/redrive', {}, 'filter'],
    ['/redrive', { filter: {} }, 'filter'],
    ['/redrive', { filter: { all: false } }, 'filter.all'],
    ['/redrive', { filter: { al: true } }, 'filter.al'],
    ['/redrive', { filter: { ids: [] } }, 'filter.ids'],
    ['/redrive', { filter: { ids: [1] } }, 'filter.ids[0]'],
    ['/redrive', { filter: { ids: Array(1_001).fill(NOBODY) } }, 'filter.ids'],
    ['/redrive', { filter: { fingerprint: "'; drop table" } }, 'filter.fingerprint'],
    ['/redrive', { filter: { category: 'bad luck' } }, 'filter.category'],
    ['/redrive', { filter: { q: 'x'.repeat(201) } }, 'filter.q'],
    ['/redrive', { filter: { q: '\u0000' } }, 'filter.q'],
    ['/redrive', { filter: { quarantined_before: 'yesterday' } }, 'filter.quarantined_before'],
    ['/redrive', { filter: { all: true }, dry_run: 'yes' }, 'dry_run'],
    ['/redrive', { filter: { all: true }, cursor: 'bm90IG9uZQ' }, 'cursor'],
    ['/redrive', { filter: { all: true }, cursor: 'x'.repeat(501) }, 'cursor'],
    ['/redrive', { filter: { all: true }, reset_retries: 1 }, 'reset_retries'],
    ['/purge', { filter: { all: true }, reason: 'x'.repeat(1_001) }, 'reason'],
    ['/purge', { filter: 'all' }, 'filter'],
    [`/tasks/${NOBODY}/redrive`, { input: 1, extra: 2 }, 'extra'],
    [`/tasks/${NOBODY}/purge`, { reason: 1 }, 'reason'],
    ['/dead-letters/purge', {}, 'body'],
    ['/dead-letters/purge', { ids: ['x'] }, 'ids[0]'],
  ])('%s %j → 422 that names %s', async (path, body, field) => {
    const answer = await post(path, body)
    expect(answer.status).toBe(422)
    expect(answer.body.error.details?.map((detail) => detail.field)).toContain(field)
  })

  test.each(['?limit=0', '?limit=101', '?cursor=x', '?category=x', '?nope=1', '?q=%00'])(
    'lists with %s → 422',
    async (query) => {
      expect((await get(`/tasks${query}`)).status).toBe(422)
      expect((await get(`/groups${query}`)).status).toBe(422)
    },
  )

  test.each(['{"input":', '[1,2', '\u0000'])('broken JSON %j → 400', async (text) => {
    expect((await post('/redrive', text)).status).toBe(400)
  })

  test('input that is too large → 413, the task stays in quarantine', async () => {
    const id = await quarantined('too large')
    const answer = await post(`/tasks/${id}/redrive`, { input: 'x'.repeat(2_000_000) })
    expect(answer.status).toBe(413)
    expect((await get(`/tasks/${id}`)).status).toBe(200)
  })

  test('agent that is not there → 404; id of a deleted one → its tasks', async () => {
    expect((await get('/tasks?agent_id=nobody-at-all')).status).toBe(404)
    expect((await get(`/tasks?agent_id=${NOBODY}`)).status).toBe(200)
  })
})
