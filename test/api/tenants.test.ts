import type { CreatedTenant, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import type { Db } from '#platform/db/db.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Two processes on one PostgreSQL: what is decided at one takes effect at both.

let database: TestDatabase
let db: Db
let here: RunningCadre
let there: RunningCadre
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  const settings = { CADRE_DATABASE_URL: database.url ?? '', CADRE_DEMO_AGENTS: 'false' }
  here = await startCadre(settings)
  there = await startCadre(settings)
})
afterAll(async () => {
  await here.stop()
  await there.stop()
  await database.drop()
})

let made = 0
const newTenant = async (): Promise<CreatedTenant & { id: TenantId }> => {
  const created = await here.client.tenants.create({
    name: `tenant-${++made}`,
    display_name: 'A customer',
    weight: 2,
    admin: { name: 'root' },
  })
  return { ...created, id: created.tenant.id }
}
const refusal = { status: 403, code: 'tenant.suspended' }
const platformId = async () => (await here.client.session.whoAmI()).tenant_id

describe('the operator', () => {
  test('create: a tenant whose administrator may begin at once, and is on record', async () => {
    const { id, tenant, admin } = await newTenant()
    expect(tenant).toMatchObject({ display_name: 'A customer', weight: 2, status: 'active' })
    const own = there.clientOf(admin.key)
    expect(await own.session.whoAmI()).toMatchObject({ tenant_id: id, role: 'admin', name: 'root' })
    expect(await own.tasks.list()).toMatchObject({ items: [] })
    const { items } = await here.client.audit.list({ resource: id })
    expect(items.map(({ action }) => action)).toEqual(['tenant.create'])
    const theirs = await own.audit.list()
    expect(theirs.items.map(({ action }) => action)).toEqual(['key.issue'])
  })

  test('list and change: by name in pages; weight and display name', async () => {
    const { id } = await newTenant()
    await newTenant()
    const first = await here.client.tenants.list({ limit: 1 })
    const second = await here.client.tenants.list({ limit: 1, cursor: first.next_cursor ?? '' })
    const names = [...first.items, ...second.items].map(({ name }) => name)
    expect(names).toEqual(['default', 'tenant-1'])
    const changed = await here.client.tenants.change(id, { weight: 7, display_name: 'Else' })
    expect(changed).toMatchObject({ weight: 7, display_name: 'Else' })
    expect(await there.client.tenants.get(id)).toEqual(changed)
  })

  test.each([
    [{ name: 'default', admin: { name: 'x' } }, 409, 'tenant.name_taken'],
    [{ name: 'Upper', admin: { name: 'x' } }, 422, 'request.invalid'],
    [{ name: "a'; drop table tenants --", admin: { name: 'x' } }, 422, 'request.invalid'],
    [{ name: 'x', admin: { name: 'x', role: 'admin' } }, 422, 'request.invalid'],
    [{ name: 'x', admin: { name: 'x' }, id: 'y' }, 422, 'request.invalid'],
    [{ name: 'x', admin: { name: 'x' }, status: 'active' }, 422, 'request.invalid'],
    [{ name: 'x', admin: { name: 'x' }, weight: 0 }, 422, 'request.invalid'],
  ])('create: %j → %i', async (body, status, code) => {
    await expect(here.client.tenants.create(body as never)).rejects.toMatchObject({ status, code })
  })

  test("the platform's tenant: neither suspended nor deleted", async () => {
    const id = await platformId()
    const wanted = { status: 409, code: 'tenant.is_platform' }
    await expect(here.client.tenants.suspend(id, 'x')).rejects.toMatchObject(wanted)
    await expect(here.client.tenants.remove(id, 'default')).rejects.toMatchObject(wanted)
  })

  test("another tenant's administrator: reads its own, sees no other, manages none", async () => {
    const { id, tenant, admin } = await newTenant()
    const other = await newTenant()
    const own = here.clientOf(admin.key)
    expect(await own.tenants.get(id)).toEqual(tenant)
    expect(await own.tenants.list()).toEqual({ items: [tenant], next_cursor: null })
    const absent = { status: 404, code: 'tenant.not_found' }
    for (const unseen of [other.id, await platformId()])
      await expect(own.tenants.get(unseen)).rejects.toMatchObject(absent)
    const forbidden = { status: 403, code: 'access.forbidden' }
    await expect(own.tenants.change(id, { weight: 9 })).rejects.toMatchObject(forbidden)
    await expect(own.tenants.suspend(other.id, 'x')).rejects.toMatchObject(absent)
    await expect(own.tenants.suspend(id, 'x')).rejects.toMatchObject(forbidden)
    await expect(own.tenants.remove(id, tenant.name)).rejects.toMatchObject(forbidden)
    await expect(own.tenants.exportRaw(other.id)).rejects.toMatchObject(absent)
  })
})

describe('suspension', () => {
  const agentWith = (key: string) => registerRemote(here.clientOf(key), 'worker')

  test('everything stops beginning, in every process, and goes on after resumption', async () => {
    const { id, admin } = await newTenant()
    const own = here.clientOf(admin.key)
    const agent = await agentWith(admin.key)
    const worker = there.clientOf(agent.key)
    const held = await own.tasks.create({ agent_id: agent.id })
    const waiting = await own.tasks.create({ agent_id: agent.id })
    await worker.tasks.updateStatus(held.id, { agent_id: agent.id, new_status: 'IN_PROGRESS' })
    await own.workflows.publish({ source: 'name: w\nversion: 1.0.0\nsteps: { a: { signal: b } }' })
    const hook = await own.webhooks.create('w', { name: 'sender' })
    const events = await fetch(`${there.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${admin.key}` },
    })
    const streamed = events.text()

    const suspended = await here.client.tenants.suspend(id, 'unpaid')
    expect(suspended).toMatchObject({ status: 'suspended', status_reason: 'unpaid' })
    // Here at once, there as soon as the notification comes.
    await expect(own.tasks.list()).rejects.toMatchObject(refusal)
    await expect(own.session.signIn(admin.key)).rejects.toMatchObject(refusal)
    await expect
      .poll(() =>
        there
          .clientOf(admin.key)
          .agents.list()
          .catch((error: unknown) => error),
      )
      .toMatchObject(refusal)
    await streamed
    expect((await fetch(`${there.url}/health/live`)).status).toBe(200)
    const delivery = await fetch(there.url + hook.path, { method: 'POST' })
    expect([
      delivery.status,
      ((await delivery.json()) as { error: { code: string } }).error.code,
    ]).toEqual([403, 'tenant.suspended'])

    // What is under way ends; nothing else is claimed or admitted.
    const claim = { agent_id: agent.id, new_status: 'IN_PROGRESS' } as const
    await expect(worker.tasks.updateStatus(waiting.id, claim)).rejects.toMatchObject(refusal)
    const handed = await worker.tasks.heartbeat(held.id, { agent_id: agent.id })
    expect(handed.lease_expires_at).toBeTruthy()
    const done = { agent_id: agent.id, new_status: 'DONE' } as const
    expect(await worker.tasks.updateStatus(held.id, done)).toMatchObject({ status: 'DONE' })
    const row = () => db.query('select state from outbox where task_id = $1', [waiting.id])
    expect(await row()).toEqual([{ state: 'waiting' }])
    expect(await here.client.tenants.suspend(id, 'again')).toEqual(suspended)

    await here.client.tenants.resume(id)
    await expect
      .poll(() => worker.tasks.updateStatus(waiting.id, claim).catch((error: unknown) => error))
      .toMatchObject({ status: 'IN_PROGRESS' })
    expect((await own.tasks.get(held.id)).status).toBe('DONE')
    expect((await fetch(here.url + hook.path, { method: 'POST' })).status).toBe(202)
    const { items } = await here.client.audit.list({ resource: id })
    expect(items.map(({ action }) => action)).toEqual([
      'tenant.resume',
      'tenant.suspend',
      'tenant.create',
    ])
  })

  test('its tasks: not admitted while it is suspended, whoever made them, and why is told', async () => {
    const { id, admin } = await newTenant()
    const agent = await agentWith(admin.key)
    const own = here.clientOf(admin.key)
    const task = await own.tasks.create({ agent_id: agent.id })
    await there.clientOf(agent.key).tasks.updateStatus(task.id, {
      agent_id: agent.id,
      new_status: 'IN_PROGRESS',
    })
    await here.client.tenants.suspend(id, 'unpaid')
    const back = await here.clientOf(agent.key).tasks.reportFailure(task.id, {
      agent_id: agent.id,
      error_message: 'try again',
      category: 'retriable',
      retry_after_seconds: 0,
    })
    expect(back).toMatchObject({ status: 'TODO', waiting: { reason: 'tenant_suspended' } })
    const [row] = await db.query('select state from outbox where task_id = $1', [task.id])
    expect(row).toEqual({ state: 'waiting' })
  })
})

describe('deletion', () => {
  test('only of a suspended tenant, by its name; then nothing is left but the audit of the platform', async () => {
    const { id, tenant, admin } = await newTenant()
    const neighbour = await newTenant()
    const own = here.clientOf(admin.key)
    const shared = await publishWasm(own, 'shared', ECHO)
    const theirs = await publishWasm(there.clientOf(neighbour.admin.key), 'shared', ECHO)
    const remote = await registerRemote(own, 'remote', ['some.work'])
    for (const agent of [shared, remote]) await own.tasks.create({ agent_id: agent.id })
    await own.schedules.create({
      name: 'nightly',
      cron: '30 2 * * *',
      task: { agent_id: remote.id },
    })
    const { remove } = here.client.tenants
    await expect(remove(id, tenant.name)).rejects.toMatchObject({ code: 'tenant.not_suspended' })
    await here.client.tenants.suspend(id, 'left us')
    await expect(remove(id, 'another')).rejects.toMatchObject({ status: 422 })

    const response = await here.client.tenants.exportRaw(id)
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { rows } = lines.at(-1).manifest
    expect(rows).toMatchObject({ agents: 2, tasks: 2, schedules: 1 })
    expect(Object.values<number>(rows).reduce((sum, n) => sum + n)).toBe(lines.length - 2)
    expect(JSON.stringify(lines)).not.toContain(admin.key)

    expect(await remove(id, tenant.name)).toMatchObject({ status: 'deleting' })
    await expect
      .poll(() => here.client.tenants.get(id).catch((error: unknown) => error), { timeout: 10_000 })
      .toMatchObject({ status: 404 })
    const tables = await db.query<{ name: string }>(
      `select c.relname as name from pg_class as c join pg_attribute as a on a.attrelid = c.oid
       where c.relkind = 'r' and a.attname = 'tenant_id' and not a.attisdropped`,
    )
    expect(tables.length).toBeGreaterThan(25)
    for (const { name } of tables)
      expect(await db.query(`select 1 from ${name} where tenant_id = $1`, [id]), name).toEqual([])
    await expect(own.tasks.list()).rejects.toMatchObject({ status: 401 })
    await expect(here.client.tenants.resume(id)).rejects.toMatchObject({ status: 404 })
    const { items } = await here.client.audit.list({ resource: id })
    expect(items.map(({ action }) => action).slice(0, 2)).toEqual([
      'tenant.deleted',
      'tenant.delete',
    ])
    expect((await here.client.audit.verify()).ok).toBe(true)
    const download = await fetch(`${there.url}/api/v1/agents/${theirs.id}/binary`, {
      headers: { authorization: `Bearer ${neighbour.admin.key}` },
    })
    expect(download.status).toBe(200)
  })
})
