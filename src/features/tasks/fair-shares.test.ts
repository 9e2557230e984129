import type { TenantId } from '@cadre/contract'
import { expect, test } from 'vitest'
import { createFairShares, type FairShares } from './fair-shares.ts'

const QUEUE = 'tasks.wasm'
const standing = (tenantId: string, running: number, weight = 1) => ({
  queue: QUEUE,
  tenantId: tenantId as TenantId,
  running,
  weight,
})
const leadsOf = (shares: FairShares) =>
  Object.fromEntries(shares.leads().map(({ tenantId, lead }) => [tenantId, lead]))

test('who runs more for its weight → ahead by the time that it did', () => {
  const shares = createFairShares()
  shares.note([standing('light', 2), standing('heavy', 2, 3)], 0)
  expect(leadsOf(shares)).toEqual({ light: 0, heavy: 0 })
  shares.note([standing('light', 1), standing('heavy', 3, 3)], 3_000)
  expect(leadsOf(shares)).toEqual({ light: 3, heavy: -1 })
  shares.note([standing('light', 1), standing('heavy', 3, 3)], 9_000)
  expect(leadsOf(shares)).toEqual({ light: 3, heavy: -1 })
})

test('away and back → neither debt nor credit; nobody meets → nothing is kept', () => {
  const shares = createFairShares()
  const [one, other, third] = [standing('one', 4), standing('other', 0), standing('third', 2)]
  shares.note([one, other, third], 0)
  shares.note([other, third], 5_000)
  shares.note([one, other, third], 5_000)
  expect(leadsOf(shares)).toEqual({ one: 0, other: -10, third: 0 })
  shares.note([], 6_000)
  expect(shares.leads()).toEqual([])
})

test('nothing runs, or far more than its share for an hour → no more than a minute ahead', () => {
  const shares = createFairShares()
  shares.note([standing('one', 0), standing('other', 0)], 0)
  shares.note([standing('one', 100), standing('other', 0)], 1_000)
  expect(leadsOf(shares)).toEqual({ one: 0, other: 0 })
  shares.note([standing('one', 100), standing('other', 0)], 3_600_000)
  expect(leadsOf(shares)).toEqual({ one: 60, other: -60 })
})
