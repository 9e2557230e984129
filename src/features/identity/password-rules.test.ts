import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '#platform/random.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { requireGoodPassword } from './password-rules.ts'
import { anyText } from '../../../test/support/any-text.ts'

const refuses = (password: string, email = 'jo.smith@example.com'): boolean => {
  try {
    requireGoodPassword(password, 'password', email)
    return false
  } catch {
    return true
  }
}

test.each([
  'passwordpassword',
  'PASSWORDPASSWORD',
  'ｐａｓｓｗｏｒｄ1234',
  'aaaaaaaaaaaaaaaa',
  'abcdabcdabcdab',
  'JoSmith12345!!',
  'jo.smith@example.com',
])('%s → refused', (password) => {
  expect(refuses(password)).toBe(true)
})

test.each([
  'four words and more',
  'пароль из слов',
  '长密码比短密码好得多呢朋友',
  'Tr0ub4dor&3-and-more',
])('%s → taken: no rules of composition', (password) => {
  expect(refuses(password)).toBe(false)
})

test('an address of figures does not make every password of figures bad', () => {
  expect(refuses('83920174650912', '4711@example.com')).toBe(false)
})

test('any text → an answer', () => {
  fc.assert(
    fc.property(
      anyText({ minLength: 12, maxLength: 256 }),
      fc.emailAddress(),
      (password, email) => {
        refuses(password, email)
      },
    ),
  )
})

test('hash: Argon2id as OWASP says, salted; the same password in another form of Unicode is right', async () => {
  const hasher = createPasswordHasher(systemRandom)
  const [one, two] = await Promise.all([hasher.hash('pass\u00e9 compos\u00e9'), hasher.hash('x')])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
  expect(await hasher.verify(one, 'passe\u0301 compose\u0301')).toBe(true)
  expect(await hasher.verify(one, 'passe compose')).toBe(false)
  expect(await hasher.verify(null, 'x')).toBe(false)
})

test('the password behind the hash of nobody → opens nothing', async () => {
  const random = { fraction: () => 0, bytes: (count: number) => new Uint8Array(count).fill(7) }
  const hasher = createPasswordHasher(random)
  expect(await hasher.verify(null, '07'.repeat(16))).toBe(false)
})

test('more at once than may wait → 503, and those before are served', async () => {
  const hasher = createPasswordHasher(systemRandom, { atOnceMax: 2, waitingMax: 3 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => hasher.hash('four words and more')),
  )
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(3)
  expect(refused[0]).toMatchObject({ reason: { code: 'access.busy', kind: 'unavailable' } })
  expect(await hasher.hash('four words and more')).toMatch(/^\$argon2id/)
})
