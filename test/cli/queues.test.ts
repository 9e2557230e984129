import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Queue } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
let own: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  own = `tasks.agent.${(await registerRemote(server.client, 'translator', [])).id}`
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })

test('show, pause, resume, set → each does what it says, by name of the queue or the agent', async () => {
  expect((await cadre('queue', 'translator')).stdout).toMatch(/State +open\n[^]*Allows +no limit/)
  expect((await cadre('queue', 'pause', own)).stdout).toBe('Queue translator is paused.\n')
  expect((await cadre('queue', own)).stdout).toMatch(/State +paused/)
  expect((await cadre('queues')).stdout).toMatch(new RegExp(`translator +paused .*${own}\n`))
  expect((await cadre('queue', 'resume', 'translator')).stdout).toBe('Queue translator goes on.\n')
  const limits = ['--concurrency', '5', '--per-key', '2', '--rate', '2.5/s', '--burst', '4']
  expect((await cadre('queue', 'set', 'translator', ...limits)).stdout).toBe(
    'Queue translator allows: 5 at once, 2 per key, 2.5/s, bursts of 4.\n',
  )
  const lifted = ['--rate', 'none', '--per-key', 'none']
  expect((await cadre('queue', 'set', 'translator', ...lifted)).stdout).toBe(
    'Queue translator allows: 5 at once.\n',
  )
})

test('--json → one document: the queue, or all of them', async () => {
  const queue = JSON.parse((await cadre('queue', 'tasks.wasm', '--json')).stdout) as Queue
  expect(queue).toMatchObject({ name: 'tasks.wasm', is_shared: true })
  const words = ['queue', 'set', own, '--rate', '3', '--burst', '6', '--json']
  expect(JSON.parse((await cadre(...words)).stdout)).toMatchObject({
    name: own,
    limits: { rate_per_second: 3, rate_burst: 6 },
  })
  const listed = JSON.parse((await cadre('queues', '--json')).stdout) as { items: Queue[] }
  expect(listed.items.map(({ name }) => name)).toEqual([own, 'tasks.wasm'])
})

test('nothing to set, no number, no such queue → said in words, and nothing is changed', async () => {
  const before = await server.client.queues.get(own)
  const empty = await cadre('queue', 'set', own)
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringContaining('--concurrency')])
  const wrong = await cadre('queue', 'set', own, '--rate', 'fast')
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('2.5/s')])
  const none = await cadre('queue', 'set', own, '--concurrency', '0')
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('whole number')])
  const unknown = await cadre('queue', 'pause', 'nobody')
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('nobody')])
  expect((await cadre('queue', 'tasks.nobody')).code).toBe(1)
  expect(await server.client.queues.get(own)).toEqual(before)
})

test('completion and help → know the commands and their options', async () => {
  const script = (await cadre('completion', 'bash')).stdout
  expect(script).toMatch(/queue\) .*--concurrency --per-key --rate --burst/)
  expect(script).toMatch(/"queue queue"\).*show pause resume set/)
  expect((await cadre('queue', '--help')).stdout).toContain('cadre queue pause translator')
})
