import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCadreCli, type RunOptions } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  const source = 'name: order\nversion: 1.0.0\nsteps: { wait: { signal: paid } }\n'
  await server.client.workflows.publish({ source })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], options: RunOptions = {}) =>
  runCadreCli(args, {
    cwd: folder,
    ...options,
    env: { CADRE_URL: server.url, CADRE_KEY: server.key },
  })
const post = (address: string) =>
  fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })

test('create, list, disable, enable, delete → the address alone on stdout, and each does what it says', async () => {
  const created = await cadre(['webhook', 'create', 'order', 'shop'])
  const address = created.stdout.trim()
  expect(address).toMatch(/^http:\/\/\S+\/api\/v1\/hooks\/hook_\S+$/)
  expect(created.stderr).toContain('shown only now')
  expect((await post(address)).status).toBe(202)
  expect((await cadre(['runs', '--workflow', 'order'])).stdout).toContain('order@1.0.0')
  expect((await cadre(['webhooks'])).stdout).toMatch(/shop +order +none +enabled/)
  expect((await cadre(['webhooks', '--workflow', 'order'])).stdout).toMatch(/shop +order/)
  const others = await cadre(['webhooks', '--workflow', 'refund'])
  expect([others.stdout, others.stderr]).toEqual(['', 'No webhook starts refund.\n'])

  const disabled = await cadre(['webhook', 'disable', 'shop'])
  expect(disabled.stdout).toBe('Webhook shop is disabled.\n')
  expect((await post(address)).status).toBe(409)
  expect((await cadre(['webhook', 'enable', 'shop'])).code).toBe(0)
  expect((await post(address)).status).toBe(202)
  expect((await cadre(['webhook', 'delete', 'shop'])).stdout).toBe('Webhook shop is deleted.\n')
  expect((await post(address)).status).toBe(404)
})

test('a signature: the secret is made and shown, or taken from stdin', async () => {
  const made = await cadre(['webhook', 'create', 'order', 'made', '--signature', 'standard'])
  expect(made.stderr).toMatch(/Signing secret, shown only now: whsec_\S{40,}\n$/)
  const words = ['webhook', 'create', 'order', 'given', '--signature', 'github', '--secret', '-']
  const given = await cadre(words, { stdin: 'a secret of the sender\n' })
  expect(given.stderr).not.toContain('Signing secret')
  expect((await post(given.stdout.trim())).status).toBe(401)
})

test.each([
  ['a secret for nothing', ['order', 'x', '--secret', 'y'], 2, '--signature'],
  ['a scheme that is not known', ['order', 'x', '--signature', 'md5'], 2, 'Allowed choices'],
  ['no such workflow', ['gone', 'x'], 1, 'no such workflow'],
  ['a context that is no JSON', ['order', 'x', '--context', '{a'], 2, '--context is not JSON'],
])('%s → said in words', async (_, words, exitCode, message) => {
  const { code, stderr } = await cadre(['webhook', 'create', ...words])
  expect(stderr).toContain(message)
  expect(code).toBe(exitCode)
})
