import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Schedule } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  await registerRemote(server.client, 'reporter', [])
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })
const WEEKDAYS = ['--cron', '30 8 * * 1-5', '--zone', 'Europe/Berlin']

test('create, list, show, pause, resume, trigger, delete → each does what it says', async () => {
  const made = await cadre('schedule', 'create', 'report', ...WEEKDAYS, '--agent', 'reporter')
  expect(made.stdout).toMatch(/^Schedule report is created\. It runs in /)
  expect((await cadre('schedules')).stdout).toMatch(
    /report +30 8 \* \* 1-5 \(Europe\/Berlin\) +in .* reporter\n$/,
  )
  expect((await cadre('schedule', 'pause', 'report')).stdout).toBe('Schedule report is paused.\n')
  expect((await cadre('schedules')).stdout).toContain('paused')
  expect((await cadre('schedule', 'resume', 'report')).stdout).toMatch(/next run in /)
  const taskId = (await cadre('schedule', 'trigger', 'report')).stdout.trim()
  const shown = await cadre('schedule', 'show', 'report')
  expect(shown.stdout).toMatch(/Next runs +\d{4}-/)
  expect(shown.stdout).toMatch(new RegExp(`TODO +hand +${taskId}`))
  expect((await cadre('tasks', '--schedule', 'report')).stdout).toContain(taskId)
  expect((await cadre('schedule', 'delete', 'report')).code).toBe(0)
  expect((await cadre('schedule', 'show', 'report')).code).toBe(1)
})

test('--json behind the command → one document', async () => {
  const words = 'schedule create pulse --every 60 --agent reporter --overlap skip --json'
  const { stdout } = await cadre(...words.split(' '), '--json-input', '{"n":1}')
  const schedule = JSON.parse(stdout) as Schedule
  expect(schedule).toMatchObject({ every_seconds: 60, overlap: 'skip', task: { input: { n: 1 } } })
  const listed = JSON.parse((await cadre('schedules', '--json')).stdout) as { items: Schedule[] }
  expect(listed.items.map(({ id }) => id)).toContain(schedule.id)
})

test('--dry-run → the next runs, and nothing is created', async () => {
  const { stdout } = await cadre('schedule', 'create', 'dry', ...WEEKDAYS, '--dry-run')
  expect(stdout.trim().split('\n')).toHaveLength(5)
  expect((await cadre('schedule', 'show', 'dry')).code).toBe(1)
})

test('no time, no agent, a wrong expression → said in words', async () => {
  const timeless = await cadre('schedule', 'create', 'x', '--agent', 'reporter')
  expect([timeless.code, timeless.stderr]).toEqual([2, expect.stringContaining('Say when')])
  const agentless = await cadre('schedule', 'create', 'x', ...WEEKDAYS)
  expect([agentless.code, agentless.stderr]).toEqual([2, expect.stringContaining('Say who')])
  const wrong = await cadre(
    'schedule',
    'create',
    'x',
    '--cron',
    '0 0 30 2 *',
    '--agent',
    'reporter',
  )
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('never comes')])
})
