import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Workflow, WorkflowSummary } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  await registerRemote(server.client, 'stock', [])
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], stdin?: string) =>
  runCadreCli(args, {
    cwd: folder,
    stdin,
    env: { CADRE_URL: server.url, CADRE_KEY: server.key },
  })
const write = (name: string, text: string) => writeFile(join(folder, name), text)

const ORDER = `name: order
version: 1.0.0
description: Handles an order
steps:
  reserve:
    agent: stock
    compensation: { agent: stock }
  approve:
    approval: Ship it?
    needs: reserve
    when: trigger.total > 100
`
const BROKEN = `name: order
version: 1.0.0
steps:
  größe: { agent: stock }
  reserve:
    agent: stock
    input: "👋🏽 \${trigger.total * }"
\tpay: x
`

test('publish, list, show, versions, delete → each does what it says', async () => {
  await write('order.yaml', ORDER)
  const published = await cadre(['workflow', 'publish', 'order.yaml'])
  expect(published.stdout).toMatch(/^Published workflow order 1\.0\.0 \([0-9a-f-]{36}\)\.\n$/)
  expect(published.code).toBe(0)
  expect((await cadre(['workflows'])).stdout).toMatch(
    /order +1\.0\.0 +2 +yes +.* administrator +Handles an order\n$/,
  )
  expect((await cadre(['workflows', 'nothing'])).stderr).toBe('No workflow matches.\n')
  const shown = await cadre(['workflow', 'show', 'order'])
  expect(shown.stdout).toMatch(/Saga +yes/)
  expect(shown.stdout).toMatch(/reserve +agent stock +– +– +stock/)
  expect(shown.stdout).toMatch(/approve +approval +reserve +trigger\.total > 100 +–/)
  expect((await cadre(['workflow', 'show', 'order@1.0.0', '--source'])).stdout).toBe(ORDER)
  await cadre(['workflow', 'publish', '-'], ORDER.replace('1.0.0', '1.1.0'))
  expect((await cadre(['workflow', 'versions', 'order'])).stdout).toMatch(
    /order +1\.1\.0 [^\n]*\norder +1\.0\.0 /,
  )
  const unnamed = await cadre(['workflow', 'delete', 'order'])
  expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringContaining('order@VERSION')])
  expect((await cadre(['workflow', 'delete', 'order@1.1.0'])).stdout).toBe(
    'Workflow order@1.1.0 is deleted.\n',
  )
  expect((await cadre(['workflow', 'show', 'order@1.1.0'])).code).toBe(1)
})

test('lint: problems → file:line:column: message, the line, a caret, exit code 1', async () => {
  await write('broken.yaml', BROKEN.replace('\tpay: x\n', ''))
  const { code, stdout, stderr } = await cadre(['workflow', 'lint', 'broken.yaml'])
  expect(stdout.split('\n')).toEqual([
    'broken.yaml:4:3: a step’s name is made of lower-case letters, digits and underscores and begins with a letter',
    '    größe: { agent: stock }',
    '    ^',
    'broken.yaml:7:35: `trigger.total *`: ends too early',
    '      input: "👋🏽 ${trigger.total * }"',
    '                                  ^',
    '',
  ])
  expect([code, stderr]).toEqual([1, '2 problems in 1 file.\n'])
})

test('lint: several files, a tab, a warning → each with its name; sound ones are silent', async () => {
  await write('tab.yaml', BROKEN)
  await write('sound.yaml', ORDER)
  await write('early.yaml', ORDER.replace('agent: stock\n', 'agent: nobody\n'))
  const files = ['tab.yaml', 'sound.yaml', 'early.yaml']
  const { code, stdout, stderr } = await cadre(['workflow', 'lint', ...files])
  expect(stdout.split('\n')).toEqual([
    'tab.yaml:8:1: indent with spaces; YAML allows no tabs',
    '   pay: x',
    '  ^',
    'early.yaml:6:12: warning: there is no agent `nobody` yet',
    '      agent: nobody',
    '             ^',
    '',
  ])
  expect([code, stderr]).toEqual([1, '1 problem in 3 files.\n'])
})

test('lint: nothing wrong → exit code 0; --json → one document', async () => {
  await write('sound.json', JSON.stringify({ name: 'sound', version: '1.0.0', steps: {} }))
  const sound = await cadre(['workflow', 'lint', '-'], ORDER)
  expect([sound.code, sound.stdout, sound.stderr]).toEqual([0, '', 'No problem in 1 file.\n'])
  const { code, stdout } = await cadre(['workflow', 'lint', 'sound.json', '--json'])
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toEqual({
    files: [
      {
        file: 'sound.json',
        problems: [
          { message: 'a workflow has at least one step', path: 'steps', line: 1, column: 43 },
        ],
        warnings: [],
      },
    ],
  })
})

test('lint: JSON that is none → its line and column', async () => {
  await write('broken.json', '{\n  "name": "order",\n}\n')
  const { stdout } = await cadre(['workflow', 'lint', 'broken.json'])
  expect(stdout).toBe(
    'broken.json:3:1: this is no JSON: Expected double-quoted property name\n  }\n  ^\n',
  )
})

test('publish: problems → the same lines on stderr, exit code 1, and nothing is published', async () => {
  await write('faulty.yaml', 'name: faulty\nversion: 1.0.0\nsteps:\n  a: { agnet: stock }\n')
  const { code, stdout, stderr } = await cadre(['workflow', 'publish', 'faulty.yaml'])
  expect(stderr.split('\n')).toEqual([
    'faulty.yaml:4:8: there is no key `agnet` here; did you mean `agent`?',
    '    a: { agnet: stock }',
    '         ^',
    'Nothing is published.',
    '',
  ])
  expect([code, stdout]).toEqual([1, ''])
  expect((await cadre(['workflow', 'show', 'faulty'])).code).toBe(1)
  const json = await cadre(['workflow', 'publish', 'faulty.yaml', '--json'])
  expect(JSON.parse(json.stderr)).toMatchObject({
    error: { code: 'workflow.invalid', details: [{ field: 'steps.a.agnet', line: 4, column: 8 }] },
  })
})

test('publish: a version that is there, a file that is not, one that is no text → said in words', async () => {
  await write('again.yaml', ORDER.replace('name: order', 'name: again'))
  expect((await cadre(['workflow', 'publish', 'again.yaml'])).code).toBe(0)
  const again = await cadre(['workflow', 'publish', 'again.yaml'])
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('published already')])
  const absent = await cadre(['workflow', 'lint', 'absent.yaml'])
  expect([absent.code, absent.stderr]).toEqual([1, 'Error: absent.yaml does not exist.\n'])
  await writeFile(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0x00))
  const binary = await cadre(['workflow', 'publish', 'binary.yaml'])
  expect([binary.code, binary.stderr]).toEqual([1, 'Error: binary.yaml is not text in UTF-8.\n'])
})

test('--json → documents', async () => {
  await write('json.yaml', ORDER.replace('name: order', 'name: in-json'))
  const published = await cadre(['workflow', 'publish', 'json.yaml', '--json'])
  const workflow = JSON.parse(published.stdout) as Workflow
  expect(workflow).toMatchObject({ name: 'in-json', step_count: 2 })
  const shown = await cadre(['workflow', 'show', 'in-json', '--json'])
  expect((JSON.parse(shown.stdout) as Workflow).id).toBe(workflow.id)
  const listed = await cadre(['workflows', 'in-json', '--json'])
  const { items } = JSON.parse(listed.stdout) as { items: WorkflowSummary[] }
  expect(items.map(({ name }) => name)).toEqual(['in-json'])
})

test('hostile names of files and texts → no command reaches the terminal', async () => {
  const name = 'a\u001b[31mb.yaml'
  await write(name, 'name: "\\e[31m"\nversion: \u001b[2J\n')
  const { stdout } = await cadre(['workflow', 'lint', name])
  expect(stdout).toContain('ab.yaml:')
  expect(stdout.includes('\u001b')).toBe(false)
})
