import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegistryKey, SignedEnvelope } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm } from '../support/agent-forms.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The command against the real server and against one that lies.

let server: RunningCadre
let folder: string
let key: RegistryKey
let release: SignedEnvelope
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  const { marketplace, registry } = server.client
  await publishWasm(server.client, 'parrot', ECHO)
  await marketplace.publish({ item_type: 'agent', name: 'parrot', version: '1.0.0' })
  const state = () => marketplace.version('parrot', '1.0.0').then((version) => version.state)
  while ((await state()) === 'checking') await new Promise((resolve) => setImmediate(resolve))
  release = await marketplace.release('parrot', '1.0.0')
  const { items } = await registry.keys()
  key = items.find(({ id }) => id === release.key_id) as RegistryKey
  await writeFile(join(folder, 'parrot.wasm'), ECHO)
  await writeFile(join(folder, 'other.wasm'), exiting(1))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], url = server.url) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: url, CADRE_KEY: server.key } })
/** A server that answers what it likes. */
const lying = async (answers: { release: object; keys: object[] }) => {
  const liar = createServer((request, response) => {
    const isKeys = request.url?.endsWith('/keys') === true
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify(isKeys ? { items: answers.keys, next_cursor: null } : answers.release),
    )
  }).listen(0, '127.0.0.1')
  await once(liar, 'listening')
  const { port } = liar.address() as AddressInfo
  try {
    const { code, stdout } = await cadre(['verify', PARROT], `http://127.0.0.1:${port}`)
    return { code, stdout }
  } finally {
    liar.close()
  }
}
const PARROT = 'parrot@1.0.0'
const pemOf = (base64: string) =>
  createPublicKey({
    key: Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(base64, 'base64'),
    ]),
    format: 'der',
    type: 'spki',
  }).export({ format: 'pem', type: 'spki' })

test('verify: file and key → a line for each check, exit code 0', async () => {
  await writeFile(join(folder, 'key.pem'), pemOf(key.public_key))
  for (const given of [key.public_key, 'key.pem']) {
    const { code, stdout } = await cadre([
      'verify',
      PARROT,
      '--file',
      'parrot.wasm',
      '--public-key',
      given,
    ])
    expect(stdout).toMatch(
      /^ok +key +[0-9a-f]{16}, the one that you gave\nok +signature +Ed25519.*\nok +release +parrot 1\.0\.0 by default.*\nok +binary +SHA-256 [0-9a-f]{64}\n$/,
    )
    expect(code).toBe(0)
  }
})

test('verify: nothing else given → sound as far as it can be said, with what to do', async () => {
  const { code, stdout } = await cadre(['verify', PARROT])
  expect(stdout).toMatch(/warn +key .*as the server says\n.*--public-key/)
  expect(stdout).toMatch(/warn +binary +not looked at\n.*--file/)
  expect(code).toBe(0)
})

test('verify --json → one document with the release', async () => {
  const { code, stdout, stderr } = await cadre(['verify', PARROT, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    checks: [{ name: 'key' }, { name: 'signature', status: 'ok' }, {}, { name: 'binary' }],
    release: { name: 'parrot', artefact: { bytes: ECHO.length } },
  })
  expect([code, stderr]).toEqual([0, ''])
})

test('verify: another file, another key → what does not hold, exit code 1', async () => {
  const file = await cadre(['verify', PARROT, '--file', 'other.wasm'])
  expect([file.code, file.stdout]).toEqual([1, expect.stringMatching(/fail +binary +SHA-256 is/)])
  const stranger = generateKeyPairSync('ed25519').publicKey
  await writeFile(join(folder, 'other.pem'), stranger.export({ format: 'pem', type: 'spki' }))
  const other = await cadre(['verify', PARROT, '--public-key', 'other.pem'])
  expect(other.stdout).toMatch(/fail +key +signed by .*, but you gave/)
  expect(other.stdout).toMatch(/fail +signature/)
  expect(other.code).toBe(1)
})

test('verify: no version, no such file, no key, no such item → said, and no answer', async () => {
  const answers = await Promise.all([
    cadre(['verify', 'parrot']),
    cadre(['verify', PARROT, '--public-key', 'nonsense']),
    cadre(['verify', PARROT, '--file', 'absent.wasm']),
    cadre(['verify', 'nobody@1.0.0']),
  ])
  expect(answers.map(({ code }) => code)).toEqual([2, 2, 1, 1])
  expect(answers.map(({ stdout }) => stdout)).toEqual(['', '', '', ''])
  expect(answers[0]?.stderr).toContain('names no version')
})

test('verify: a server that lies → found out', async () => {
  const changed = { ...release, payload: release.payload.replace('default', 'somebody') }
  const text = await lying({ release: changed, keys: [key] })
  expect([text.code, text.stdout]).toEqual([1, expect.stringMatching(/fail +signature/)])
  const swapped = { ...key, public_key: Buffer.alloc(32, 9).toString('base64') }
  const other = await lying({ release, keys: [swapped] })
  expect([other.code, other.stdout]).toEqual([1, expect.stringMatching(/fail +key/)])
  const revoked = { ...key, state: 'revoked', revoked_at: '2026-07-01T00:00:00.000Z' }
  const gone = await lying({ release, keys: [revoked] })
  expect([gone.code, gone.stdout]).toEqual([1, expect.stringMatching(/fail +key +.*revoked/)])
  const junk = await lying({ release: { payload: 1, key_id: key.id }, keys: [key] })
  expect([junk.code, junk.stdout]).toEqual([1, expect.stringMatching(/fail +release/)])
})
