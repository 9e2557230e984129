import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifySignature, type SignatureRule } from './webhook-signature.ts'

const NOW = new Date('2026-07-01T08:30:00Z')
const SECONDS = NOW.getTime() / 1_000
const BODY = '{"id":"evt_1","amount":5}'

const deliveryOf = (headers: Record<string, string>, body = BODY) => ({
  header: (name: string) => headers[name],
  body,
  value: JSON.parse(body) as unknown,
})
const verify = (
  rule: Partial<SignatureRule>,
  headers: Record<string, string>,
  body?: string,
): string | null =>
  verifySignature(
    deliveryOf(headers, body),
    { scheme: 'github', secret: 'It is a Secret to Everybody', toleranceSeconds: 300, ...rule },
    NOW,
  )
const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text)

describe('github', () => {
  const signed = (body = BODY) => ({
    'x-hub-signature-256': `sha256=${mac('It is a Secret to Everybody', body).digest('hex')}`,
  })

  test('the example of its documentation → taken', () => {
    const given = {
      'x-hub-signature-256': `sha256=${mac("It's a Secret to Everybody", 'Hello, World!').digest('hex')}`,
    }
    expect(given['x-hub-signature-256']).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    )
    const delivery = {
      header: (name: string) => (given as Record<string, string>)[name],
      body: 'Hello, World!',
      value: null,
    }
    const rule = {
      scheme: 'github',
      secret: "It's a Secret to Everybody",
      toleranceSeconds: 1,
    } as const
    expect(verifySignature(delivery, rule, NOW)).toBeNull()
  })

  test.each([
    ['another body', signed('{"id":"evt_1","amount":500}')],
    ['another secret', { 'x-hub-signature-256': `sha256=${mac('x', BODY).digest('hex')}` }],
    ['no signature', {}],
    ['an empty one', { 'x-hub-signature-256': 'sha256=' }],
    [
      'the beginning of the right one',
      { 'x-hub-signature-256': signed()['x-hub-signature-256'].slice(0, 40) },
    ],
  ])('%s → 401', (_, headers) => {
    expect(() => verify({}, headers)).toThrow(expect.objectContaining({ kind: 'unauthenticated' }))
  })
})

describe('stripe', () => {
  const rule = { scheme: 'stripe', secret: 'whsec_abcdefghijklmnop' } as const
  const header = (time: number, body = BODY) =>
    `t=${time},v1=${mac(rule.secret, `${time}.${body}`).digest('hex')},v0=old`

  test('within the window → the id of the event, also when it is sent again later', () => {
    expect(verify(rule, { 'stripe-signature': header(SECONDS) })).toBe('evt_1')
    expect(verify(rule, { 'stripe-signature': header(SECONDS - 300) })).toBe('evt_1')
  })
  test('an event without id → the same message is known again, another is not', () => {
    const body = '{"amount":5}'
    const once = verify(rule, { 'stripe-signature': header(SECONDS, body) }, body)
    expect(verify(rule, { 'stripe-signature': header(SECONDS, body) }, body)).toBe(once)
    expect(verify(rule, { 'stripe-signature': header(SECONDS - 1, body) }, body)).not.toBe(once)
  })
  test('one of two signatures fits, as while a secret is changed → taken', () => {
    const wrong = `v1=${'0'.repeat(64)}`
    expect(verify(rule, { 'stripe-signature': `${wrong},${header(SECONDS)}` })).toBe('evt_1')
  })
  test.each([
    ['too old', header(SECONDS - 301)],
    ['of the future', header(SECONDS + 301)],
    ['a time that was not signed', header(SECONDS - 301).replace(/t=\d+/, `t=${SECONDS}`)],
    ['no time', header(SECONDS).replace(/t=\d+,/, '')],
    ['nonsense', '=,=,t=,v1'],
  ])('%s → 401', (_, value) => {
    expect(() => verify(rule, { 'stripe-signature': value })).toThrow(
      expect.objectContaining({ kind: 'unauthenticated' }),
    )
  })
})

describe('standard', () => {
  const key = Buffer.from('a key of thirty-two random bytes')
  const rule = { scheme: 'standard', secret: `whsec_${key.toString('base64')}` } as const
  const headers = (fields: { id?: string; time?: number } = {}): Record<string, string> => {
    const { id = 'msg_1', time = SECONDS } = fields
    const signature = mac(key, `${id}.${time}.${BODY}`).digest('base64')
    return {
      'webhook-id': id,
      'webhook-timestamp': String(time),
      'webhook-signature': `v1,${'A'.repeat(43)}= v1,${signature}`,
    }
  }

  test('within the window → its id', () => {
    expect(verify(rule, headers())).toBe('msg_1')
  })
  test.each([
    ['too old', headers({ time: SECONDS - 301 })],
    ['another id than the signed one', { ...headers(), 'webhook-id': 'msg_2' }],
    [
      'another time than the signed one',
      { ...headers(), 'webhook-timestamp': String(SECONDS - 1) },
    ],
    [
      'a signature of another version',
      {
        ...headers(),
        'webhook-signature': headers()['webhook-signature']?.replaceAll('v1,', 'v1a,') ?? '',
      },
    ],
    ['no id', { ...headers(), 'webhook-id': '' }],
  ])('%s → 401', (_, given) => {
    expect(() => verify(rule, given)).toThrow(expect.objectContaining({ kind: 'unauthenticated' }))
  })
})
