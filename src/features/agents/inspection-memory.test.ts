import { expect, test } from 'vitest'
import { rememberInspections } from './inspection-memory.ts'
import { moduleOf } from './module-source.ts'
import type { Inspection } from './module-inspector.ts'

const ACCEPTED: Inspection = {
  isAccepted: true,
  report: { imports: [], memoryPagesMin: 1, memoryPagesMax: null },
}

const counting = (answer: () => Promise<Inspection>) => {
  let calls = 0
  const inspect = rememberInspections(() => {
    calls++
    return answer()
  })
  return { inspect, calls: () => calls }
}

test('equal bytes, at once and later → inspected once', async () => {
  const { inspect, calls } = counting(() => Promise.resolve(ACCEPTED))
  await Promise.all([
    inspect(moduleOf(new Uint8Array([1]))),
    inspect(moduleOf(new Uint8Array([1]))),
  ])
  expect(await inspect(moduleOf(new Uint8Array([1])))).toBe(ACCEPTED)
  expect(calls()).toBe(1)
})

test('other bytes → inspected for themselves', async () => {
  const { inspect, calls } = counting(() => Promise.resolve(ACCEPTED))
  await inspect(moduleOf(new Uint8Array([1])))
  await inspect(moduleOf(new Uint8Array([2])))
  expect(calls()).toBe(2)
})

test('inspection that could not be done → tried again', async () => {
  let isBroken = true
  const { inspect, calls } = counting(() =>
    isBroken ? Promise.reject(new Error('no process')) : Promise.resolve(ACCEPTED),
  )
  await expect(inspect(moduleOf(new Uint8Array([1])))).rejects.toThrow('no process')
  isBroken = false
  expect(await inspect(moduleOf(new Uint8Array([1])))).toBe(ACCEPTED)
  expect(calls()).toBe(2)
})

test('more binaries than are remembered → the oldest is inspected again', async () => {
  const { inspect, calls } = counting(() => Promise.resolve(ACCEPTED))
  for (let index = 0; index <= 64; index++) await inspect(moduleOf(new Uint8Array([index])))
  await inspect(moduleOf(new Uint8Array([64])))
  expect(calls()).toBe(65)
  await inspect(moduleOf(new Uint8Array([0])))
  expect(calls()).toBe(66)
})
