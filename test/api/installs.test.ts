import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, PublishItem } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { command } from '../../src/executors/wasm/testing/wat.ts'
import { agentForm, publishWasm } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// A publishes, B installs, C never ran anything.
const KEYS = { b: 'key-of-tenant-b', c: 'key-of-tenant-c', viewer: 'viewer-of-b', dev: 'dev-of-b' }
let cadre: RunningCadre
let a: Client
let b: Client
let c: Client

beforeAll(async () => {
  cadre = await startCadre(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_RATE_LIMITS: 'false',
    },
    {
      principals: [
        { tenant: 'b', role: 'supervisor', key: KEYS.b },
        { tenant: 'c', role: 'admin', key: KEYS.c },
        { tenant: 'b', role: 'viewer', key: KEYS.viewer },
        { tenant: 'b', role: 'developer', key: KEYS.dev },
      ],
    },
  )
  a = cadre.client
  b = cadre.clientOf(KEYS.b)
  c = cadre.clientOf(KEYS.c)
})
afterAll(async () => {
  await cadre.stop()
})

const approved = async (name: string, version: string) => {
  for (;;) {
    const found = await a.marketplace.version(name, version)
    if (found.state === 'held') await a.marketplace.approve(found.id, { reason: 'looked at' })
    else if (found.state !== 'checking') return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const offer = async (
  name: string,
  version = '1.0.0',
  { binary = ECHO, ...fields }: Partial<PublishItem> & { binary?: Uint8Array } = {},
) => {
  await a.agents.publish(agentForm({ name, version, capabilities: '["text.echo"]' }, binary))
  await a.marketplace.publish({ item_type: 'agent', name, version, ...fields })
  expect((await approved(name, version)).state).toBe('approved')
}
/** Programs that answer differently, so that one sees which of them ran. */
const SAYS = (code: number) => exiting(code)
const exitCodeOf = async (client: Client, agent: string) =>
  (await client.tasks.execute({ agent_id: agent, input: 'x' })).exit_code
/** Asks for the time, besides. */
const CLOCK = command('', ['clock_time_get'])
const code = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )

describe('install', () => {
  test('install: another tenant’s agent → its own, locked to the digest, signed, and it runs', async () => {
    await offer('parrot', '1.0.0', { tags: ['bird'] })
    const installed = await b.installs.install({ item: 'parrot', range: '^1.0.0' })
    const { artefact, signature } = await b.marketplace.version('parrot', '1.0.0')
    expect(installed).toMatchObject({
      name: 'parrot',
      item: 'parrot',
      publisher: 'default',
      version: '1.0.0',
      range: '^1.0.0',
      sha256: artefact?.sha256,
      key_id: signature?.key_id,
      is_new: true,
      status: 'active',
      update: null,
      warnings: [],
      missing: [],
    })
    expect(installed).not.toHaveProperty('key')
    const ran = await b.tasks.execute({ agent_id: 'parrot', input: 'hello' })
    expect(ran).toMatchObject({ stdout: 'hello', agent_id: installed.agent_id })
    expect((await b.agents.get('parrot')).binary_sha256).toBe(artefact?.sha256)
    const { items } = await b.installs.list()
    expect(items.map(({ name }) => name)).toContain('parrot')
    const again = await b.installs.install({ item: 'parrot', range: '^1.0.0' })
    expect([again.is_new, again.agent_id]).toEqual([false, installed.agent_id])
    expect(await code(b.installs.install({ item: 'parrot', range: '^2' }))).toBe('install.exists')
    expect(await code(c.installs.get('parrot'))).toBe('install.not_found')
    await expect(c.agents.get('parrot')).rejects.toMatchObject({ status: 404 })
  })

  test('install: 30 at once → one install, 30 answers alike', async () => {
    await offer('flock')
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => b.installs.install({ item: 'flock' })),
    )
    expect(new Set(answers.map(({ agent_id: id }) => id)).size).toBe(1)
    expect(answers.filter(({ is_new: isNew }) => isNew)).toHaveLength(1)
    expect((await b.agents.list({ name: 'flock' })).items).toHaveLength(1)
  })

  test('install: what is not there, or no range → 404, 422 naming the field', async () => {
    await offer('narrow')
    const refusal = (wish: object) =>
      b.installs.install({ item: 'narrow', ...wish }).catch((error: object) => error)
    expect(await refusal({ item: 'Nobody’s item' })).toMatchObject({ status: 422 })
    expect(await refusal({ item: 'nobodys-item' })).toMatchObject({ status: 404 })
    for (const range of ['latest', '1.0.0 ||| x', '^', '>=1 <'.repeat(30), '☃'])
      expect(await refusal({ range }), range).toMatchObject({
        status: 422,
        details: [{ field: 'range' }],
      })
    expect(await refusal({ range: '^2' })).toMatchObject({
      status: 422,
      code: 'install.no_version',
      message: expect.stringContaining('the latest is 1.0.0') as unknown,
    })
    expect(await refusal({ as: '../x' })).toMatchObject({ status: 422, details: [{ field: 'as' }] })
    expect(await refusal({ version: '1.0.0' })).toMatchObject({ details: [{ field: 'version' }] })
  })

  test('install: viewer and developer → 403; they see it', async () => {
    const viewer = cadre.clientOf(KEYS.viewer)
    await offer('guarded')
    for (const client of [viewer, cadre.clientOf(KEYS.dev)])
      expect(await code(client.installs.install({ item: 'guarded' }))).toBe('access.forbidden')
    await b.installs.install({ item: 'guarded' })
    expect((await viewer.installs.get('guarded')).version).toBe('1.0.0')
    expect(await code(viewer.installs.update('guarded'))).toBe('access.forbidden')
    expect(await code(viewer.installs.uninstall('guarded'))).toBe('access.forbidden')
  })

  test('install: a name of one’s own → 409 telling to use "as", under which it works', async () => {
    await offer('common-name')
    await publishWasm(b, 'common-name', exiting(7))
    expect(await code(b.installs.install({ item: 'common-name' }))).toBe('install.name_taken')
    await b.agents.publish(agentForm({ name: 'other-name', version: '0.1.0' }, exiting(7)))
    expect(await code(b.installs.install({ item: 'common-name', as: 'other-name' }))).toBe(
      'install.name_taken',
    )
    const { name } = await b.installs.install({ item: 'common-name', as: 'theirs' })
    expect(name).toBe('theirs')
    expect(await exitCodeOf(b, 'theirs')).toBe(0)
    expect(await exitCodeOf(b, 'common-name')).toBe(7)
    // Nor is what is installed published over.
    const over = agentForm({ name: 'theirs', version: '9.0.0' }, exiting(9))
    expect(await code(b.agents.publish(over))).toBe('install.name_in_use')
    expect(await exitCodeOf(b, 'theirs')).toBe(0)
  })

  test('install: a byte of the stored binary is flipped → refused by name, and nothing is left', async () => {
    await offer('bitten', '1.0.0', { binary: SAYS(77) })
    const { artefact } = await b.marketplace.version('bitten', '1.0.0')
    const files = await readdir(cadre.dataDirectory, { recursive: true })
    const file = join(
      cadre.dataDirectory,
      files.find((path) => path.endsWith(artefact?.sha256 ?? '')) ?? '',
    )
    const bytes = await readFile(file)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(file, bytes)
    expect(await code(b.installs.install({ item: 'bitten' }))).toBe('agent.binary_corrupt')
    expect(await code(b.installs.get('bitten'))).toBe('install.not_found')
    await expect(b.agents.get('bitten')).rejects.toMatchObject({ status: 404 })
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    await writeFile(file, bytes)
    await b.installs.install({ item: 'bitten' })
    expect(await exitCodeOf(b, 'bitten')).toBe(77)
  })

  test('yanked → by its exact version only; deprecated → with a warning', async () => {
    await offer('aged')
    await offer('aged', '1.1.0')
    await a.marketplace.change('aged', '1.1.0', { status: 'yanked', message: 'loses data' })
    expect((await b.installs.install({ item: 'aged' })).version).toBe('1.0.0')
    const exact = await b.installs.install({ item: 'aged', range: '1.1.0', as: 'aged-exact' })
    expect(exact).toMatchObject({ version: '1.1.0', status: 'yanked' })
    expect(exact.warnings).toEqual(['aged 1.1.0 is yanked: loses data'])
    await a.marketplace.change('aged', '1.0.0', { status: 'deprecated', message: 'use parrot' })
    const late = await c.installs.install({ item: 'aged' })
    expect(late.warnings).toEqual(['aged 1.0.0 is deprecated: use parrot'])
  })

  test('a remote agent → must be accepted, answers its key once', async () => {
    await a.agents.register({ name: 'far-away', runtime: 'remote' })
    await a.marketplace.publish({ item_type: 'agent', name: 'far-away', version: '1.0.0' })
    await approved('far-away', '1.0.0')
    expect(await code(b.installs.install({ item: 'far-away' }))).toBe('install.widening')
    const wish = { item: 'far-away', accept_permissions: true }
    const { key, sha256, agent_id: id } = await b.installs.install(wish)
    expect(sha256).toBeNull()
    const worker = cadre.clientOf(key)
    expect((await worker.tasks.list({ agent_id: id ?? '' })).items).toEqual([])
    expect(await b.installs.install(wish)).not.toHaveProperty('key')
    await b.installs.uninstall('far-away')
    await expect(worker.tasks.list()).rejects.toMatchObject({ status: 401 })
  })
})

describe('update', () => {
  test('update: a newer version in the range → shown in the list, then new work goes to it', async () => {
    await offer('moves', '1.0.0', { binary: SAYS(10) })
    await offer('moves', '2.0.0', { binary: SAYS(20) })
    const first = await b.installs.install({ item: 'moves', range: '^1' })
    expect(first.version).toBe('1.0.0')
    expect((await b.installs.update('moves')).is_changed).toBe(false)
    await offer('moves', '1.2.0', { binary: SAYS(12), price: '0.5' })
    expect((await b.installs.get('moves')).update).toEqual({ version: '1.2.0' })
    const dry = await b.installs.update('moves', { dry_run: true })
    expect(dry).toMatchObject({
      is_changed: true,
      install: { version: '1.0.0' },
      diff: { from: '1.0.0', to: '1.2.0', is_widening: false },
    })
    expect(dry.diff?.price).toEqual({ from: '0.000000', to: '0.500000' })
    expect(await exitCodeOf(b, 'moves')).toBe(10)
    const both = await Promise.all([b.installs.update('moves'), b.installs.update('moves')])
    expect(both.map(({ install }) => install.version)).toEqual(['1.2.0', '1.2.0'])
    expect(both.filter(({ is_changed: isChanged }) => isChanged)).toHaveLength(1)
    expect(await exitCodeOf(b, 'moves')).toBe(12)
    // What has tasks of the version before goes on with it.
    expect(await exitCodeOf(b, 'moves@1.0.0')).toBe(10)
  })

  test('update: to a lower range and back → the name means that version', async () => {
    const up = await b.installs.update('moves', { range: '*' })
    expect(up.install).toMatchObject({ version: '2.0.0', range: '*' })
    expect(await exitCodeOf(b, 'moves')).toBe(20)
    const down = await b.installs.update('moves', { range: '1.0.0' })
    expect(down.install).toMatchObject({ version: '1.0.0', update: null })
    expect(await exitCodeOf(b, 'moves')).toBe(10)
    await expect(exitCodeOf(b, 'moves@2.0.0')).rejects.toMatchObject({ code: 'agent.disabled' })
    await b.installs.update('moves', { range: '~1.2' })
    expect(await exitCodeOf(b, 'moves')).toBe(12)
    await b.installs.update('moves', { range: '*' })
    expect(await exitCodeOf(b, 'moves')).toBe(20)
    const { items } = await b.audit.list({ action: 'install.update', limit: 100 })
    expect(items[0]).toMatchObject({
      resource: { kind: 'install', name: 'moves' },
      before: { version: '1.2.0' },
      after: { version: '2.0.0', range: '*' },
    })
  })

  test('update: asks for more → 409 with what, unless it may', async () => {
    await offer('widens')
    await b.installs.install({ item: 'widens' })
    await offer('widens', '1.1.0', { binary: CLOCK })
    const refusal = await b.installs.update('widens').catch((error: object) => error)
    expect(refusal).toMatchObject({
      status: 409,
      code: 'install.widening',
      details: [{ field: 'permissions', message: 'asks for clock' }],
    })
    expect((await b.installs.get('widens')).version).toBe('1.0.0')
    const { diff } = await b.installs.update('widens', { dry_run: true })
    expect(diff?.is_widening).toBe(true)
    const { install } = await b.installs.update('widens', { accept_permissions: true })
    expect(install).toMatchObject({ version: '1.1.0', permissions: ['clock'] })
  })

  test('the installed version is yanked → said in the list, and an update leads away from it', async () => {
    await offer('recalled')
    await offer('recalled', '1.1.0')
    await b.installs.install({ item: 'recalled' })
    await a.marketplace.change('recalled', '1.1.0', { status: 'yanked', message: 'leaks' })
    expect(await b.installs.get('recalled')).toMatchObject({
      version: '1.1.0',
      status: 'yanked',
      status_message: 'leaks',
      update: { version: '1.0.0' },
    })
    await b.installs.update('recalled')
    await a.marketplace.remove('recalled', '1.0.0')
    expect(await b.installs.get('recalled')).toMatchObject({
      version: '1.0.0',
      status: 'withdrawn',
    })
    expect(await exitCodeOf(b, 'recalled')).toBe(0)
  })
})

describe('uninstall', () => {
  test('uninstall: with a task waiting → agent.busy; then gone, and installed anew', async () => {
    await offer('leaves', '1.0.0', { binary: SAYS(1) })
    const { agent_id: id } = await b.installs.install({ item: 'leaves' })
    await offer('leaves', '1.1.0', { binary: SAYS(2) })
    await b.installs.update('leaves')
    await b.agents.disable(id ?? '')
    const task = await b.tasks.create({ agent_id: id ?? '' })
    expect(await code(b.installs.uninstall('leaves'))).toBe('agent.busy')
    expect((await b.installs.get('leaves')).version).toBe('1.1.0')
    expect(await exitCodeOf(b, 'leaves')).toBe(2)
    await b.tasks.cancel(task.id)
    await b.installs.uninstall('leaves')
    expect(await code(b.installs.get('leaves'))).toBe('install.not_found')
    expect((await b.agents.list({ name: 'leaves' })).items).toEqual([])
    const again = await b.installs.install({ item: 'leaves', range: '~1.0' })
    expect(again).toMatchObject({ is_new: true, agent_id: id })
    expect(await exitCodeOf(b, 'leaves')).toBe(1)
    expect((await a.agents.get('leaves')).version).toBe('1.1.0')
  })

  test('its agents are deleted by themselves → the name means the next, or nothing is installed', async () => {
    await offer('eroded', '1.0.0', { binary: SAYS(1) })
    const { agent_id: low } = await b.installs.install({ item: 'eroded' })
    await offer('eroded', '1.1.0', { binary: SAYS(2) })
    const { install } = await b.installs.update('eroded')
    await b.agents.remove(install.agent_id ?? '')
    expect(await b.installs.get('eroded')).toMatchObject({
      version: '1.0.0',
      agent_id: low,
      update: { version: '1.1.0' },
    })
    expect((await b.installs.update('eroded')).install.agent_id).toBe(install.agent_id)
    await b.agents.remove(low ?? '')
    await b.agents.remove(install.agent_id ?? '')
    expect(await code(b.installs.get('eroded'))).toBe('install.not_found')
  })
})

describe('workflows', () => {
  const source = (version: string, agent = 'parrot-of-flow') =>
    `# Kept\nname: flow\nversion: ${version}\nsteps:\n  say:\n    agent: ${agent}\n  more:\n    capability: text.unheard\n    needs: say\n`
  const offerFlow = async (version: string) => {
    await a.workflows.publish({ source: source(version) })
    await a.marketplace.publish({ item_type: 'workflow', name: 'flow', version })
    await approved('flow', version)
  }

  test('install: a workflow → accepted, tells what is missing and what to install', async () => {
    await offer('parrot-of-flow')
    await offerFlow('1.0.0')
    expect(await code(b.installs.install({ item: 'flow' }))).toBe('install.widening')
    const installed = await b.installs.install({ item: 'flow', accept_permissions: true })
    expect(installed.missing).toEqual([
      {
        kind: 'agent',
        name: 'parrot-of-flow',
        hint: 'Install parrot-of-flow from the marketplace.',
      },
      {
        kind: 'capability',
        name: 'text.unheard',
        hint: 'Nothing in the marketplace offers it. Publish an agent that does.',
      },
    ])
    const { artefact } = await b.marketplace.version('flow', '1.0.0')
    expect((await b.workflows.get('flow')).sha256).toBe(artefact?.sha256)
    const renamed = { item: 'flow', as: 'my-flow', accept_permissions: true }
    expect((await b.installs.install(renamed)).workflow_id).not.toBe(installed.workflow_id)
    const { source: text } = await b.workflows.get('my-flow')
    expect(text).toBe(source('1.0.0').replace('name: flow', 'name: my-flow'))
  })

  test('update: up and down → the name means it; uninstalled and installed anew', async () => {
    await offerFlow('1.1.0')
    await b.installs.update('flow')
    expect((await b.workflows.get('flow')).version).toBe('1.1.0')
    await b.installs.update('flow', { range: '1.0.0' })
    expect((await b.workflows.get('flow')).version).toBe('1.0.0')
    const listed = (await b.workflows.list()).items.find(({ name }) => name === 'flow')
    expect(listed?.version).toBe('1.0.0')
    await b.workflows.remove('flow@1.1.0')
    await b.installs.uninstall('flow')
    await expect(b.workflows.get('flow')).rejects.toMatchObject({ status: 404 })
    const { version } = await b.installs.install({ item: 'flow', accept_permissions: true })
    expect([version, (await b.workflows.get('flow')).version]).toEqual(['1.1.0', '1.1.0'])
  })
})

describe('reputation', () => {
  test('runs of who installed it count, the publisher’s do not; who ran it may rate it', async () => {
    await offer('judged')
    await b.installs.install({ item: 'judged', as: 'judged-here' })
    await c.installs.install({ item: 'judged' })
    for (let run = 0; run < 3; run++) await exitCodeOf(a, 'judged')
    for (let run = 0; run < 2; run++) await exitCodeOf(b, 'judged-here')
    await expect
      .poll(async () => (await a.marketplace.get('judged')).reputation[0], { timeout: 10_000 })
      .toMatchObject({ attempts: 2, completed: 2, success_rate: 1, active_tenants: 1 })
    const rate = (client: Client) => code(client.marketplace.rate('judged', { rating: 4 }))
    expect([await rate(a), await rate(b), await rate(c)]).toEqual([
      'marketplace.own_item',
      'done',
      'marketplace.never_used',
    ])
    const { rating, uses } = await c.marketplace.get('judged')
    expect([rating, uses]).toEqual([{ average: 4, count: 1 }, 2])
  })
})

describe('try it', () => {
  test('try: runs the listed digest, counts for nothing, makes no task', async () => {
    await offer('tryable')
    const { artefact } = await b.marketplace.version('tryable', '1.0.0')
    const before = await b.tasks.list()
    const trial = await b.installs.tryVersion('tryable', '1.0.0', { input: { a: 1 } })
    expect(trial).toMatchObject({
      sha256: artefact?.sha256,
      exit_code: 0,
      stdout: '{"a":1}',
      error: null,
    })
    expect((await b.tasks.list()).items.length).toBe(before.items.length)
    expect(await code(b.marketplace.rate('tryable', { rating: 5 }))).toBe('marketplace.never_used')
    const viewer = cadre.clientOf(KEYS.viewer)
    expect(await code(viewer.installs.tryVersion('tryable', '1.0.0', {}))).toBe('access.forbidden')
    expect(await code(b.installs.tryVersion('tryable', '9.0.0', {}))).toBe('marketplace.not_found')
    expect(await code(b.installs.tryVersion('flow', '1.0.0', {}))).toBe('marketplace.not_runnable')
  })
})

describe('a publisher that is deleted', () => {
  test('what others installed, or list alike, goes on; its names are never used again', async () => {
    const made = await a.tenants.create({ name: 'leaving', admin: { name: 'root' } })
    const leaving = cadre.clientOf(made.admin.key)
    const publish = async (client: Client, name: string, binary: Uint8Array) => {
      await publishWasm(client, name, binary)
      await client.marketplace.publish({ item_type: 'agent', name, version: '1.0.0' })
      await approved(name, '1.0.0')
    }
    const [kept, listed] = [exiting(41), exiting(42)]
    await publish(leaving, 'last-words', kept)
    await publish(leaving, 'twin-of-theirs', listed)
    await publish(c, 'twin', listed)
    await c.agents.remove((await c.agents.get('twin')).id)
    await b.installs.install({ item: 'last-words' })
    await a.tenants.suspend(made.tenant.id, 'left us')
    await a.tenants.remove(made.tenant.id, 'leaving')
    await expect
      .poll(() => code(a.tenants.get(made.tenant.id)), { timeout: 15_000 })
      .toBe('tenant.not_found')
    expect(await exitCodeOf(b, 'last-words')).toBe(41)
    expect(await b.installs.get('last-words')).toMatchObject({ status: 'withdrawn', update: null })
    expect((await b.installs.tryVersion('twin', '1.0.0', {})).exit_code).toBe(42)
    for (const name of ['last-words', 'lastwords', 'twin-of-theirs'])
      expect(
        await code(c.marketplace.publish({ item_type: 'agent', name, version: '2.0.0' })),
        name,
      ).toBe('marketplace.name_retired')
    await b.installs.uninstall('last-words')
    expect(await code(b.installs.install({ item: 'last-words' }))).toBe('marketplace.not_found')
  })
})
