import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { runCadreCli, type RunOptions } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The inbox on the command line, against the real server.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  for (const name of ['breaker', 'other']) await registerRemote(server.client, name)
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], more: RunOptions = {}) =>
  runCadreCli(['quarantine', ...args], {
    cwd: folder,
    ...more,
    env: { CADRE_DATA_DIR: server.dataDirectory },
  })
const quarantined = async (error: string, agent_id = 'breaker'): Promise<string> => {
  const { id } = await server.client.tasks.create({ agent_id, input: { word: 'first' } })
  await server.client.tasks.updateStatus(id, { agent_id, new_status: 'IN_PROGRESS' })
  const failure = { agent_id, error_message: error, category: 'permanent' } as const
  await server.client.tasks.reportFailure(id, failure)
  return id
}
const statusOf = async (id: string) => (await server.client.tasks.get(id)).status

describe('look', () => {
  test('groups → counts, agents and a sample; --json → one document', async () => {
    await quarantined('look at 1')
    await quarantined('look at 2', 'other')
    const { stdout } = await cadre(['--search', 'look at'])
    expect(stdout).toMatch(/^GROUP +TASKS +CATEGORY +AGENTS/)
    expect(stdout).toMatch(/^[0-9a-f]{16} +2 +permanent +\w+ \+1 .* look at 2$/m)
    const json = await cadre(['--search', 'look at', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ tasks: 2, agents_affected: 2 }] })
  })

  test('list and show → tasks, attempts, input', async () => {
    const id = await quarantined('show this')
    const list = await cadre(['list', '--search', 'show this', '--agent', 'breaker'])
    expect(list.stdout).toContain(id)
    const { stdout } = await cadre(['show', id])
    expect(stdout).toMatch(/^Error +show this$/m)
    expect(stdout).toMatch(/^ +1 +permanent +breaker/m)
    expect(stdout).toContain('"word": "first"')
    const json = await cadre(['show', id, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ id, attempts: [{ attempt: 1 }] })
  })

  test('nothing matches → said on stderr, exit code 0', async () => {
    const { code, stdout, stderr } = await cadre(['list', '--search', 'no such failure'])
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toContain('No task in quarantine matches.')
  })

  test('dead letters: none → said so', async () => {
    expect((await cadre(['dead-letters'])).stderr).toContain('There are no dead letters.')
    const { stdout } = await cadre(['purge-dead-letters', '--all', '--dry-run'])
    expect(stdout).toBe('0 dead letters would be purged.\n')
  })
})

describe('redrive', () => {
  test('one with a file as its input → due again with that', async () => {
    const id = await quarantined('one by one')
    await writeFile(join(folder, 'input.txt'), 'second\n')
    const { code, stdout } = await cadre(['redrive', id, '--input', 'input.txt'])
    expect([code, stdout]).toEqual([0, `Task ${id} is due again.\n`])
    expect(await server.client.tasks.get(id)).toMatchObject({ status: 'TODO', input: 'second\n' })
  })

  test('one with --json-input and --keep-retries → JSON in, JSON out', async () => {
    const id = await quarantined('one by one')
    const args = ['redrive', id, '--json-input', '{"a":1}', '--keep-retries', '--json']
    expect(JSON.parse((await cadre(args)).stdout)).toMatchObject({
      status: 'TODO',
      input: { a: 1 },
      retry_count: 1,
    })
  })

  test('group: --dry-run → counted and shown only; --yes → done', async () => {
    const ids = [await quarantined('flock 1'), await quarantined('flock 2')]
    const kept = await quarantined('loner')
    const [group] = (await server.client.quarantine.groups({ q: 'flock' })).items
    const rehearsal = await cadre(['redrive', '--group', group?.fingerprint ?? '', '--dry-run'])
    expect(rehearsal.stdout).toMatch(/^2 tasks would be redriven\.\nID/)
    expect(await Promise.all(ids.map(statusOf))).toEqual(['QUARANTINED', 'QUARANTINED'])
    const { stdout } = await cadre(['redrive', '--group', group?.fingerprint ?? '', '--yes'])
    expect(stdout).toBe('2 tasks redriven.\n')
    expect(await Promise.all(ids.map(statusOf))).toEqual(['TODO', 'TODO'])
    expect(await statusOf(kept)).toBe('QUARANTINED')
  })

  test('many without --yes where nobody can be asked → usage error, nothing changed', async () => {
    const id = await quarantined('ask first')
    const { code, stderr } = await cadre(['redrive', '--search', 'ask first'])
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect(await statusOf(id)).toBe('QUARANTINED')
  })

  test.each([
    [['redrive'], 'Name tasks'],
    [['redrive', '--all', '--agent', 'breaker'], '--all goes with no'],
    [['redrive', '--agent', 'breaker', '--json-input', '1', '--yes'], 'cannot be used with'],
    [['purge', '--category', 'bad-luck'], 'Allowed choices'],
    [['purge-dead-letters'], 'Name letters'],
  ])('%j → usage error', async (args, message) => {
    const { code, stderr } = await cadre(args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  test('not in quarantine → says what it is', async () => {
    const { id } = await server.client.tasks.create({ agent_id: 'breaker' })
    const { code, stderr } = await cadre(['redrive', id])
    expect(code).toBe(1)
    expect(stderr).toContain('The task is TODO, not in quarantine')
  })
})

test('purge by agent → cancelled, JSON tells how many', async () => {
  const id = await quarantined('give up', 'other')
  const { stdout } = await cadre(['purge', '--agent', 'other', '--reason', 'r', '--yes', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ dry_run: false, skipped: 0 })
  expect(await statusOf(id)).toBe('CANCELLED')
})

test('redrive --all --yes → the inbox is empty', async () => {
  await quarantined('last')
  expect((await cadre(['redrive', '--all', '--yes'])).stdout).toMatch(/^\d+ tasks? redriven\.\n$/)
  expect((await cadre([])).stderr).toContain('Nothing is in quarantine.')
})
