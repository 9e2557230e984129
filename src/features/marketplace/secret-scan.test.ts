import { expect, test } from 'vitest'
import { secretIn } from './secret-scan.ts'

const BODY = 'MIIEpAIBAAKCAQEA'.repeat(4)

test.each([
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${BODY}`],
  ['a private key', JSON.stringify(`-----BEGIN PRIVATE KEY-----\n${BODY}`)],
  ['an access key of AWS', `key=AKIA${'A1B2C3D4'.repeat(2)}`],
  ['a token of GitHub', `ghp_${'a1B2'.repeat(9)}`],
  ['a token of GitLab', `glpat-${'a1B2'.repeat(6)}`],
  ['a token of Slack', `xoxb-${'1234567890-'.repeat(3)}`],
  ['a key of Stripe', `sk_live_${'a1B2'.repeat(6)}`],
  ['a key of Google', `AIza${'a1B2c'.repeat(7)}`],
  ['a key of OpenAI or Anthropic', `sk-ant-${'a1B2'.repeat(10)}`],
  ['a token of npm', `npm_${'a1B2'.repeat(9)}`],
  ['a JSON Web Token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`],
  ['a password in an address', 'postgres://app:correct-horse@db.shop.com/x'],
  ['a password in an address', 'https://me:correct-horse@localhost.evil.com/'],
])('secret: %s → seen', (kind, text) => {
  expect(secretIn(`before ${text} after`)).toBe(kind)
})

test.each([
  'nothing at all',
  '-----BEGIN RSA PRIVATE KEY-----\n',
  'postgres://app:hunter2-but-longer@db.internal:5432/app',
  'https://user:password@example.com/',
  'amqp://guest:guest-guest@localhost:5672',
  'sk-short',
  'ask-me-anything-about-this-long-name-of-a-page',
  'the task-of-this-long-name-that-goes-on-and-on-and-on',
])('no secret: %s → passes', (text) => {
  expect(secretIn(text)).toBeNull()
})

test('hostile text: long and repetitive → read in no time', () => {
  const begin = performance.now()
  for (const part of ['a://b:c', '-----BEGIN ', 'eyJ', 'sk- ', 'a:', '@'])
    expect(secretIn(part.repeat(200_000))).toBeNull()
  expect(performance.now() - begin).toBeLessThan(5_000)
})
