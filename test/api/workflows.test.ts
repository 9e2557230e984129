import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorBody, PublishedWorkflow, WorkflowReport } from '@cadre/contract'
import { documentOf } from '../../src/features/workflows/definition-view.ts'
import { BROKEN_DEFINITIONS } from '../../src/features/workflows/testing/broken-definitions.ts'
import { definitions } from '../../src/features/workflows/testing/random-definitions.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { watchService } from '../support/latency-probe.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let count = 0

const keyOf = (name: string) => `key-of-the-workflow-tests-${name}`

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(['viewer', 'developer', 'supervisor', 'agent'], keyOf),
    },
  )
  await registerRemote(cadre.client, 'stock', ['storage'])
})
afterAll(async () => {
  await cadre.stop()
})

const newName = (): string => `flow-${(count += 1)}`
const yaml = (name: string, version = '1.0.0', more = ''): string =>
  `# How orders are handled\nname: ${name}\nversion: ${version}\n${more}steps:\n  reserve: { agent: stock }\n  pay: { capability: storage, needs: reserve }\n`

type Answer = PublishedWorkflow & WorkflowReport & ErrorBody
const post = async (path: string, body: string, type: string, key = cadre.key) => {
  const response = await cadre.request(`/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${key}` },
    body,
  })
  return { status: response.status, body: (await response.json()) as Answer }
}
const publish = async (name: string, version?: string, more?: string) => {
  const answer = await post('/workflows', yaml(name, version, more), 'application/yaml')
  expect([answer.status, answer.body.error]).toEqual([201, undefined])
  return answer.body
}

describe('publish', () => {
  test('YAML → 201 with source, summary and the definition with its defaults', async () => {
    const name = newName()
    const { body } = await post('/workflows', yaml(name), 'application/yaml')
    expect(body).toMatchObject({
      name,
      version: '1.0.0',
      step_count: 2,
      is_saga: false,
      owner: 'administrator',
      source: yaml(name),
      source_format: 'yaml',
      warnings: [],
      definition: {
        name,
        steps: {
          reserve: { agent: 'stock', needs: [], priority: 'medium', on_failure: 'fail' },
          pay: { capability: 'storage', needs: ['reserve'] },
        },
      },
    })
    expect(await cadre.client.workflows.get(name)).toEqual(without(body, 'warnings'))
    const source = await cadre.request(`/api/v1/workflows/${name}/source`)
    expect(source.headers.get('content-type')).toBe('application/yaml')
    expect(await source.text()).toBe(yaml(name))
  })

  test.each(['application/yaml; charset=utf-8', 'text/yaml', 'application/x-yaml', 'Text/X-YAML'])(
    'content-type %s → taken as YAML',
    async (type) => {
      expect((await post('/workflows', yaml(newName()), type)).status).toBe(201)
    },
  )

  test('JSON, as it is and within a form → the same definition', async () => {
    const [name, other] = [newName(), newName()]
    const document = { name, version: '1.0.0', steps: { reserve: { agent: 'stock' } } }
    const plain = await post('/workflows', JSON.stringify(document), 'application/json')
    expect(plain).toMatchObject({ status: 201, body: { name, source_format: 'json' } })
    const text = JSON.stringify({ ...document, name: other }, null, 2)
    const form = await cadre.client.workflows.publish({ source: text })
    expect(form).toMatchObject({ name: other, source: text, source_format: 'json' })
    expect(form.definition.steps).toEqual(plain.body.definition.steps)
    const typed = await cadre.client.workflows.publish({ ...document, name: newName() })
    expect(typed.definition.steps).toEqual(plain.body.definition.steps)
  })

  test('the same version again → 409, which says whether its content is the same', async () => {
    const name = newName()
    await publish(name)
    const same = await post('/workflows', `${yaml(name)}# the end\n`, 'application/yaml')
    expect(same).toMatchObject({
      status: 409,
      body: { error: { code: 'workflow.version_exists' } },
    })
    expect(same.body.error.message).toContain('says the same')
    const other = await post('/workflows', yaml(name, '1.0.0', 'tags: [new]\n'), 'text/yaml')
    expect(other.status).toBe(409)
    expect(other.body.error.message).toContain('with other content')
  })

  test('20 at once of one version → one is published', async () => {
    const name = newName()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/workflows', yaml(name), 'application/yaml')),
    )
    const statuses = answers.map(({ status }) => status).toSorted((left, right) => left - right)
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)])
  })

  test('broken definitions → 422 with every problem, its path, line and column', async () => {
    const { status, body } = await post(
      '/workflows',
      'name: Order\nversion: 1.0.0\nsteps:\n  a: { agnet: x }\n  b: { agent: x, needs: c, when: 1 + }\n',
      'application/yaml',
    )
    expect(status).toBe(422)
    expect(body.error.code).toBe('workflow.invalid')
    expect(body.error.message).toMatch(/^line 1, column 7: must be lower-case .*\(and 3 more\)$/)
    expect(body.error.details).toEqual([
      { field: 'name', message: expect.stringContaining('lower-case'), line: 1, column: 7 },
      {
        field: 'steps.a.agnet',
        message: 'there is no key `agnet` here; did you mean `agent`?',
        line: 4,
        column: 8,
      },
      { field: 'steps.b.needs', message: 'there is no step `c`', line: 5, column: 25 },
      { field: 'steps.b.when', message: '`1 +`: ends too early', line: 5, column: 37 },
    ])
  })

  test('names that mean nothing yet → published, with warnings that say where', async () => {
    const { warnings } = await publish(newName(), '1.0.0', 'on_failure: compensate\n')
    expect(warnings).toEqual([
      {
        message: 'nothing will be undone: no step declares a compensation',
        path: 'on_failure',
        line: 4,
        column: 13,
      },
    ])
    const text = `name: ${newName()}\nversion: 1.0.0\nsteps:\n  a: { agent: nobody }\n  b: { capability: nothing }\n  c: { workflow: nowhere@1.0.0 }\n  d: { agent: stock@1.0.0 }\n  e: { agent: stock@9.0.0 }\n`
    const published = await cadre.client.workflows.publish({ source: text })
    expect(published.warnings.map(({ line, column, message }) => [line, column, message])).toEqual([
      [4, 15, 'there is no agent `nobody` yet'],
      [5, 20, 'no agent offers the capability `nothing` yet'],
      [6, 18, 'there is no workflow `nowhere@1.0.0` yet'],
      [8, 15, 'there is no agent `stock@9.0.0` yet'],
    ])
  })

  test('random sound definitions → published and read back equal', async () => {
    await fc.assert(
      fc.asyncProperty(definitions, async (definition) => {
        const document = { ...documentOf(definition), name: newName() }
        const published = await cadre.client.workflows.publish(document)
        expect(published.definition).toEqual(document)
        const read = await cadre.client.workflows.get(published.id)
        expect(read.definition).toEqual(document)
        const { source: again } = read
        expect(JSON.parse(again)).toEqual(document)
      }),
      { numRuns: 20 },
    )
  })

  test('events tell of it: published, deleted, by whom', async () => {
    const stream = await openEventStream(`${cadre.url}/api/v1/events`, {
      authorization: `Bearer ${cadre.key}`,
    })
    const name = newName()
    const { id } = await publish(name)
    await cadre.client.workflows.remove(id)
    const isOurs = (type: string) => (message: { event: string | null; data: string }) =>
      message.event === type && message.data.includes(name)
    const published = await stream.waitFor(isOurs('workflow.published'))
    await stream.waitFor(isOurs('workflow.deleted'))
    await stream.close()
    expect(JSON.parse(published.data)).toMatchObject({
      subject_id: id,
      data: { workflow_name: name, workflow_version: '1.0.0', actor_name: 'administrator' },
    })
  })
})

const without = <Fields extends object>(fields: Fields, key: keyof Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key))

describe('lint', () => {
  test('says what publishing would say, and publishes nothing', async () => {
    const name = newName()
    expect(await cadre.client.workflows.lint({ source: yaml(name) })).toEqual({
      problems: [],
      warnings: [],
    })
    const broken = await post('/workflows/lint', `${yaml(name)}colour: red\n`, 'application/yaml')
    expect(broken.status).toBe(200)
    expect(broken.body.problems).toMatchObject([{ path: 'colour', line: 7, column: 1 }])
    await expect(cadre.client.workflows.get(name)).rejects.toMatchObject({ status: 404 })
  })

  test('every broken definition of the tests → the same problems over HTTP', async () => {
    for (const [name, source, problems] of BROKEN_DEFINITIONS) {
      const text = source.slice(1)
      const form = JSON.stringify({ source: text === '' ? '\n' : text })
      const { status, body } = await post('/workflows/lint', form, 'application/json')
      const places = body.problems.map(({ line, column }) => `${line}:${column}`)
      const expected = problems.map((problem) => problem.split(' ')[0])
      expect([name, status, places]).toEqual([name, 200, expected])
    }
  })
})

describe('read', () => {
  test('by id, by name the greatest version, by name@version; versions in their order', async () => {
    const name = newName()
    const first = await publish(name, '1.9.0')
    const latest = await publish(name, '1.10.0')
    await publish(name, '1.10.0-rc.1')
    const read = async (reference: string) => (await cadre.client.workflows.get(reference)).id
    expect(await read(name)).toBe(latest.id)
    expect(await read(`${name}@1.9.0`)).toBe(first.id)
    expect(await read(first.id)).toBe(first.id)
    const page = await cadre.client.workflows.versions(name, { limit: 2 })
    expect(page.items.map(({ version }) => version)).toEqual(['1.10.0', '1.10.0-rc.1'])
    const rest = await cadre.client.workflows.versions(first.id, {
      limit: 2,
      cursor: page.next_cursor ?? undefined,
    })
    expect(rest.items.map(({ version }) => version)).toEqual(['1.9.0'])
    expect(rest.next_cursor).toBeNull()
  })

  test('list → the latest of each, by name, page by page; q and tag narrow it', async () => {
    const names = [newName(), newName(), newName()]
    for (const name of names)
      await publish(name, '2.0.0', 'tags: [listed]\ndescription: "100% sure"\n')
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await cadre.client.workflows.list({ limit: 2, cursor, tag: 'listed' })
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(names.toSorted())
    const found = async (q: string) => (await cadre.client.workflows.list({ q })).items.length
    expect(await found('100% SURE')).toBe(3)
    expect(await found('100_')).toBe(0)
    expect(await found(names[0] ?? '')).toBeGreaterThan(0)
  })

  test.each(['next', 'WyJhIl0', 'WyJub3QtYS12ZXJzaW9uIl0', 'WzFd'])(
    'cursor %s that no list of versions gave → 422',
    async (cursor) => {
      const name = newName()
      await publish(name)
      await expect(cadre.client.workflows.versions(name, { cursor })).rejects.toMatchObject({
        status: 422,
        details: [{ field: 'cursor' }],
      })
    },
  )

  test('absent, of another tenant, or with a version that is none → 404', async () => {
    const name = newName()
    const { id } = await publish(name)
    const stranger = cadre.clientOf(keyOf('other'))
    const refusal = { status: 404, code: 'workflow.not_found' }
    for (const reference of ['nobody', `${name}@9.0.0`, `${name}@`, `${name}@1.0.0@1.0.0`])
      await expect(cadre.client.workflows.get(reference)).rejects.toMatchObject(refusal)
    for (const reference of [name, id, `${name}@1.0.0`]) {
      await expect(stranger.workflows.get(reference)).rejects.toMatchObject(refusal)
      await expect(stranger.workflows.versions(reference)).rejects.toMatchObject(refusal)
      await expect(stranger.workflows.remove(reference)).rejects.toMatchObject(refusal)
    }
    expect((await stranger.workflows.list()).items).toEqual([])
    expect((await stranger.workflows.publish({ source: yaml(name) })).name).toBe(name)
  })
})

describe('delete', () => {
  test('a version → gone, the one before it is the latest, and it is never used again', async () => {
    const name = newName()
    const first = await publish(name, '1.0.0')
    await publish(name, '2.0.0')
    await cadre.client.workflows.remove(`${name}@2.0.0`)
    expect((await cadre.client.workflows.get(name)).id).toBe(first.id)
    await expect(cadre.client.workflows.get(`${name}@2.0.0`)).rejects.toMatchObject({ status: 404 })
    await expect(
      cadre.client.workflows.publish({ source: yaml(name, '2.0.0') }),
    ).rejects.toMatchObject({ status: 409, message: expect.stringContaining('deleted') })
  })

  test('by name alone → 422, and nothing is deleted', async () => {
    const name = newName()
    await publish(name)
    await expect(cadre.client.workflows.remove(name)).rejects.toMatchObject({
      status: 422,
      code: 'workflow.version_not_named',
    })
    expect((await cadre.client.workflows.get(name)).name).toBe(name)
  })
})

describe('roles', () => {
  test('viewer reads, developer publishes, supervisor deletes, agent does nothing of it', async () => {
    const name = newName()
    const as = (role: string) => cadre.clientOf(keyOf(role)).workflows
    const forbidden = { status: 403 }
    const source = { source: yaml(name) }
    await expect(as('viewer').publish(source)).rejects.toMatchObject(forbidden)
    await expect(as('agent').publish(source)).rejects.toMatchObject(forbidden)
    await expect(as('agent').lint(source)).rejects.toMatchObject(forbidden)
    const raw = await post('/workflows', yaml(name), 'application/yaml', keyOf('viewer'))
    expect(raw.status).toBe(403)
    const { id } = await as('developer').publish(source)
    expect((await as('viewer').get(name)).id).toBe(id)
    expect(await as('viewer').lint(source)).toMatchObject({ problems: [] })
    await expect(as('agent').get(name)).rejects.toMatchObject(forbidden)
    await expect(as('developer').remove(id)).rejects.toMatchObject(forbidden)
    await as('supervisor').remove(id)
  })
})

describe('hostile bodies', () => {
  test('bytes that are no UTF-8, too many bytes, text/plain → refused by name', async () => {
    const raw = (body: Uint8Array<ArrayBuffer>, type: string) =>
      cadre.request('/api/v1/workflows', {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
    expect((await raw(Uint8Array.of(0x61, 0xff, 0xfe), 'application/yaml')).status).toBe(400)
    expect((await raw(new Uint8Array(1_048_577), 'application/yaml')).status).toBe(413)
    expect((await raw(Uint8Array.of(0x61), 'text/plain')).status).toBe(415)
    expect((await raw(new Uint8Array(0), 'application/yaml')).status).toBe(422)
    expect((await raw(Uint8Array.of(0x61, 0x00, 0x62), 'application/yaml')).status).toBe(422)
  })

  test('YAML for a route that takes JSON only → 415', async () => {
    const { status } = await post('/tasks', 'agent_id: stock', 'application/yaml')
    expect(status).toBe(415)
  })

  test('texts that keep the parser busy → refused, and others are served meanwhile', async () => {
    const watch = watchService(cadre, ['/api/v1/session', '/health/live'])
    const texts = ['['.repeat(150_000), '- '.repeat(100_000), '!a '.repeat(60_000)]
    await watch.during('texts that keep the parser busy', async () => {
      for (const text of texts) {
        const { status, body } = await post('/workflows', text, 'application/yaml')
        expect([status, body.error.code]).toEqual([422, 'workflow.invalid'])
      }
    })
    watch.judge()
  })
})

describe('schema', () => {
  test('without a key, at its short address and under both prefixes → itself by that address', async () => {
    for (const path of ['/schemas/workflow.json', '/api/v1/schemas/workflow.json']) {
      const response = await fetch(cadre.url + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toContain('application/json')
      expect(await response.json()).toMatchObject({
        $id: cadre.url + path,
        required: ['name', 'version', 'steps'],
      })
    }
  })

  test('a definition that names its schema → published', async () => {
    const document = {
      $schema: `${cadre.url}/schemas/workflow.json`,
      name: newName(),
      version: '1.0.0',
      steps: { reserve: { agent: 'stock' } },
    }
    const { definition } = await cadre.client.workflows.publish(document)
    expect(definition).not.toHaveProperty('$schema')
  })
})
