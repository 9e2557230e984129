import type { Client } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Two processes on one PostgreSQL, whose transactions really run beside each other. The agents run
// elsewhere, so that no binary has to be where both processes find it.

let database: TestDatabase
let db: Db
let here: RunningCadre
let there: RunningCadre
let tenantId: string
let clients: Client[]
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  const settings = {
    CADRE_DATABASE_URL: database.url ?? '',
    CADRE_DEMO_AGENTS: 'false',
    CADRE_RATE_LIMITS: 'false',
  }
  here = await startCadre(settings)
  there = await startCadre(settings)
  const made = await here.client.tenants.create({ name: 'installs', admin: { name: 'root' } })
  tenantId = made.tenant.id
  clients = [here.clientOf(made.admin.key), there.clientOf(made.admin.key)]
})
afterAll(async () => {
  await here.stop()
  await there.stop()
  await database.drop()
})

const offer = async (name: string, version = '1.0.0') => {
  const { client } = here
  await client.agents.register({ name, version, runtime: 'remote' })
  await client.marketplace.publish({ item_type: 'agent', name, version })
  while ((await client.marketplace.version(name, version)).state === 'checking')
    await new Promise((resolve) => setImmediate(resolve))
}
const everywhere = <Answer>(times: number, call: (client: Client) => Promise<Answer>) =>
  Promise.all(Array.from({ length: times }, () => clients.map((client) => call(client))).flat())
const wishOf = (item: string) => ({ item, accept_permissions: true })
const versionsOf = (name: string) =>
  db.query<{ version: string; is_set_aside: boolean }>(
    `select version, is_set_aside from agents
     where tenant_id = $1 and name = $2 and deleted_at is null order by version_rank`,
    [tenantId, name],
  )

test('40 installs at two processes → one agent, one key, 40 answers', async () => {
  await offer('one')
  const answers = await everywhere(20, (client) => client.installs.install(wishOf('one')))
  expect(new Set(answers.map(({ agent_id: id }) => id)).size).toBe(1)
  expect(answers.filter(({ key }) => key !== undefined)).toHaveLength(1)
  expect(await versionsOf('one')).toHaveLength(1)
})

test('updates up and down at once → whatever came last, the name means what the install says', async () => {
  await offer('many')
  await clients[0]?.installs.install(wishOf('many'))
  for (const version of ['1.1.0', '1.2.0']) await offer('many', version)
  const ranges = ['1.0.0', '1.1.0', '1.2.0', '*']
  const outcomes = await everywhere(3, async (client) => {
    const codes: string[] = []
    for (const range of ranges)
      codes.push(
        await client.installs.update('many', { range, accept_permissions: true }).then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
      )
    return codes
  })
  const codes = new Set(outcomes.flat())
  codes.delete('install.changed_meanwhile')
  expect([...codes]).toEqual(['done'])
  const install = await clients[1]?.installs.get('many')
  const versions = await versionsOf('many')
  expect(versions.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0', '1.2.0'])
  const meant = versions.filter((one) => !one.is_set_aside).at(-1)
  expect(meant?.version).toBe(install?.version)
  await expect
    .poll(async () => (await clients[0]?.agents.get('many'))?.version)
    .toBe(install?.version)
})

test('published and installed under one name at once → one of them has it', async () => {
  for (let round = 0; round < 4; round++) {
    const name = `contended-${round}`
    await offer(name)
    const own = { name, version: '7.0.0', runtime: 'remote' } as const
    const [first, second] = clients
    const outcomes = await Promise.allSettled([
      first?.installs.install(wishOf(name)),
      second?.agents.register(own),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await versionsOf(name)).toHaveLength(1)
  }
})

test('uninstalled and installed at once, again and again → there as a whole, or not at all', async () => {
  await offer('flickers')
  await everywhere(6, async (client) => {
    await client.installs.install(wishOf('flickers')).catch(() => {})
    await client.installs.uninstall('flickers').catch(() => {})
  })
  const agents = await versionsOf('flickers')
  const installs = await db.query('select 1 from installs where name = $1', ['flickers'])
  const versions = await db.query('select 1 from install_versions where name = $1', ['flickers'])
  expect([installs.length, versions.length]).toEqual([agents.length, agents.length])
  expect((await clients[0]?.installs.install(wishOf('flickers')))?.name).toBe('flickers')
})
