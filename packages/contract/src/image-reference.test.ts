import { expect, test } from 'vitest'
import { digestOfImage, ImageReference, imageReferenceFault } from './image-reference.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

test.each([
  `registry.example.com/name@${DIGEST}`,
  `registry.example.com:5000/team/sub-team/name_of.it__all@${DIGEST}`,
  `localhost/name@${DIGEST}`,
  `localhost:5000/a--b/c@${DIGEST}`,
  `127.0.0.1:5000/name@${DIGEST}`,
  `[2001:db8::1]/name@${DIGEST}`,
  `[::1]:5000/name@${DIGEST}`,
  `Registry.Example.COM/name@${DIGEST}`,
])('image: %s → taken as it is', (reference) => {
  expect(ImageReference.parse(reference)).toBe(reference)
  expect(digestOfImage(reference)).toBe(DIGEST.slice('sha256:'.length))
})

test.each<[string, string]>([
  ['registry.example.com/name', 'must be pinned'],
  ['registry.example.com/name:latest', 'must be pinned'],
  ['', 'must be pinned'],
  [`name@${DIGEST}`, 'must begin with its registry'],
  [`team/name@${DIGEST}`, 'must begin with its registry'],
  [`@${DIGEST}`, 'must begin with its registry'],
  [`-bad.example.com/name@${DIGEST}`, 'must begin with its registry'],
  [`registry..example.com/name@${DIGEST}`, 'must begin with its registry'],
  [`registry.example.com:0/name@${DIGEST}`, 'must begin with its registry'],
  [`registry.example.com:65536/name@${DIGEST}`, 'must begin with its registry'],
  [`registry.example.com:/name@${DIGEST}`, 'must begin with its registry'],
  [`user:secret@registry.example.com/name@${DIGEST}`, 'digest of SHA-256'],
  [`https://registry.example.com/name@${DIGEST}`, 'is an address'],
  [`docker://registry.example.com/name@${DIGEST}`, 'is an address'],
  [`registry.example.com/name:1.0@${DIGEST}`, 'must not name a tag'],
  [`registry.example.com/Name@${DIGEST}`, 'has a part "Name"'],
  [`registry.example.com/a___b@${DIGEST}`, 'has a part "a___b"'],
  [`registry.example.com/a..b@${DIGEST}`, 'has a part "a..b"'],
  [`registry.example.com/../etc@${DIGEST}`, 'has a part ".."'],
  [`registry.example.com//name@${DIGEST}`, 'has a part ""'],
  [`registry.example.com/name/@${DIGEST}`, 'has a part ""'],
  [`registry.example.com/na me@${DIGEST}`, 'has a part "na me"'],
  [`registry.example.com/n\u0430me@${DIGEST}`, 'has a part'],
  [`registry.example.com/name@${DIGEST} `, '64 hexadecimal digits'],
  [`registry.example.com/name@${DIGEST}\n`, '64 hexadecimal digits'],
  [`registry.example.com/name@${DIGEST.toUpperCase()}`, 'digest of SHA-256'],
  [`registry.example.com/name@sha256:${'A'.repeat(64)}`, '64 hexadecimal digits'],
  [`registry.example.com/name@sha256:${'a'.repeat(63)}`, '64 hexadecimal digits'],
  [`registry.example.com/name@sha512:${'a'.repeat(128)}`, 'digest of SHA-256'],
  [`registry.example.com/name@${DIGEST}@${DIGEST}`, 'digest of SHA-256'],
  [`registry.example.com/${'a'.repeat(250)}@${DIGEST}`, 'more than 255 characters'],
])('image: %j → refused: %s', (reference, reason) => {
  expect(imageReferenceFault(reference)).toContain(reason)
  expect(ImageReference.safeParse(reference).success).toBe(false)
})

test('image: hostile length → refused in no time', () => {
  const begin = performance.now()
  for (const part of ['a-', 'a.', '__', '[::', 'a/'])
    expect(imageReferenceFault(`r.example/${part.repeat(500_000)}@${DIGEST}`)).not.toBeNull()
  expect(performance.now() - begin).toBeLessThan(2_000)
})
