import type { EventData, EventType, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { openMarketplace } from '../../../test/support/open-marketplace.ts'
import { settleProjection } from '../../../test/support/projections.ts'
import type { Db } from '#platform/db/db.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Projection } from '#platform/events/projection.ts'
import { noteSource, readStanding } from './listing-store.ts'
import { createRatingService } from './rating-service.ts'
import { startReputationProjection } from './reputation-projection.ts'
import { createReputations } from './reputations.ts'

const DAY_MS = 86_400_000

describe.each(DIALECTS)('reputation on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let marketplace: Awaited<ReturnType<typeof openMarketplace>>
  let ledger: Projection
  let reputations: ReturnType<typeof createReputations>
  let ratings: ReturnType<typeof createRatingService>
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    marketplace = await openMarketplace(db)
    const { clock } = marketplace
    ledger = await startReputationProjection({
      db,
      clock,
      onFault: (error) => database.faults.push(error),
    })
    reputations = createReputations({ db, clock })
    ratings = createRatingService({
      db,
      clock,
      reputations,
      ledger: { catchUp: () => settleProjection(db, 'marketplace_days', ledger) },
    })
  })
  afterAll(async () => {
    await ledger.close()
    await marketplace.close()
    expect(database.faults).toEqual([])
    await database.drop()
  })

  const listed = async (name: string) => {
    const by = await marketplace.tenant('publisher')
    const { itemId } = await marketplace.publish(by, name)
    const admission = await marketplace.admission()
    await admission.sweep()
    await admission.close()
    return { by, itemId, own: marketplace.agentOf(by.tenantId, name) }
  }
  /** A tenant that has the item as an agent of its own. */
  const user = async (itemId: string) => {
    const by = await marketplace.tenant('user')
    const agentId = marketplace.ids.uuid()
    const now = marketplace.clock.now()
    await db.transaction((tx) =>
      noteSource(tx, { agentId, tenantId: by.tenantId, itemId, version: '1.0.0', now }),
    )
    return { by, agentId }
  }
  const ended = (
    tenantId: TenantId,
    agentId: string,
    { type = 'task.completed', ...data }: EventData & { type?: EventType } = {},
  ) =>
    appendEvents(db, [
      {
        tenantId,
        type,
        subjectId: marketplace.ids.uuid(),
        at: marketplace.clock.now(),
        data: { agent_id: agentId as EventData['agent_id'], duration_ms: 100, ...data },
      },
    ])
  const settle = async () => {
    await settleProjection(db, 'marketplace_days', ledger)
    marketplace.clock.advance(60_000)
    await reputations.sweep()
  }

  test('attempts of others → rates, latencies, costs and tenants over 7, 30 and 90 days', async () => {
    const { itemId } = await listed('well-used')
    const [one, two] = [await user(itemId), await user(itemId)]
    await ended(one.by.tenantId, one.agentId, { cost: '0.5', duration_ms: 40 })
    marketplace.clock.advance(20 * DAY_MS)
    await ended(two.by.tenantId, two.agentId, { cost: '1', duration_ms: 60 })
    await ended(two.by.tenantId, two.agentId, { type: 'task.retried', category: 'retriable' })
    await ended(two.by.tenantId, two.agentId, { type: 'task.quarantined', category: 'permanent' })
    // Was cancelled before anything ran.
    await ended(two.by.tenantId, two.agentId, { duration_ms: null })
    await settle()
    const { reputation, uses } = await reputations.of(itemId)
    expect(uses).toBe(4)
    expect(reputation).toMatchObject([
      {
        days: 7,
        attempts: 3,
        completed: 1,
        active_tenants: 1,
        cost_per_completed_task: '1.000000',
      },
      {
        days: 30,
        attempts: 4,
        completed: 2,
        active_tenants: 2,
        success_rate: 0.5,
        quarantine_rate: 0.25,
      },
      { days: 90, attempts: 4, completed: 2, active_tenants: 2 },
    ])
    expect(reputation[2]?.latency_ms.p50).toBeCloseTo(60, -1)
    expect(reputation[2]?.latency_ms.p95).toBeCloseTo(100, -1)
    const { series, since, until } = await reputations.series(itemId, 30)
    expect(Date.parse(until) - Date.parse(since)).toBe(30 * DAY_MS)
    expect(series).toMatchObject([
      { attempts: 1, success_rate: 1, cost_per_completed_task: '0.500000', active_tenants: 1 },
      { attempts: 3, completed: 1, quarantine_rate: 1 / 3, active_tenants: 1 },
    ])
    expect(series[0]?.latency_ms.p95).toBeCloseTo(40, -1)
    expect(Date.parse(series[1]?.at ?? '') - Date.parse(series[0]?.at ?? '')).toBe(20 * DAY_MS)
    expect((await reputations.series(itemId, 20)).series).toHaveLength(1)
    marketplace.clock.advance(100 * DAY_MS)
    await reputations.sweep()
    expect((await reputations.of(itemId)).uses).toBe(0)
    expect((await reputations.series(itemId, 90)).series).toEqual([])
  })

  test('the publisher’s own runs, and agents that come from no item → count for nothing', async () => {
    const { by, own, itemId } = await listed('self-praise')
    const before = await readStanding(db, itemId)
    for (let runs = 0; runs < 20; runs++) await ended(by.tenantId, own)
    await ended(by.tenantId, marketplace.ids.uuid())
    await settle()
    expect(await readStanding(db, itemId)).toEqual(before)
    expect((await reputations.series(itemId, 90)).series).toEqual([])
    await expect(ratings.rate(by, 'self-praise', { rating: 5 })).rejects.toMatchObject({
      code: 'marketplace.own_item',
    })
  })

  test('rating: a tenant that never ran it → refused; that ran it → one, changed at will up to a limit', async () => {
    const { itemId } = await listed('rated')
    const { by, agentId } = await user(itemId)
    await expect(ratings.rate(by, 'rated', { rating: 1 })).rejects.toMatchObject({
      code: 'marketplace.never_used',
    })
    await ended(by.tenantId, agentId)
    await ratings.rate(by, 'rated', { rating: 2, review: 'Hm' })
    const before = await readStanding(db, itemId)
    await ratings.rate(by, 'rated', { rating: 5, review: 'Better now' })
    const after = await readStanding(db, itemId)
    expect(after).toMatchObject({ ratingSum: 5, ratingCount: 1, uses: 1 })
    expect(after?.quality).toBeGreaterThan(before?.quality ?? Infinity)
    for (let more = 0; more < 3; more++) await ratings.rate(by, 'rated', { rating: 4 })
    await expect(ratings.rate(by, 'rated', { rating: 1 })).rejects.toMatchObject({
      code: 'marketplace.ratings_exhausted',
      retryAfterSeconds: expect.any(Number) as unknown,
    })
    marketplace.clock.advance(DAY_MS)
    await ratings.rate(by, 'rated', { rating: 3, review: 'A day later' })
    const list = await ratings.list('rated', { limit: 10, after: null })
    expect(list).toMatchObject([{ rating: 3, review: 'A day later', version: '1.0.0' }])
  })
})
