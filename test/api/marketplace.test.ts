import { readdir } from 'node:fs/promises'
import type { Client, PublishItem } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { command } from '../../src/executors/wasm/testing/wat.ts'
import { agentForm, publishWasm } from '../support/agent-forms.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const KEYS = { developer: 'key-of-a-developer', viewer: 'key-of-a-viewer', other: 'key-of-others' }
let cadre: RunningCadre
let other: Client

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: [
        { tenant: 'default', role: 'developer', key: KEYS.developer },
        { tenant: 'default', role: 'viewer', key: KEYS.viewer },
        { tenant: 'others', role: 'admin', key: KEYS.other },
      ],
    },
  )
  other = cadre.clientOf(KEYS.other)
})
afterAll(async () => {
  await cadre.stop()
})

const item = (name: string, fields: Partial<PublishItem> = {}): PublishItem => ({
  item_type: 'agent',
  name,
  version: '1.0.0',
  ...fields,
})
const post = async (body: object, key?: string) => {
  const response = await cadre.request('/api/v1/marketplace', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: key === '' ? '' : `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as {
    error?: { code: string; details: { field: string }[] }
  }
  return {
    status: response.status,
    code: answer.error?.code,
    field: answer.error?.details?.[0]?.field,
  }
}
/** What admission came to. */
const decided = async (name: string, version = '1.0.0', client: Client = cadre.client) => {
  for (;;) {
    const found = await client.marketplace.version(name, version)
    if (found.state !== 'checking') return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const published = async (
  name: string,
  fields: Partial<PublishItem> = {},
  client = cadre.client,
) => {
  await publishWasm(client, name, ECHO)
  await client.marketplace.publish(item(name, fields))
  return decided(name, '1.0.0', client)
}

describe('publish', () => {
  test('publish: nobody → 401; viewer and developer → 403', async () => {
    expect((await post(item('who'), '')).status).toBe(401)
    expect((await post(item('who'), KEYS.viewer)).status).toBe(403)
    expect((await post(item('who'), KEYS.developer)).status).toBe(403)
  })

  test('publish: an agent with everything → approved, measured, listed as it was given', async () => {
    const form = agentForm(
      { name: 'polyglot', version: '1.0.0', capabilities: '["text.echo"]', price: '0.25' },
      ECHO,
    )
    await cadre.client.agents.publish(form)
    const given = {
      itemType: 'agent',
      name: 'polyglot',
      version: '1.0.0',
      description: 'Says again what it hears',
      readme: '# Polyglot\n\nUseful for parrots.',
      changelog: 'First.',
      license: 'MIT OR Apache-2.0',
      tags: ['Text', 'echo', 'echo'],
      inputSchema: { type: 'object', required: ['a'] },
      examples: [{ title: 'One', input: { a: 1 }, output: { a: 1 } }],
    }
    expect((await post(given)).status).toBe(201)
    const version = await decided('polyglot')
    expect(version).toMatchObject({
      state: 'approved',
      publisher: 'default',
      tags: ['text', 'echo'],
      capabilities: ['text.echo'],
      permissions: ['input', 'output'],
      price: '0.250000',
      licence: 'MIT OR Apache-2.0',
      artefact: { kind: 'wasm', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
      measurements: [
        {
          example: 'One',
          outcome: 'exit',
          output: '{"a":1}',
          output_bytes: 7,
          memory_bytes: 65_536,
        },
      ],
    })
    const found = await cadre.client.marketplace.search({ q: 'parrots' })
    expect(found).toMatchObject({ total: 1, items: [{ name: 'polyglot', version: '1.0.0' }] })
    expect(await other.marketplace.get('polyglot')).toMatchObject({
      name: 'polyglot',
      reputation: [{ days: 7 }, { days: 30 }, { days: 90, success_rate: null }],
    })
  })

  test('publish: a workflow → approved with what its steps ask for', async () => {
    const source =
      'name: echo-flow\nversion: 1.0.0\ndescription: Echoes\nsteps:\n  say:\n    agent: polyglot\n'
    await cadre.client.workflows.publish({ source })
    await cadre.client.marketplace.publish(item('echo-flow', { item_type: 'workflow' }))
    expect(await decided('echo-flow')).toMatchObject({
      state: 'approved',
      description: 'Echoes',
      permissions: ['agent:polyglot'],
    })
  })

  test.each<[string, object]>([
    ['name', { name: 'Not A Name' }],
    ['name', { name: 'wörd-count' }],
    ['name', { name: 'w\u043erd-count' }],
    ['version', { version: '1.0' }],
    ['version', { version: 'v1.0.0' }],
    ['item_type', { item_type: 'model' }],
    ['publisher', { publisher: 'somebody else' }],
    ['licence', { licence: 'Do What You Like' }],
    ['readme', { readme: 'x'.repeat(65_537) }],
    ['tags[0]', { tags: ['two words'] }],
    ['tags', { tags: Array.from({ length: 17 }, (_, n) => `t${n}`) }],
    ['price', { price: -1 }],
    ['icon', { icon: '<svg xmlns="http://www.w3.org/2000/svg"/>' }],
    ['icon', { icon: Buffer.from('GIF89a').toString('base64') }],
    ['input_schema.type', { input_schema: { type: 'nothing' } }],
    ['input_schema.$ref', { input_schema: { $ref: '#/$defs/none' } }],
    [
      'examples[0].input',
      { input_schema: { type: 'string' }, examples: [{ title: 'x', input: 1 }] },
    ],
    [
      'examples[0].output',
      { output_schema: { type: 'string' }, examples: [{ title: 'x', input: 1, output: 2 }] },
    ],
    ['capabilities[0]', { capabilities: ['Not One'] }],
  ])('publish: bad %s → 422 naming it', async (field, fields) => {
    expect(await post({ ...item('refused'), ...fields })).toMatchObject({ status: 422, field })
  })

  test('publish: the same version again, or one that was deleted → 409', async () => {
    await published('once-only')
    expect(await post(item('once-only'))).toMatchObject({
      status: 409,
      code: 'marketplace.version_exists',
    })
    await cadre.client.marketplace.remove('once-only', '1.0.0')
    await expect(cadre.client.marketplace.get('once-only')).rejects.toMatchObject({ status: 404 })
    expect((await post(item('once-only'))).status).toBe(409)
  })

  test('publish: 200 clients at once → one 201, 199 × 409', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => post(item('contested', { version: '2.0.0' }))),
    )
    const statuses = Map.groupBy(answers, ({ status }) => status)
    expect([statuses.get(201)?.length, statuses.get(409)?.length]).toEqual([1, 199])
  })

  test.each<[string, string, number, string]>([
    ['official', 'a reserved name', 422, 'marketplace.name_reserved'],
    ['cadre-tools', 'the platform’s prefix', 422, 'marketplace.name_reserved'],
    ['ca-dre-x', 'the prefix with a hyphen', 422, 'marketplace.name_reserved'],
    ['known-agent', 'another publisher’s name', 409, 'marketplace.name_taken'],
    ['knownagent', 'without its hyphen', 422, 'marketplace.name_confusing'],
    ['known-agemt', 'a letter changed', 422, 'marketplace.name_confusing'],
    ['known-aegnt', 'two letters swapped', 422, 'marketplace.name_confusing'],
    ['known-agents', 'a letter more', 422, 'marketplace.name_confusing'],
    ['kn0wn-agent', 'a digit like a letter', 422, 'marketplace.name_confusing'],
  ])('publish: %s, %s → refused', async (name, _why, status, code) => {
    if ((await post(item('known-agent'))).status !== 409) await decided('known-agent')
    expect(await post(item(name), KEYS.other)).toMatchObject({ status, code, field: 'name' })
  })
})

test('the calls of a client, as they are written → list, search, statistics, execution, results', async () => {
  const examples = [{ title: 'One', input: 'x' }]
  for (const name of ['written-one', 'written-two'])
    await published(name, { tags: ['written', 'both'], examples })
  await published('written-other', { tags: ['written'] })
  const get = async (path: string, init?: RequestInit) => {
    const response = await cadre.request(`/api/v1${path}`, init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const list = 'type=agent&tags=written,both&page=2&limit=1&sortBy=createdAt&sortOrder=asc'
  expect((await get(`/marketplace?${list}`)).body).toMatchObject({
    items: [{ name: 'written-two', item_type: 'agent' }],
    total: 2,
    page: 2,
    limit: 1,
  })
  expect((await get('/marketplace?type=workflow&tags=written')).body).toMatchObject({ total: 0 })
  expect((await get('/agents/search?q=written-one')).body).toMatchObject({
    agents: [{ name: 'written-one' }],
    total: 1,
    query: 'written-one',
  })
  const { id } = await cadre.client.agents.get('written-one')
  const executed = await get('/tasks/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agentId: id, input: 'said' }),
  })
  expect(executed).toMatchObject({ status: 200, body: { stdout: 'said', exit_code: 0 } })
  const taskId = String(executed.body['task_id'])
  expect((await get(`/tasks/${taskId}/results`)).body).toEqual(executed.body)
  expect((await get(`/tasks/results?agent_id=${id}&limit=5&offset=0`)).body).toMatchObject({
    results: [{ task_id: taskId, stdout: 'said' }],
    count: 1,
    limit: 5,
    offset: 0,
  })
  expect((await get(`/agents/${id}/stats`)).body).toMatchObject({ attempts: 1, success_rate: 1 })
})

describe('hostile texts', () => {
  test('U+0000 and lone surrogates in examples, names of prototypes as tags → kept as they are', async () => {
    const input = { text: 'a\u0000b', half: '\ud800', ['__proto__']: 1 }
    const body = JSON.stringify({
      ...item('hostile-texts'),
      tags: ['constructor', 'ﬁne', 'C++'],
      examples: [{ title: 'Odd', input }],
    })
    await publishWasm(cadre.client, 'hostile-texts', ECHO)
    const answer = await cadre.request('/api/v1/marketplace', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(answer.status).toBe(201)
    const version = await decided('hostile-texts')
    expect(version.state).toBe('approved')
    expect(version.tags).toEqual(['constructor', 'fine', 'c++'])
    expect((await cadre.client.marketplace.search({ tags: 'c++' })).total).toBe(1)
  })

  test('a README of nothing but markup and long words → found by nothing, and no fault', async () => {
    const readme = `${'<script>alert(1)</script>'.repeat(100)} ${'x'.repeat(5_000)} \u202e`
    const { readme: kept, state } = await published('odd-readme', { readme })
    expect([kept, state]).toEqual([readme, 'approved'])
  })
})

test('agent deleted → what is listed of it keeps its binary', async () => {
  const binary = exiting(0)
  const { id, binary_sha256: sha256 } = await publishWasm(cadre.client, 'outlived', binary)
  await cadre.client.marketplace.publish(item('outlived'))
  expect((await decided('outlived')).state).toBe('approved')
  await cadre.client.agents.remove(id)
  const files = await readdir(cadre.dataDirectory, { recursive: true })
  expect(files.filter((path) => path.includes(sha256 ?? ''))).not.toEqual([])
})

describe('admission', () => {
  test('no agent of this name → held with what to do; published and checked again → approved', async () => {
    await cadre.client.marketplace.publish(item('comes-later'))
    const held = await decided('comes-later')
    expect(held).toMatchObject({
      state: 'held',
      state_reason: expect.stringContaining('POST /agents') as unknown,
    })
    await expect(cadre.client.marketplace.approve(held.id)).rejects.toMatchObject({ status: 409 })
    await publishWasm(cadre.client, 'comes-later', ECHO)
    await cadre.client.marketplace.checkAgain('comes-later', '1.0.0')
    expect((await decided('comes-later')).state).toBe('approved')
  })

  test('an example that fails → rejected with what it said', async () => {
    await publishWasm(cadre.client, 'breaks', exiting(3))
    const examples = [{ title: 'Try', input: 'x' }]
    await cadre.client.marketplace.publish(item('breaks', { examples }))
    const rejected = await decided('breaks')
    expect(rejected.state).toBe('rejected')
    expect(rejected.state_reason).toBe('The example "Try" ended with exit code 3: oops')
    const found = await cadre.client.marketplace.search({ status: 'rejected', limit: 100 })
    expect(found.items.map(({ name }) => name)).toContain('breaks')
    expect(found.total).toBe(found.items.length)
    expect((await other.marketplace.search({ status: 'rejected' })).total).toBe(0)
  })

  test('an example that answers something else → rejected', async () => {
    const examples = [{ title: 'Sum', input: { a: 1 }, output: { a: 2 } }]
    const { state, state_reason } = await published('miscounts', { examples })
    expect([state, state_reason]).toEqual([
      'rejected',
      'The example "Sum" answers something else than it is said to.',
    ])
  })

  test('a secret in the README → rejected, and it says where', async () => {
    const readme = `Use ghp_${'a1B2'.repeat(9)} to begin.`
    const { state, state_reason } = await published('leaks', { readme })
    expect(state).toBe('rejected')
    expect(state_reason).toMatch(/token of GitHub in readme/)
  })

  test('a version that asks for more → held, shown in the diff, decided by a reviewer', async () => {
    await published('grows')
    await cadre.client.agents.publish(agentForm({ name: 'grows', version: '1.1.0' }, CLOCK))
    await cadre.client.marketplace.publish(item('grows', { version: '1.1.0', price: '0.5' }))
    const held = await decided('grows', '1.1.0')
    expect(held.state_reason).toBe('Asks for more than 1.0.0: clock. A reviewer decides.')
    expect((await other.marketplace.get('grows')).version).toBe('1.0.0')
    await expect(other.marketplace.version('grows', '1.1.0')).rejects.toMatchObject({ status: 404 })
    await expect(other.marketplace.reviews()).rejects.toMatchObject({ status: 403 })
    const queue = await cadre.client.marketplace.reviews()
    expect(queue.items.map(({ name, version }) => `${name} ${version}`)).toContain('grows 1.1.0')
    const approved = await cadre.client.marketplace.approve(held.id, {
      reason: 'It needs the time',
    })
    expect(approved).toMatchObject({ state: 'approved', decided_by: expect.any(String) as unknown })
    expect((await other.marketplace.get('grows')).version).toBe('1.1.0')
    expect(await other.marketplace.diff('grows', { from: '1.0.0', to: '1.1.0' })).toMatchObject({
      is_widening: true,
      permissions: { added: ['clock'] },
      price: { from: '0.000000', to: '0.500000' },
      licence: null,
    })
    await expect(cadre.client.marketplace.reject(held.id, { reason: 'x' })).rejects.toMatchObject({
      code: 'marketplace.not_held',
    })
  })
})

/** Does nothing, but asks for the time. */
const CLOCK = command('', ['clock_time_get'])

describe('states', () => {
  test('deprecate, yank, restore → shown with message and time; a yanked version is found by its number only', async () => {
    await published('ages', { tags: ['ageing'] })
    const { marketplace } = cadre.client
    await expect(marketplace.change('ages', '1.0.0', { status: 'yanked' })).rejects.toMatchObject({
      status: 422,
    })
    const deprecated = await marketplace.change('ages', '1.0.0', {
      status: 'deprecated',
      message: 'Use another one',
    })
    expect(deprecated).toMatchObject({
      status: 'deprecated',
      status_message: 'Use another one',
      status_at: expect.any(String) as unknown,
    })
    const listed = await other.marketplace.search({ tags: 'ageing' })
    expect(listed.items).toMatchObject([{ name: 'ages', status: 'deprecated' }])
    await marketplace.change('ages', '1.0.0', { status: 'yanked', message: 'It loses data' })
    expect((await other.marketplace.search({ tags: 'ageing' })).total).toBe(0)
    expect((await other.marketplace.version('ages', '1.0.0')).status).toBe('yanked')
    await marketplace.change('ages', '1.0.0', { status: 'active' })
    expect((await other.marketplace.search({ tags: 'ageing' })).total).toBe(1)
    await expect(
      other.marketplace.change('ages', '1.0.0', { status: 'active' }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(other.marketplace.remove('ages', '1.0.0')).rejects.toMatchObject({ status: 404 })
  })
})

test('embedded start with demonstration agents → offered in the marketplace, each tried', async () => {
  const demonstration = await startCadre()
  try {
    const offered = () =>
      demonstration.client.marketplace.search({ tags: 'demonstration', limit: 100 })
    await expect.poll(async () => (await offered()).total, { timeout: 30_000 }).toBe(15)
    const found = await demonstration.client.marketplace.search({ q: 'wrod cuont' })
    expect(found.items[0]?.name).toBe('word-count')
    const { measurements, artefact, readme } =
      await demonstration.client.marketplace.get('word-count')
    expect(measurements.map(({ outcome }) => outcome)).toEqual(['exit', 'exit'])
    expect(artefact?.kind).toBe('wasm')
    expect(readme).toContain('# word-count')
  } finally {
    await demonstration.stop()
  }
})

describe('container images', () => {
  const image = `registry.example.com/team/translator@sha256:${'ab'.repeat(32)}`

  test('publish: an image pinned by its digest → approved without an agent, and said to be not run', async () => {
    await cadre.client.marketplace.publish(
      item('translator-image', { image, examples: [{ title: 'One', input: 'bonjour' }] }),
    )
    const version = await decided('translator-image')
    expect(version).toMatchObject({
      state: 'approved',
      permissions: ['image', 'outside'],
      artefact: { kind: 'image', image, sha256: 'ab'.repeat(32), bytes: null },
      measurements: [],
    })
    const said = version.findings.map(({ message }) => message).join('\n')
    expect(said).toContain(`Names the image ${image}. It was not fetched`)
    expect(said).toContain('A container image is not run here')
    expect((await other.marketplace.get('translator-image')).artefact).toMatchObject({ image })
    const { payload } = await other.marketplace.release('translator-image', '1.0.0')
    expect(JSON.parse(payload)).toMatchObject({
      artefact: { kind: 'image', image, sha256: 'ab'.repeat(32), bytes: null },
    })
  })

  test('publish: a tag, no digest, an image of a workflow → 422 for image', async () => {
    for (const wrong of ['registry.example.com/a:1', 'registry.example.com/a', `team/a@${image}`])
      expect(await post(item('never-image', { image: wrong }))).toMatchObject({
        status: 422,
        field: 'image',
      })
    expect(await post(item('never-image', { image, item_type: 'workflow' }))).toMatchObject({
      status: 422,
      field: 'image',
    })
  })

  test('publish: a program that becomes an image → held, since it asks for more', async () => {
    await published('soon-an-image')
    await cadre.client.marketplace.publish(item('soon-an-image', { version: '1.1.0', image }))
    expect(await decided('soon-an-image', '1.1.0')).toMatchObject({
      state: 'held',
      state_reason: expect.stringContaining('image, outside') as unknown,
    })
    expect(
      await cadre.client.marketplace.diff('soon-an-image', { from: '1.0.0', to: '1.1.0' }),
    ).toMatchObject({ image: { from: null, to: image } })
  })
})

test('publications: one’s own in a state, page by page, yanked ones too; nobody else’s', async () => {
  for (const name of ['own-first', 'own-second']) {
    await publishWasm(cadre.client, name, ECHO)
    await cadre.client.marketplace.publish(item(name))
    await decided(name)
  }
  const gone = { status: 'yanked', message: 'It is wrong.' } as const
  await cadre.client.marketplace.change('own-second', '1.0.0', gone)
  await other.marketplace.publish(item('of-others'))
  await decided('of-others', '1.0.0', other)
  const first = await cadre.client.marketplace.publications({ limit: 1 })
  expect(first.items).toMatchObject([{ name: 'own-second', status: 'yanked' }])
  const cursor = first.next_cursor ?? ''
  const second = await cadre.client.marketplace.publications({ limit: 1, cursor })
  expect(second.items).toMatchObject([{ name: 'own-first', status: 'active' }])
  const held = (await cadre.client.marketplace.publications({ state: 'held' })).items
  expect(held.map(({ name }) => name)).not.toContain('of-others')
})

test('icon: the picture as a PNG that no page makes anything else of; none → 404', async () => {
  const icon =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  for (const [name, fields] of [
    ['with-icon', { icon }],
    ['without-icon', {}],
  ] as const) {
    await publishWasm(cadre.client, name, ECHO)
    await cadre.client.marketplace.publish(item(name, fields))
    await decided(name)
  }
  const found = await cadre.request('/api/v1/marketplace/with-icon/icon')
  expect(Object.fromEntries(found.headers)).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
  expect(Buffer.from(await found.arrayBuffer()).toString('base64')).toBe(icon)
  expect((await cadre.request('/api/v1/marketplace/without-icon/icon')).status).toBe(404)
})
