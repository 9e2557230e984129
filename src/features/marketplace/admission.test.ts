import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { openMarketplace } from '../../../test/support/open-marketplace.ts'
import { signal } from '../../../test/support/signals.ts'
import type { Db } from '#platform/db/db.ts'
import { triesOf } from './version-store.ts'

const LEASE_MS = 180_000

describe.each(DIALECTS)('admission on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let marketplace: Awaited<ReturnType<typeof openMarketplace>>
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    marketplace = await openMarketplace(db)
  })
  afterAll(async () => {
    await marketplace.close()
    await database.drop()
  })

  const published = async (name: string) => {
    const by = await marketplace.tenant('publisher')
    await marketplace.publish(by, name)
    const sight = { tenantId: by.tenantId, isReviewer: false }
    const read = () => marketplace.versions.visible(sight, { name, version: '1.0.0' })
    return { by, read }
  }

  test('a process that falls silent while it checks → another decides, and the late word counts for nothing', async () => {
    const { read } = await published('left-alone')
    const isRunning = signal()
    const mayEnd = signal()
    const silent = await marketplace.admission(async () => {
      isRunning.fire()
      await mayEnd.promise
      return { ...marketplace.fine, exitCode: 1 }
    })
    const late = silent.sweep()
    await isRunning.promise
    const other = await marketplace.admission()
    await other.sweep()
    expect((await read()).state).toBe('checking')
    marketplace.clock.advance(LEASE_MS + 1)
    await other.sweep()
    expect(await read()).toMatchObject({ state: 'approved', checkTries: 2 })
    mayEnd.fire()
    await late
    expect(await read()).toMatchObject({ state: 'approved', checkTries: 2 })
    await Promise.all([silent.close(), other.close()])
  })

  test('checking that fails again and again → held in the end, and can be checked again', async () => {
    const { by, read } = await published('unlucky')
    const broken = await marketplace.admission(() => Promise.reject(new Error('no sandbox')))
    for (let tries = 0; tries < 7; tries++) {
      await broken.sweep()
      marketplace.clock.advance(LEASE_MS + 1)
    }
    const held = await read()
    expect(held).toMatchObject({
      state: 'held',
      stateReason: expect.stringContaining('again') as unknown,
    })
    await broken.close()
    await marketplace.versions.checkAgain(by, { name: 'unlucky', version: '1.0.0' })
    const sound = await marketplace.admission()
    await sound.sweep()
    await sound.close()
    const approved = await read()
    expect(approved.state).toBe('approved')
    expect(triesOf(approved.checkTries)).toBe(1)
    expect(approved.checkTries).toBeGreaterThan(held.checkTries)
  })

  test('deleted while it is checked → never listed', async () => {
    const { by } = await published('regretted')
    await marketplace.versions.remove(by, { name: 'regretted', version: '1.0.0' })
    const admission = await marketplace.admission()
    await admission.sweep()
    await admission.close()
    const listed = await db.query('select 1 from marketplace_listings where name = $1', [
      'regretted',
    ])
    expect(listed).toEqual([])
  })
})
