import { expect, test } from 'vitest'
import { ModuleCache } from './module-cache.ts'

const module = (): WebAssembly.Module =>
  new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))

test('more modules than it may keep → the least recently used one goes', () => {
  const cache = new ModuleCache({ entriesMax: 2, bytesMax: 1_000 })
  const kept = module()
  cache.put('a', kept, 1)
  cache.put('b', module(), 1)
  cache.get('a')
  cache.put('c', module(), 1)
  expect([cache.get('a'), cache.get('b')]).toEqual([kept, undefined])
})

test('more bytes than it may keep → old ones go until they fit, the too large one too', () => {
  const cache = new ModuleCache({ entriesMax: 10, bytesMax: 100 })
  cache.put('a', module(), 40)
  cache.put('b', module(), 40)
  cache.put('c', module(), 60)
  expect([cache.get('a') === undefined, cache.get('b') === undefined]).toEqual([true, false])
  cache.put('huge', module(), 101)
  expect(['b', 'c', 'huge'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined])
})

test('one key twice → counted once', () => {
  const cache = new ModuleCache({ entriesMax: 10, bytesMax: 100 })
  cache.put('a', module(), 60)
  cache.put('a', module(), 60)
  expect(cache.get('a')).toBeDefined()
})
