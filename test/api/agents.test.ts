import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent, AgentStats, ErrorBody, List, PublishedAgent } from '@cadre/contract'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { wat } from '../../src/executors/wasm/testing/wat.ts'
import { agentForm, publishWasm, registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
})
afterAll(() => cadre.stop())

const upload = async (form: FormData, prefix = '/api/v1') => {
  const response = await cadre.request(`${prefix}/agents`, { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as PublishedAgent & ErrorBody }
}
const get = async <Body>(path: string) => {
  const response = await cadre.request(path)
  return { status: response.status, body: (await response.json()) as Body & ErrorBody }
}
const storedFiles = async () => {
  const entries = await readdir(join(cadre.dataDirectory, 'blobs'), {
    recursive: true,
    withFileTypes: true,
  })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe('publish', () => {
  test.each(['/api/v1', '/api'])(
    'publish: form in order under %s → 201 with the record',
    async (prefix) => {
      const name = `published${prefix.replaceAll('/', '-')}`
      const { status, body } = await upload(
        agentForm(
          {
            name,
            version: '1.2.3',
            description: 'Says what it hears',
            capabilities: '["text.echo","demo"]',
            price: '0.005',
          },
          ECHO,
        ),
        prefix,
      )
      const sha256 = createHash('sha256').update(ECHO).digest('hex')
      expect(status).toBe(201)
      expect(body).toMatchObject({
        name,
        version: '1.2.3',
        description: 'Says what it hears',
        owner: 'administrator',
        runtime: 'wasm',
        capabilities: ['text.echo', 'demo'],
        status: 'IDLE',
        enabled: true,
        price: '0.005000',
        binary_sha256: sha256,
        binary_bytes: ECHO.length,
        tasks_completed: 0,
        rating: null,
        last_error: null,
      })
      expect(body).not.toHaveProperty('key')
      const binary = await cadre.request(body.binary_url ?? '')
      expect(binary.headers.get('content-type')).toBe('application/wasm')
      expect(Buffer.from(await binary.arrayBuffer())).toEqual(Buffer.from(ECHO))
      expect(await storedFiles()).toContain(sha256)
    },
  )

  test('publish: the same name and version again → 409 names the version, and nothing stays', async () => {
    await publishWasm(cadre.client, 'once-only', ECHO)
    const before = await storedFiles()
    const { status, body } = await upload(
      agentForm({ name: 'once-only', version: '1.0.0' }, exiting(9)),
    )
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'agent.version_exists' })
    expect(body.error.details?.[0]?.field).toBe('version')
    expect(await storedFiles()).toEqual(before)
  })

  test('publish: a greater version → the name means it', async () => {
    for (const version of ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1'])
      await upload(agentForm({ name: 'grows', version }, ECHO))
    expect((await cadre.client.agents.get('grows')).version).toBe('2.0.0-rc.1')
    await upload(agentForm({ name: 'grows', version: '2.0.0' }, ECHO))
    expect((await cadre.client.agents.get('grows')).version).toBe('2.0.0')
  })

  test.each<[string, Record<string, string>, string]>([
    ['no name', { version: '1.0.0' }, 'name'],
    ['a name with a slash', { name: '../etc/passwd' }, 'name'],
    ['a name in capitals', { name: 'Echo' }, 'name'],
    ['a version that is none', { name: 'x', version: '1.0' }, 'version'],
    ['a version with an empty identifier', { name: 'x', version: '1.0.0-a..b' }, 'version'],
    ['a version with a padded number', { name: 'x', version: '1.0.0-01' }, 'version'],
    [
      'a version past the greatest number',
      { name: 'x', version: '99999999999999999999.0.0' },
      'version',
    ],
    ['capabilities that are no JSON', { name: 'x', capabilities: 'a,b' }, 'capabilities'],
    ['capabilities that are no array', { name: 'x', capabilities: '"a"' }, 'capabilities'],
    ['a capability with a space', { name: 'x', capabilities: '["a b"]' }, 'capabilities[0]'],
    ['a price below zero', { name: 'x', price: '-1' }, 'price'],
    ['a price in words', { name: 'x', price: 'free' }, 'price'],
    ['an unknown field', { name: 'x', owner: 'somebody' }, 'owner'],
  ])('publish: %s → 422 names the field, and nothing stays', async (_case, fields, field) => {
    const before = await storedFiles()
    const { status, body } = await upload(agentForm(fields, exiting(8)))
    expect(status).toBe(422)
    expect(body.error.details?.map((detail) => detail.field)).toContain(field)
    expect(await storedFiles()).toEqual(before)
  })

  test.each<[string, Uint8Array]>([
    ['no module', new TextEncoder().encode('MZ this is not WebAssembly')],
    ['nothing', new Uint8Array()],
    ['a cut module', ECHO.slice(0, ECHO.length - 20)],
    ['no _start', wat('(module (memory (export "memory") 1))')],
    [
      'an unknown import',
      wat(
        '(module (import "env" "system" (func)) (memory (export "memory") 1) (func (export "_start")))',
      ),
    ],
    ['too much memory', wat('(module (memory (export "memory") 60000) (func (export "_start")))')],
  ])('publish: %s → 422 says what is wrong with the binary', async (_case, binary) => {
    const before = await storedFiles()
    const { status, body } = await upload(agentForm({ name: 'refused', version: '1.0.0' }, binary))
    expect(status).toBe(422)
    expect(body.error.code).toMatch(/^module\.[a-z_]+$/)
    expect(body.error.details?.[0]?.field).toBe('binary')
    expect(await storedFiles()).toEqual(before)
  })

  test('publish: no binary → 400', async () => {
    const form = new FormData()
    form.append('name', 'no-binary')
    expect(await upload(form)).toMatchObject({
      status: 400,
      body: { error: { code: 'upload.malformed' } },
    })
  })
})

describe('register', () => {
  test('register: remote agent → 201 and its key, once', async () => {
    const agent = await cadre.client.agents.register({
      name: 'remote-one',
      runtime: 'remote',
      capabilities: ['far.away'],
      price: 0.01,
    })
    expect(agent).toMatchObject({
      runtime: 'remote',
      price: '0.010000',
      binary_url: null,
      binary_sha256: null,
      key: expect.stringMatching(/^cadre_/),
    })
    expect(await cadre.clientOf(agent.key).session.whoAmI()).toMatchObject({
      kind: 'agent',
      role: 'agent',
      principal_id: agent.id,
    })
    expect(await cadre.client.agents.get(agent.id)).not.toHaveProperty('key')
    expect(JSON.stringify(await cadre.client.agents.list())).not.toContain(agent.key)
  })

  test('register: new key → the old one ends at once', async () => {
    const { id, key } = await registerRemote(cadre.client, 'rekeyed')
    await cadre.clientOf(key).session.whoAmI()
    const next = await cadre.client.agents.newKey(id)
    await cadre.clientOf(next.key).session.whoAmI()
    await expect(cadre.clientOf(key).session.whoAmI()).rejects.toMatchObject({ status: 401 })
  })

  test('register: JSON with another runtime → 422', async () => {
    const response = await cadre.request('/api/v1/agents', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"x","runtime":"wasm"}',
    })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ error: { details: [{ field: 'runtime' }] } })
  })
})

describe('find', () => {
  test('list: pages by name → each agent once, and the total', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    let total = 0
    while (cursor !== null) {
      const { body }: { body: List<Agent> & { total: number } } = await get<
        List<Agent> & { total: number }
      >(`/api/v1/agents?limit=3${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...body.items.map((agent) => `${agent.name} ${agent.id}`))
      cursor = body.next_cursor
      total = body.total
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(total)
    expect(seen).toEqual(seen.toSorted())
  })

  test.each([
    'limit=0',
    'limit=101',
    'sort_by=price',
    'runtime=native',
    'enabled=perhaps',
    'cursor=x',
    'q=x',
  ])('list: %s → 422', async (query) => {
    expect((await get(`/api/v1/agents?${query}`)).status).toBe(422)
  })

  test('list: filters → only those', async () => {
    const { body } = await get<{ items: Agent[] }>(
      '/api/v1/agents?runtime=remote&capability=far.away',
    )
    expect(body.items.map((agent) => agent.name)).toEqual(['remote-one'])
  })

  test('search: → {agents, total, query}', async () => {
    const { status, body } = await get<{ agents: Agent[]; total: number; query: string }>(
      '/api/agents/search?q=remote',
    )
    expect(status).toBe(200)
    expect(Object.keys(body).toSorted()).toEqual(['agents', 'query', 'total'])
    expect(body.query).toBe('remote')
    expect(body.agents[0]?.name).toBe('remote-one')
    expect(body.total).toBeGreaterThanOrEqual(1)
  })

  test.each(['remtoe one', 'remotee', 'one remote'])('search: %s → the agent meant', async (q) => {
    const { body } = await get<{ agents: Agent[] }>(
      `/api/v1/agents/search?q=${encodeURIComponent(q)}`,
    )
    expect(body.agents[0]?.name).toBe('remote-one')
  })

  test.each(['%25', '_', "'; drop table agents; --", '\\', '100%'])(
    'search: %s is text, not a pattern → nothing',
    async (q) => {
      const { status, body } = await get<{ total: number; query: string }>(
        `/api/v1/agents/search?q=${encodeURIComponent(q)}`,
      )
      expect({ status, total: body.total, query: body.query }).toEqual({
        status: 200,
        total: 0,
        query: q,
      })
    },
  )

  test('details: unknown id or name → 404', async () => {
    for (const id of ['nobody', '00000000-0000-4000-8000-000000000000'])
      expect(await get(`/api/v1/agents/${id}`)).toMatchObject({
        status: 404,
        body: { error: { code: 'agent.not_found' } },
      })
  })
})

describe('life', () => {
  test('stats: only executed attempts count', async () => {
    const { id } = await registerRemote(cadre.client, 'measured')
    const before = await get<AgentStats>(`/api/v1/agents/${id}/stats`)
    expect(before.body).toMatchObject({
      agent_id: id,
      tasks_completed: 0,
      attempts: 0,
      success_rate: null,
      quarantine_rate: null,
      latency_ms: { mean: null, p50: null, p95: null, p99: null },
    })
    const done = async (cost: string) => {
      const task = await cadre.client.tasks.create({ agent_id: id })
      await cadre.client.tasks.updateStatus(task.id, { agent_id: id, new_status: 'DONE', cost })
    }
    await done('0.10')
    await done('0.20')
    await done('0.30')
    const failing = await cadre.client.tasks.create({ agent_id: id, max_retries: 1 })
    await cadre.client.tasks.updateStatus(failing.id, { agent_id: id, new_status: 'IN_PROGRESS' })
    await cadre.client.tasks.reportFailure(failing.id, { agent_id: id, error_message: 'no' })
    await cadre.client.tasks.create({ agent_id: id })
    const { body } = await get<AgentStats>(`/api/v1/agents/${id}/stats`)
    expect(body).toMatchObject({
      tasks_completed: 3,
      attempts: 4,
      attempts_failed: 1,
      success_rate: 0.75,
      quarantined: 1,
      quarantine_rate: 0.25,
      total_cost: '0.600000',
      last_seen_at: expect.any(String),
    })
    expect(body.latency_ms.p95).toEqual(expect.any(Number))
    expect((await cadre.client.agents.get(id)).tasks_completed).toBe(3)
  })

  test('disable: its tasks wait; enable: they can be claimed', async () => {
    const { id } = await registerRemote(cadre.client, 'pausing')
    expect(await cadre.client.agents.disable(id)).toMatchObject({
      status: 'DISABLED',
      enabled: false,
    })
    const task = await cadre.client.tasks.create({ agent_id: id })
    expect(task.waiting?.reason).toBe('agent_disabled')
    const claim = () =>
      cadre.client.tasks.updateStatus(task.id, { agent_id: id, new_status: 'IN_PROGRESS' })
    await expect(claim()).rejects.toMatchObject({ status: 409, code: 'agent.disabled' })
    expect(await cadre.client.agents.enable(id)).toMatchObject({ status: 'IDLE', enabled: true })
    expect(await claim()).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('delete: busy → 409; idle → 204, then 404, its key ends, its file goes', async () => {
    const { id, key } = await registerRemote(cadre.client, 'leaving')
    const task = await cadre.client.tasks.create({ agent_id: id })
    await expect(cadre.client.agents.remove(id)).rejects.toMatchObject({
      status: 409,
      code: 'agent.busy',
    })
    expect((await cadre.client.agents.get(id)).enabled).toBe(true)
    await cadre.client.tasks.cancel(task.id)
    await cadre.client.agents.remove(id)
    await expect(cadre.client.agents.get(id)).rejects.toMatchObject({ status: 404 })
    await expect(cadre.clientOf(key).session.whoAmI()).rejects.toMatchObject({ status: 401 })
    const wasm = await publishWasm(cadre.client, 'leaving-file', exiting(21))
    expect(await storedFiles()).toContain(wasm.binary_sha256)
    await cadre.client.agents.remove(wasm.id)
    expect(await storedFiles()).not.toContain(wasm.binary_sha256)
    const again = await upload(agentForm({ name: 'leaving-file', version: '1.0.0' }, exiting(21)))
    expect(again.status).toBe(409)
  })
})
