import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultOf, runAgent } from './agent-host.ts'

interface Scan {
  found: number
  findings: { rule: string; severity: string; line: number; column: number; shown: string }[]
}

const scan = (text: string): Promise<Scan> => resultOf<Scan>('secret-scanner', text)
const rulesOf = async (text: string) => (await scan(text)).findings.map(({ rule }) => rule)

/** Looks random and is the same every time, so no real secret ever stands in this repository. */
function fake(
  length: number,
  alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
) {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    for (const byte of createHash('sha512').update(`fake ${round}`).digest()) {
      text += alphabet[byte % alphabet.length]
    }
  }
  return text.slice(0, length)
}
const hexadecimal = '0123456789abcdef'
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

test('secret-scanner: a key in a line → where it is, never what it is', async () => {
  const key = `AKIA${fake(16, capitals)}`
  const run = await runAgent('secret-scanner', `# é\nid: ${key} # mine\n`)
  expect(JSON.parse(run.stdout)).toMatchObject({
    found: 1,
    is_cut: false,
    by_severity: { high: 1, medium: 0, low: 0 },
    findings: [
      {
        rule: 'aws-access-key-id',
        severity: 'high',
        line: 2,
        column: 5,
        length: 20,
        shown: 'AKIA…',
        fingerprint: createHash('sha256').update(key).digest('hex').slice(0, 8),
      },
    ],
  })
  expect(run.stdout).not.toContain(key.slice(0, 8))
})

test('secret-scanner: tokens of known issuers → their rules', async () => {
  const tokens: [string, string][] = [
    [`ghp_${fake(36)}`, 'github-token'],
    [`github_pat_${fake(82)}`, 'github-token'],
    [`glpat-${fake(20)}`, 'gitlab-token'],
    [`xoxb-${fake(30)}`, 'slack-token'],
    [`https://hooks.slack.com/services/${fake(44)}`, 'slack-webhook'],
    [`sk_live_${fake(24)}`, 'stripe-key'],
    [`sk_test_${fake(24)}`, 'stripe-test-key'],
    [`AIza${fake(35)}`, 'google-api-key'],
    [`npm_${fake(36)}`, 'npm-token'],
    [`pypi-AgE${fake(60)}`, 'pypi-token'],
    [`SG.${fake(22)}.${fake(43)}`, 'sendgrid-key'],
    [`sk-ant-${fake(80)}`, 'anthropic-key'],
    [`sk-proj-${fake(80)}`, 'openai-key'],
    [`SK${fake(32, hexadecimal)}`, 'twilio-key'],
    [`dop_v1_${fake(64, hexadecimal)}`, 'digitalocean-token'],
    [`hf_${fake(34)}`, 'hugging-face-token'],
    [`eyJ${fake(30)}.eyJ${fake(40)}.${fake(43)}`, 'json-web-token'],
    ['-----BEGIN EC PRIVATE KEY-----', 'private-key'],
    [`postgres://app:${fake(12)}@db:5432/app`, 'url-password'],
    [fake(48), 'random-text'],
  ]
  for (const [token, rule] of tokens) {
    expect([token, await rulesOf(`x = "${token}"`)]).toEqual([token, [rule]])
  }
})

test('secret-scanner: values given to secret names → found, however they are written', async () => {
  const value = fake(16)
  for (const line of [
    `password: ${value}`,
    `"clientSecret": "${value}"`,
    `export API_KEY='${value}'`,
    `auth-token = ${value}`,
    `db.passwd=>"${value}"`,
  ]) {
    expect([line, await rulesOf(line)]).toEqual([line, ['assigned-secret']])
  }
})

test('secret-scanner: what only looks like secrets → not reported', async () => {
  const harmless = [
    'password = changeme-please-now',
    'token = process.env.TOKEN_VALUE_1',
    'const token = await readToken(file1)',
    'secret: ${SECRET_FROM_ENV_1}',
    'api_key: <your key here 12345>',
    'password: "********"',
    'the token: a short word',
    `sha256: ${fake(64, hexadecimal)}`,
    `"integrity": "${'a'.repeat(88)}"`,
    'AKIA123',
    'https://example.com/path:with@sign',
    'import x from "./a/very/long/path/to/some/module/that/is/here"',
    '-----BEGIN PUBLIC KEY-----',
  ]
  for (const line of harmless) expect([line, await rulesOf(line)]).toEqual([line, []])
})

test('secret-scanner: more findings than are listed → counted all the same', async () => {
  const line = `password = "${fake(16)}"\n`
  const result = await scan(line.repeat(1_500))
  expect(result).toMatchObject({ found: 1_500, is_cut: true })
  expect(result.findings.length).toBe(1_000)
})

test('secret-scanner: a token anywhere in a text → found at its place', async () => {
  const token = `glpat-${fake(24)}`
  const filler = fc.string({ unit: fc.constantFrom(...'ab é\n.;-'), maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(filler, filler, async (before, after) => {
      const text = `${before} ${token} ${after}`
      const lines = `${before} `.split('\n')
      expect((await scan(text)).findings).toEqual([
        expect.objectContaining({
          rule: 'gitlab-token',
          line: lines.length,
          column: [...(lines.at(-1) ?? '')].length + 1,
        }),
      ])
    }),
  )
})
