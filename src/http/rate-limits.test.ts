import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryRateLimits } from '#platform/cache/memory-rate-limits.ts'
import { manualClock } from '#platform/clock.ts'
import type { TenantId } from '@cadre/contract'
import { createLimits, type RequestRates } from './rate-limits.ts'
import type { RouteClass } from './route-class.ts'

const RATES: RequestRates = {
  read: { burst: 20, perSecond: 10 },
  write: { burst: 10, perSecond: 5 },
  work: { burst: 15, perSecond: 50 },
  stream: { burst: 2, perSecond: 0.5 },
  hook: { burst: 3, perSecond: 1 },
  tenant: { burst: 40, perSecond: 20 },
  reserve: 0.25,
}
const TENANT = 'tenant' as TenantId

const newTenant = (rates = RATES) => {
  const clock = manualClock()
  const limits = createMemoryRateLimits({ clock, keysMax: 1_000 })
  const of = createLimits(rates)
  const ask = async (id: string, routeClass: RouteClass): Promise<boolean> => {
    const decisions = await limits.takeAll(of[routeClass].requestsOf({ id, tenantId: TENANT }))
    return decisions.every(({ isAllowed }) => isAllowed)
  }
  const count = async (id: string, routeClass: RouteClass, times: number) => {
    let passed = 0
    for (let n = 0; n < times; n++) if (await ask(id, routeClass)) passed++
    return passed
  }
  return { clock, count }
}

test('one class used up → the others of the same principal go on', async () => {
  const { count } = newTenant({ ...RATES, tenant: { burst: 1_000, perSecond: 1 } })
  expect(await count('a', 'read', 30)).toBe(20)
  expect(await count('a', 'write', 30)).toBe(10)
  expect(await count('a', 'work', 30)).toBe(15)
  expect(await count('a', 'stream', 30)).toBe(2)
  expect(await count('b', 'read', 30)).toBe(20)
})

test('tenant: principals together → no more than its burst without the reserve; work uses that', async () => {
  const { count } = newTenant()
  expect(await count('a', 'read', 100)).toBe(20)
  expect(await count('b', 'read', 100)).toBe(10)
  expect(await count('c', 'write', 100)).toBe(0)
  expect(await count('agent', 'work', 100)).toBe(10)
})

test('bulk reading at any speed → work within the rate of the tenant is never refused', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ reads: fc.nat({ max: 60 }), reports: fc.nat({ max: 2 }) }), {
        maxLength: 40,
      }),
      async (turns) => {
        const { clock, count } = newTenant()
        for (const { reads, reports } of turns) {
          for (const reader of ['a', 'b', 'c']) await count(reader, 'read', reads)
          // Two reports in 100 ms are the whole rate of the tenant.
          expect(await count('agent', 'work', reports)).toBe(reports)
          clock.advance(100)
        }
      },
    ),
  ))

test('policy: the quota is the burst, its window the time until all of it is back', () => {
  const limits = createLimits(RATES)
  expect(limits.read.policy).toBe('"read";q=20;w=2, "tenant";q=30;w=2')
  expect(limits.work.policy).toBe('"work";q=15;w=1, "tenant";q=40;w=2')
  expect(limits.stream.policy).toBe('"stream";q=2;w=4, "tenant";q=30;w=2')
})

test('deliveries to webhooks: limited by webhook and by sender; no key tells the token', async () => {
  const limits = createMemoryRateLimits({ clock: manualClock(), keysMax: 1_000 })
  const { delivery } = createLimits(RATES)
  const deliver = async (token: string, address: string): Promise<boolean> => {
    const requests = delivery.requestsOf({ token, address })
    expect(JSON.stringify(requests)).not.toContain(token)
    return (await limits.takeAll(requests)).every(({ isAllowed }) => isAllowed)
  }
  for (let n = 0; n < 3; n++) expect(await deliver('token-one', `address-${n}`)).toBe(true)
  expect(await deliver('token-one', 'address-9')).toBe(false)
  expect(await deliver('token-two', 'address-9')).toBe(true)
  for (let n = 0; n < 2; n++) expect(await deliver(`guess-${n}`, 'address-9')).toBe(true)
  expect(await deliver('guess-3', 'address-9')).toBe(false)
})
