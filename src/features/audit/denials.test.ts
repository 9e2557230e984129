import { randomUUID } from 'node:crypto'
import type { AuditRecord, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { onBehalfOf, type Caller } from '#platform/web/caller.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { listRecords } from './audit-store.ts'
import { DENIAL_WINDOW_MS, DENIALS_PER_WINDOW } from './denial-limit.ts'
import { createDenialLog } from './denials.ts'
import { verifyChain } from './verify-chain.ts'

const PLATFORM = randomUUID() as TenantId
const logger = silentLogger

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  db = await database.open()
})
afterAll(() => database.drop())

const callerOf = (principal: Caller['principal']): Caller => ({
  principal,
  ip: '192.0.2.7',
  userAgent: null,
  requestId: 'request-of-a-stranger',
  route: 'POST /api/v1/session',
})
const DENIAL = { action: 'run.decide', path: '/api/v1/runs/1', reason: 'No.' }
const recorded = (tenantId: TenantId): Promise<AuditRecord[]> =>
  listRecords(db, tenantId, { limit: 100 })

test('denied: the window is over → the rest is told as a count, and counted anew', async () => {
  const tenantId = randomUUID() as TenantId
  const clock = manualClock()
  const denials = createDenialLog({ db, clock, logger, platformTenantId: PLATFORM })
  const eve = {
    id: randomUUID(),
    tenantId,
    kind: 'user',
    name: 'Eve',
    role: 'viewer',
    scopes: null,
  } as const
  const deny = (times: number) =>
    onBehalfOf(
      () => callerOf(eve),
      () => Promise.all(Array.from({ length: times }, () => denials.denied(DENIAL))),
    )
  await deny(DENIALS_PER_WINDOW + 5)
  expect(await recorded(tenantId)).toHaveLength(DENIALS_PER_WINDOW)
  clock.advance(DENIAL_WINDOW_MS)
  await expect
    .poll(async () => (await recorded(tenantId))[0], { interval: 5 })
    .toMatchObject({ action: 'audit.left_out', actor: { name: 'Eve' }, after: { left_out: 5 } })
  await deny(1)
  expect(await recorded(tenantId)).toHaveLength(DENIALS_PER_WINDOW + 2)
  await denials.close()
  expect(await recorded(tenantId)).toHaveLength(DENIALS_PER_WINDOW + 2)
  expect(await verifyChain(db, tenantId, { afterSeq: null })).toMatchObject({ ok: true })
})

test('denied: nobody known → in the chain of the platform', async () => {
  const denials = createDenialLog({ db, clock: manualClock(), logger, platformTenantId: PLATFORM })
  await onBehalfOf(
    () => callerOf(null),
    () => denials.denied(DENIAL),
  )
  expect(await recorded(PLATFORM)).toEqual([
    expect.objectContaining({
      actor: { id: null, name: 'unknown', kind: 'unknown', role: null },
      origin: expect.objectContaining({ ip: '192.0.2.7', user_agent: null }),
    }),
  ])
  await denials.close()
})

test('denied: the database is gone → no fault of the caller, who is refused all the same', async () => {
  const gone = await createTestDatabase('postgres')
  const closed = await gone.open()
  const denials = createDenialLog({
    db: closed,
    clock: manualClock(),
    logger,
    platformTenantId: PLATFORM,
  })
  await gone.drop()
  await expect(denials.denied(DENIAL)).resolves.toBeUndefined()
  await denials.close()
})
