import fc from 'fast-check'
import { expect, test } from 'vitest'
import { signal } from '../../../test/support/signals.ts'
import { unavailable } from '../errors.ts'
import { createGroupCommit } from './group-commit.ts'

const SETTINGS = { name: 'test', itemsMax: 10, flushesMax: 2, waitingMax: 1_000 }

test('property: any mix of good and bad items → each caller gets what its own item deserves', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ isBad: fc.boolean(), turns: fc.nat(3) }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (wishes, itemsMax, flushesMax) => {
        let underWay = 0
        const written: number[] = []
        const commit = createGroupCommit<number, string>({
          ...SETTINGS,
          itemsMax,
          flushesMax,
          flush: async (items) => {
            expect(items.length).toBeLessThanOrEqual(itemsMax)
            expect(++underWay).toBeLessThanOrEqual(flushesMax)
            await Promise.resolve()
            underWay--
            if (items.some((item) => wishes[item]?.isBad)) throw new Error('bad item')
            written.push(...items)
            return items.map((item) => `wrote ${item}`)
          },
        })
        const calls = wishes.map(async ({ turns }, item) => {
          for (let turn = 0; turn < turns; turn++)
            await new Promise<void>((resolve) => setImmediate(resolve))
          return commit(item)
        })
        const outcomes = await Promise.allSettled(calls)
        for (const [item, outcome] of outcomes.entries())
          if (wishes[item]?.isBad) expect(outcome.status).toBe('rejected')
          else expect(outcome).toEqual({ status: 'fulfilled', value: `wrote ${item}` })
        const good = wishes.flatMap(({ isBad }, item) => (isBad ? [] : [item]))
        expect(written.sort((a, b) => a - b)).toEqual(good)
      },
    ),
    { numRuns: 200 },
  ))

test('lone call: goes out at the end of the turn, alone', async () => {
  const groups: number[][] = []
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    flush: async (items) => {
      groups.push(items)
      return items
    },
  })
  const call = commit(1)
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(groups).toEqual([[1]])
  expect(await call).toBe(1)
})

test('calls while flushes are under way → gather and go together', async () => {
  const groups: number[][] = []
  const mayEnd = signal()
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    flushesMax: 1,
    flush: async (items) => {
      groups.push(items)
      await mayEnd.promise
      return items
    },
  })
  const first = commit(1)
  await new Promise<void>((resolve) => setImmediate(resolve))
  const others = [commit(2), commit(3), commit(4)]
  mayEnd.fire()
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 3, 4])
  expect(groups).toEqual([[1], [2, 3, 4]])
})

test('one bad item in a great group → found in few writes', async () => {
  let writes = 0
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    itemsMax: 1_000,
    flush: async (items) => {
      writes++
      if (items.includes(317)) throw new Error('bad item')
      return items
    },
  })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1_000 }, (_, item) => commit(item)),
  )
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(writes).toBeLessThan(30)
})

test('outage → everybody of the group is told, nothing is written again', async () => {
  let writes = 0
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    flush: async () => {
      writes++
      throw unavailable('db.unavailable', 'The database does not answer.')
    },
  })
  const outcomes = await Promise.allSettled([commit(1), commit(2), commit(3)])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(writes).toBe(1)
})

test('after an outage → later calls are written', async () => {
  let isDown = true
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    flush: async (items) => {
      if (isDown) throw unavailable('db.unavailable', 'The database does not answer.')
      return items
    },
  })
  await expect(commit(1)).rejects.toMatchObject({ code: 'db.unavailable' })
  isDown = false
  expect(await commit(2)).toBe(2)
})

test('more waiting than allowed → refused at once as overloaded', async () => {
  const mayEnd = signal()
  const commit = createGroupCommit<number, number>({
    ...SETTINGS,
    flushesMax: 1,
    waitingMax: 2,
    flush: async (items) => {
      await mayEnd.promise
      return items
    },
  })
  const accepted = [commit(1), commit(2)]
  await expect(commit(3)).rejects.toMatchObject({ code: 'test.overloaded', kind: 'unavailable' })
  mayEnd.fire()
  expect(await Promise.all(accepted)).toEqual([1, 2])
})

test('sizes: many small items go together, a large one alone', async () => {
  const groups: number[][] = []
  const commit = createGroupCommit<number, void>({
    ...SETTINGS,
    flushesMax: 1,
    sizeOf: (size) => size,
    flush: async (sizes) => {
      groups.push(sizes)
      return sizes.map(() => undefined)
    },
  })
  const LARGE = 3_000_000
  await Promise.all([1, 2, LARGE, LARGE, 3, 4].map(commit))
  expect(groups).toEqual([[1, 2], [LARGE], [LARGE], [3, 4]])
})
