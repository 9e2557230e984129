import { expect, test } from 'vitest'
import { createMemoryState } from '#platform/cache/memory-state.ts'
import { manualClock } from '#platform/clock.ts'
import { AppError, isAppError } from '#platform/errors.ts'
import { unauthenticated } from './identity-errors.ts'
import { createSignInGuard } from './sign-in-guard.ts'

const newGuard = () => {
  const clock = manualClock()
  const { rateLimits, cache } = createMemoryState({ clock, onFault: () => {} })
  const refusals: string[] = []
  const onRefused = (scope: string) => void refusals.push(scope)
  const guard = createSignInGuard({
    rateLimits,
    cache,
    name: 'sign_in',
    burst: 5,
    perSecond: 1,
    onRefused,
  })
  let lookUps = 0
  const wrong = async () => {
    lookUps++
    throw unauthenticated('wrong')
  }
  const outcomeOf = async (address: string, prefix: string, lookUp: () => Promise<unknown>) => {
    try {
      await guard.attempt({ address, prefix }, lookUp)
      return 'in'
    } catch (error) {
      return error instanceof AppError ? error.code : 'fault'
    }
  }
  return {
    clock,
    guard,
    refusals,
    lookUps: () => lookUps,
    guess: (address: string, prefix: string) => outcomeOf(address, prefix, wrong),
    enter: (address: string, prefix: string) => outcomeOf(address, prefix, async () => 'holder'),
    fail: (address: string, prefix: string) =>
      outcomeOf(address, prefix, () => Promise.reject(new Error('no database'))),
  }
}

const WRONG = 'access.unauthenticated'
const REFUSED = 'access.too_many_attempts'

test('guessing from one address: burst, then the sustained rate, whatever prefixes are tried', async () => {
  const { guess, clock, lookUps, refusals } = newGuard()
  for (let n = 0; n < 5; n++) expect(await guess('attacker', `key-${n}`)).toBe(WRONG)
  for (let n = 0; n < 20; n++) expect(await guess('attacker', `other-${n}`)).toBe(REFUSED)
  expect(lookUps()).toBe(5)
  expect(refusals).toEqual(Array.from({ length: 20 }, () => 'address'))
  clock.advance(60_000)
  for (let n = 0; n < 20; n++) await guess('attacker', `later-${n}`)
  expect(lookUps()).toBe(10)
})

test('many guesses at once → no more are looked up than one after the other', async () => {
  const { guess, lookUps } = newGuard()
  await Promise.all(Array.from({ length: 50 }, (_, n) => guess('attacker', `key-${n}`)))
  expect(lookUps()).toBe(5)
})

test('guessing one key from many addresses: burst, then refused', async () => {
  const { guess, lookUps, refusals } = newGuard()
  for (let n = 0; n < 50; n++) await guess(`address-${n}`, 'victim')
  expect(lookUps()).toBe(5)
  expect(new Set(refusals)).toEqual(new Set(['prefix']))
})

test('holder of a key that others guess: comes in from where it was before, all the time', async () => {
  const { guess, enter, clock } = newGuard()
  expect(await enter('home', 'victim')).toBe('in')
  for (let minute = 0; minute < 10; minute++) {
    for (let n = 0; n < 50; n++) await guess(`address-${n}`, 'victim')
    for (let n = 0; n < 50; n++) await guess('home', `other-${n}`)
    expect(await enter('home', 'victim')).toBe('in')
    clock.advance(60_000)
  }
})

test('holder at a new address while its key is guessed: waits, not for good', async () => {
  const { guess, enter, clock } = newGuard()
  for (let n = 0; n < 50; n++) await guess(`address-${n}`, 'victim')
  expect(await enter('abroad', 'victim')).toBe(REFUSED)
  clock.advance(1_000)
  expect(await enter('abroad', 'victim')).toBe('in')
})

test('right credentials and faults of our own cost nothing', async () => {
  const { enter, fail, guess } = newGuard()
  for (let n = 0; n < 50; n++) expect(await enter('office', `key-${n}`)).toBe('in')
  for (let n = 0; n < 50; n++) expect(await fail('office', 'new')).toBe('fault')
  for (let n = 0; n < 5; n++) expect(await guess('office', 'new')).toBe(WRONG)
  expect(await guess('office', 'new')).toBe(REFUSED)
})

test('sessions of a principal: burst, then refused with the time to wait', async () => {
  const { guard, clock } = newGuard()
  for (let n = 0; n < 5; n++) await guard.countSession('principal')
  const refusal: unknown = await guard.countSession('principal').catch((error: unknown) => error)
  expect(isAppError(refusal, REFUSED) && refusal.retryAfterSeconds).toBe(1)
  await guard.countSession('another')
  clock.advance(1_000)
  await guard.countSession('principal')
})
