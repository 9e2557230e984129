import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })

test('roles: set, set again, list, delete', async () => {
  const made = await cadre('roles', 'set', 'tester', '--permit', 'task.read', '--permit', 'run.*')
  expect(made.stdout).toMatch(/^The role tester permits: run.approve, .*, task.read\.\n$/)
  expect((await cadre('roles', 'set', 'tester')).stdout).toBe('The role tester permits: nothing.\n')
  expect((await cadre('roles')).stdout).toMatch(/tester +own +– +0/)
  expect((await cadre('roles', 'set', 'tester', '--permit', 'task.fly')).stderr).toContain(
    'there is no action task.fly',
  )
  expect((await cadre('roles', 'delete', 'tester')).code).toBe(0)
})

test('grants: add, list, withdraw', async () => {
  const words = ['grants', 'add', 'workflow', 'nightly', '--permit', 'run.*']
  const added = await cadre(...words, '--to-role', 'viewer', '--reason', 'holiday cover')
  const id = /^Granted: (\S+)\n$/.exec(added.stdout)?.[1] ?? ''
  expect((await cadre('grants')).stdout).toMatch(
    /role viewer +run\.\* +Workflow nightly +never +holiday cover/,
  )
  expect((await cadre('grants', 'withdraw', id)).code).toBe(0)
  expect((await cadre('grants', 'add', 'Fish', 'x', '--permit', '*', '--reason', 'y')).code).toBe(2)
})

test('policies: lint, add, try, activate, explained, deactivate', async () => {
  await writeFile(
    join(folder, 'bad.cedar'),
    'permit (principal,\n  action == Action::"x", resource);',
  )
  const linted = await cadre('policies', 'lint', 'bad.cedar')
  expect(linted.code).toBe(1)
  expect(linted.stdout).toMatch(/^bad\.cedar:2:13 error: unrecognized action/)
  await writeFile(
    join(folder, 'calm.cedar'),
    'forbid (principal, action == Action::"circuit.reset", resource);',
  )
  expect((await cadre('policies', 'add', 'calm', 'calm.cedar')).stdout).toMatch(
    /^Version 1 of calm is written/,
  )
  expect((await cadre('access', 'explain', 'circuit.reset')).stdout).toMatch(
    /^permitted: administrator may circuit.reset\./,
  )
  expect((await cadre('policies', 'try', 'calm')).stdout).toMatch(/0 would come out otherwise/)
  expect((await cadre('policies', 'activate', 'calm')).stdout).toBe(
    'Version 1 of calm decides from now on.\n',
  )
  const explained = await cadre('access', 'explain', 'circuit.reset')
  expect(explained.code).toBe(1)
  expect(explained.stdout).toContain('- policy The policy calm forbids circuit.reset.')
  expect((await cadre('policies')).stdout).toMatch(/calm +1 +version 1/)
  const ended = await cadre('policies', 'deactivate', 'calm', '--confirm', '100')
  expect(ended.stdout).toBe('calm decides nothing any more.\n')
  expect((await cadre('policies', 'activate', 'nobody')).code).toBe(2)
})
