import { expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import { createCredentialUse, type Use } from './credential-use.ts'

const newUse = () => {
  const clock = manualClock()
  const written: string[] = []
  const write = async (kind: string, uses: readonly Use[]) => {
    written.push(`${kind} ${uses.map(({ id }) => id).join(',')}`)
  }
  const onFault = () => {}
  return { clock, written, use: createCredentialUse({ clock, write, onFault }) }
}

test('a thousand uses within a minute → one write, for all keys together', async () => {
  const { clock, written, use } = newUse()
  for (let n = 0; n < 500; n++) for (const id of ['a', 'b']) use.note('key', id)
  use.note('session', 's')
  expect(written).toEqual([])
  clock.advance(15_000)
  await Promise.resolve()
  clock.advance(40_000)
  use.note('key', 'a')
  await use.close()
  expect(written).toEqual(['key a,b', 'session s'])
})

test('used again after a minute → written again, each minute once; closing writes what waits', async () => {
  const { clock, written, use } = newUse()
  for (let minute = 0; minute < 3; minute++) {
    use.note('key', 'a')
    clock.advance(60_000)
    await Promise.resolve()
  }
  use.note('key', 'a')
  await use.close()
  expect(written).toEqual(['key a', 'key a', 'key a', 'key a'])
})
