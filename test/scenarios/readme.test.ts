import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCadreCli } from '../support/run-cadre.ts'
import { untilRunTells } from '../support/run-waiting.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let server: RunningCadre
beforeAll(async () => {
  server = await startCadre()
})
afterAll(() => server.stop())

/** The commands of a section of the README, as somebody would type them. */
const commandsOf = async (section: string): Promise<string[]> => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, text = ''] = readme.split(`\n## ${section}\n`)
  const [, block = ''] = /```sh\n([^]*?)```/.exec(text.split('\n## ')[0] ?? '') ?? []
  return block.split('\n').filter((line) => line.startsWith('npx cadre '))
}

/** Words as a shell would part them, for the quotes that the README uses. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

test('the commands of the section on workflows, one after the other → each does what it says', async () => {
  const commands = await commandsOf('Workflows')
  expect(commands.length).toBeGreaterThan(12)
  let run = ''
  for (const command of commands) {
    if (command.endsWith(' approvals')) await untilRunTells(server, run, 'approval.requested')
    const [, , ...words] = wordsOf(command.replaceAll('RUN', run))
    const env = { CADRE_URL: server.url, CADRE_KEY: server.key }
    const { code, stdout, stderr } = await runCadreCli(words, { cwd: ROOT, env })
    const isToFail = command.includes('order-declined')
    expect([command, code, stderr]).toEqual([command, isToFail ? 1 : 0, expect.any(String)])
    run = /^[0-9a-f-]{36}\n$/.test(stdout) ? stdout.trim() : run
  }
  await untilRunTells(server, run, 'run.completed')
  const { items } = await server.client.runs.list()
  expect(items.map(({ workflow_name: name, status }) => `${name} ${status}`)).toEqual([
    'nightly-report COMPLETED',
    'expense-approval COMPLETED',
    'order-saga COMPENSATED',
    'order-saga COMPLETED',
    'document-pipeline COMPLETED',
  ])
})
