import { expect, test } from 'vitest'
import { seededRandom, systemRandom } from '#platform/random.ts'
import { isPlausibleToken, newSecret, newToken, seal, unseal } from './webhook-secrets.ts'

test('a token looks like one; anything else does not', () => {
  const token = newToken(systemRandom)
  expect(isPlausibleToken(token)).toBe(true)
  expect(
    [token.slice(0, -1), `${token}a`, token.replace('hook', 'whk')].map(isPlausibleToken),
  ).toEqual([false, false, false])
})

test('a sealed secret: its token opens it, another does not, and nothing of it shows', () => {
  const token = newToken(seededRandom(1))
  const secret = newSecret('standard', seededRandom(2))
  const sealed = seal(secret, token, systemRandom)
  expect(unseal(sealed, token)).toBe(secret)
  expect(() => unseal(sealed, newToken(seededRandom(3)))).toThrow()
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(secret.slice(6, 20))
  expect(seal(secret, token, systemRandom)).not.toBe(sealed)
})
