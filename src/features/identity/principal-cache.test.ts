import { randomUUID } from 'node:crypto'
import type { AgentId } from '@cadre/contract'
import { expect, test } from 'vitest'
import { manualClock, systemClock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { createTestDatabase } from '../../../test/support/databases.ts'
import { createCredentialUse } from './credential-use.ts'
import { createIdentityService } from './identity-service.ts'
import { createPrincipalCache } from './principal-cache.ts'

const newCache = () =>
  createPrincipalCache<string>({ clock: manualClock(), ttlMs: 5_000, entriesMax: 10 })

test('set: cleared since it was looked up → not remembered', () => {
  const cache = newCache()
  const { generation } = cache
  cache.clear()
  cache.set('hash', 'holder', generation)
  expect(cache.get('hash')).toBeNull()
  cache.set('hash', 'holder', cache.generation)
  expect(cache.get('hash')).toBe('holder')
})

test('revocation in one process → the key stops in another, whose clock stands still', async () => {
  const database = await createTestDatabase('postgres')
  const open = async () => {
    const db = await database.open()
    const access = createIdentityService({
      db,
      clock: manualClock(),
      ids: createIds(systemClock, systemRandom),
      random: systemRandom,
      adminKey: null,
      keyCacheSeconds: 300,
      bearers: [],
      use: createCredentialUse({ clock: manualClock(), write: async () => {}, onFault: () => {} }),
      guard: null,
    })
    return { db, access, end: await access.followRevocations() }
  }
  const [here, there] = [await open(), await open()]
  try {
    const { tenantId } = await here.access.bootstrap()
    const agent = { id: randomUUID() as AgentId, tenantId, name: 'agent' }
    const key = await here.db.transaction(async (tx) => {
      await here.access.addAgent(tx, agent)
      return here.access.issueAgentKey(tx, agent)
    })
    expect(await there.access.identifyByBearer(key, '192.0.2.1')).toMatchObject({ id: agent.id })
    await here.db.transaction((tx) => here.access.revokeAgentKeys(tx, agent.id))
    const isKnown = () =>
      there.access.identifyByBearer(key, '192.0.2.1').then(
        () => true,
        () => false,
      )
    await expect.poll(isKnown, { interval: 5 }).toBe(false)
  } finally {
    await here.end()
    await there.end()
    await database.drop()
  }
})
