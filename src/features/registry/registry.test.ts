import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { systemRandom } from '#platform/random.ts'
import { createSealing, noSealing, type Sealing } from '#platform/sealing/sealing.ts'
import type { Principal } from '#platform/web/context.ts'
import { createRegistryKeyService } from './registry-key-service.ts'
import { openRegistry } from './registry.ts'

const TYPE = 'application/vnd.cadre.test+json'
const clock = manualClock()
const keyOf = (fill: number) => new Uint8Array(32).fill(fill)
const BY = {
  id: '01890a5d-ac96-774b-bcce-b302099a8059',
  tenantId: '01890a5d-ac96-774b-bcce-b302099a8058' as TenantId,
  kind: 'user',
  name: 'Operator',
  role: 'admin',
  scopes: null,
} satisfies Principal

describe.each(DIALECTS)('registry on %s', (dialect) => {
  let database: TestDatabase
  let one: Db
  let two: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    one = await database.open()
    two = dialect === 'postgres' ? await database.open() : one
    await one.query('insert into tenants (id, name, created_at) values ($1, $2, now())', [
      BY.tenantId,
      'operator',
    ])
  })
  afterAll(() => database.drop())

  let signings = 0
  const open = (db: Db, sealing: Sealing = createSealing([keyOf(1)], systemRandom)) =>
    openRegistry({
      db,
      clock,
      sealing,
      signExisting: async (_tx, sign) => {
        signings++
        sign(TYPE, {})
      },
      onFault: (error) => {
        throw error
      },
    })

  test('many start at once → one key, and what was there is signed once', async () => {
    const opened = await Promise.all([open(one), open(two), open(one), open(two)])
    expect(signings).toBe(1)
    const envelopes = opened.map((registry) => registry.sign(TYPE, { b: 1, a: 'ü' }))
    expect(new Set(envelopes.map(({ keyId }) => keyId)).size).toBe(1)
    for (const envelope of envelopes)
      for (const registry of opened) expect(registry.standingOf(envelope)).toBe('sound')
    expect(envelopes[0]?.payload).toBe('{"a":"ü","b":1}')
    await Promise.all(opened.map((registry) => registry.close()))
  })

  test('a key is rotated and revoked by one → known to the other at once', async () => {
    const [here, there] = [await open(one), await open(two)]
    const keys = createRegistryKeyService({ db: one, clock, registry: here })
    const before = there.sign(TYPE, {})
    clock.advance(1)
    const next = await keys.rotate(BY)
    await expect.poll(() => there.sign(TYPE, {}).keyId).toBe(next.id)
    expect([here.standingOf(before), there.standingOf(before)]).toEqual(['sound', 'sound'])
    await keys.revoke(BY, before.keyId)
    expect(here.standingOf(before)).toBe('untrusted')
    await expect.poll(() => there.standingOf(before)).toBe('untrusted')
    expect(() => here.verify(before)).toThrow(before.keyId)
    await Promise.all([here.close(), there.close()])
  })

  test('two rotate at once → one key signs', async () => {
    const [here, there] = [await open(one), await open(two)]
    await Promise.all(
      [here, there].map((registry, n) =>
        createRegistryKeyService({ db: n === 0 ? one : two, clock, registry }).rotate(BY),
      ),
    )
    await Promise.all([here.refresh(), there.refresh()])
    expect(here.sign(TYPE, {}).keyId).toBe(there.sign(TYPE, {}).keyId)
    await Promise.all([here.close(), there.close()])
  })

  test('another sealing key → refused with the mend; both → sealed anew; then the new one will do', async () => {
    await expect(open(one, createSealing([keyOf(2)], systemRandom))).rejects.toThrow(
      /CADRE_SEALING_KEY/,
    )
    await expect(open(one, noSealing())).rejects.toThrow(/CADRE_SEALING_KEY/)
    const both = await open(one, createSealing([keyOf(2), keyOf(1)], systemRandom))
    const envelope = both.sign(TYPE, {})
    await both.close()
    const later = await open(one, createSealing([keyOf(2)], systemRandom))
    expect(later.sign(TYPE, {}).keyId).toBe(envelope.keyId)
    await later.close()
  })

  test('a public key is changed in its row → it vouches for nothing', async () => {
    const registry = await open(one, createSealing([keyOf(2)], systemRandom))
    const envelope = registry.sign(TYPE, {})
    await one.query('update registry_keys set public_key = $2 where id = $1', [
      envelope.keyId,
      new Uint8Array(32).fill(3),
    ])
    await registry.refresh()
    expect(registry.standingOf(envelope)).toBe('untrusted')
    expect(() => registry.sign(TYPE, {})).toThrow(/signs/)
    await registry.close()
  })
})
