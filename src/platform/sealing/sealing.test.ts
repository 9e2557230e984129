import { expect, test } from 'vitest'
import { systemRandom } from '../random.ts'
import { createSealing, noSealing } from './sealing.ts'

const keyOf = (fill: number) => new Uint8Array(32).fill(fill)
const sealing = createSealing([keyOf(1)], systemRandom)

test('seal, open → the same; never the same sealed text twice', () => {
  for (const text of ['', 'a secret', 'ü𝄞\n'.repeat(1_000)]) {
    const sealed = sealing.seal(text, 'here')
    expect(sealing.open(sealed, 'here')).toBe(text)
    expect(sealing.seal(text, 'here')).not.toBe(sealed)
    expect(sealed).toMatch(/^sealed:v1:[0-9a-f]{8}:[\w-]+$/)
  }
})

test('open: any character changed, cut, or moved to another place → refused', () => {
  const sealed = sealing.seal('a secret', 'here')
  expect(() => sealing.open(sealed, 'there')).toThrow(/belongs to another place/)
  for (let place = 'sealed:v1:'.length; place < sealed.length - 1; place++) {
    const other = sealed[place] === 'A' ? 'B' : 'A'
    const changed = sealed.slice(0, place) + other + sealed.slice(place + 1)
    expect(() => sealing.open(changed, 'here')).toThrow(/CADRE_SEALING_KEY/)
    expect(() => sealing.open(sealed.slice(0, place), 'here')).toThrow(/CADRE_SEALING_KEY/)
  }
})

test('keys: the first seals, the others open; what they sealed is not current', () => {
  const old = createSealing([keyOf(2)], systemRandom).seal('a secret', 'here')
  expect(() => sealing.open(old, 'here')).toThrow(/was sealed with the key/)
  const both = createSealing([keyOf(1), keyOf(2)], systemRandom)
  expect(both.open(old, 'here')).toBe('a secret')
  expect(both.isCurrent(old)).toBe(false)
  expect(both.isCurrent('plain')).toBe(false)
  expect(both.isCurrent(both.seal('a secret', 'here'))).toBe(true)
})

test('without a key: plain stays plain, and what is sealed is refused', () => {
  const none = noSealing()
  expect(none.open(none.seal('a secret', 'here'), 'here')).toBe('a secret')
  expect(none.isCurrent('a secret')).toBe(true)
  expect(() => none.open(sealing.seal('a secret', 'here'), 'here')).toThrow(/no key/)
})
