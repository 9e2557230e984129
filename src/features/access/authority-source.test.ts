import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { createLogger } from '#platform/telemetry/logger.ts'
import type { Principal } from '#platform/web/context.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { signal } from '../../../test/support/signals.ts'
import { isPermitted } from './authorise.ts'
import { createAuthoritySource } from './authority-source.ts'
import { AUTHORITY_CHANGED_CHANNEL, noteAuthorityChange } from './change-store.ts'
import { createPolicyEngine } from './policy-engine.ts'
import { insertRole } from './role-store.ts'

const logger = createLogger({ level: 'silent' })
const circumstances = { ip: null, credential: 'key' } as const
const clock = manualClock()
const TTL_MS = 10_000

const sourceOn = (db: Db) =>
  createAuthoritySource({
    db,
    clock,
    logger,
    engine: createPolicyEngine(),
    sample: null,
    ttlMs: TTL_MS,
  })
const principalOf = (tenantId: TenantId): Principal => ({
  id: randomUUID(),
  tenantId,
  kind: 'user',
  name: 'somebody',
  role: 'reader',
  scopes: null,
})
const addReader = (db: Db, tenantId: TenantId, isTold: boolean) =>
  db.transaction(async (tx) => {
    const now = clock.now()
    await insertRole(tx, {
      tenantId,
      name: 'reader',
      description: '',
      inherits: [],
      permissions: [{ actions: ['task.read'] }],
      createdAt: now,
      updatedAt: now,
    })
    if (isTold) noteAuthorityChange(tx, tenantId)
  })

describe.each(DIALECTS)('%s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
  })
  afterAll(() => database.drop())

  const mayRead = async (source: ReturnType<typeof sourceOn>, principal: Principal) =>
    isPermitted(await source.empower(principal, circumstances), 'task.read')

  test('changed by another process → decided anew once it is told', async () => {
    const tenantId = randomUUID() as TenantId
    const principal = principalOf(tenantId)
    const source = sourceOn(db)
    const told = signal()
    const stop = await source.followChanges()
    const stopWaiting = await db.listen(AUTHORITY_CHANGED_CHANNEL, () => told.fire())
    expect(await mayRead(source, principal)).toBe(false)
    await addReader(db, tenantId, true)
    await told.promise
    expect(await mayRead(source, principal)).toBe(true)
    await stopWaiting()
    await stop()
  })

  test('nobody told it → decided anew when its time is over, and not before', async () => {
    const tenantId = randomUUID() as TenantId
    const principal = principalOf(tenantId)
    const source = sourceOn(db)
    expect(await mayRead(source, principal)).toBe(false)
    await addReader(db, tenantId, false)
    clock.advance(TTL_MS - 1)
    expect(await mayRead(source, principal)).toBe(false)
    clock.advance(1)
    expect(await mayRead(source, principal)).toBe(true)
  })
})

test('read before a change and answered behind it → not kept', async () => {
  const tenantId = randomUUID() as TenantId
  let answer = () => {}
  let rows: object[] = []
  const query = (sql: string) =>
    sql.includes('from access_roles') && rows.length === 0
      ? new Promise<object[]>((resolve) => (answer = () => resolve([])))
      : Promise.resolve(sql.includes('from access_roles') ? rows : [])
  const source = sourceOn({ ofTenant: () => ({ query }) } as unknown as Db)
  const principal = principalOf(tenantId)
  const early = source.empower(principal, circumstances)
  rows = [{ name: 'reader', inherits: [], permissions: [{ actions: ['task.read'] }] }]
  source.forget(tenantId)
  answer()
  expect(isPermitted(await early, 'task.read')).toBe(false)
  expect(isPermitted(await source.empower(principal, circumstances), 'task.read')).toBe(true)
})

test('cannot be found out → 503, and nothing is permitted on a guess', async () => {
  const query = () => Promise.reject(new Error('the database is away'))
  const source = sourceOn({ ofTenant: () => ({ query }) } as unknown as Db)
  const admin = { ...principalOf(randomUUID() as TenantId), role: 'admin' }
  await expect(source.empower(admin, circumstances)).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'access.unavailable',
  })
  expect(() => isPermitted(admin, 'task.read')).toThrow('without an authority')
})
