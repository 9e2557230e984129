import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { agentForm, registerRemote } from '../support/agent-forms.ts'
import { runCadreCli, type RunOptions } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// A tenant that looks around in the marketplace and installs, against the real server.

const KEY = 'key-of-another-tenant'
let server: RunningCadre
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  server = await startCadre(
    { CADRE_DEMO_AGENTS: 'false' },
    { principals: [{ tenant: 'acme', role: 'admin', key: KEY }] },
  )
  await offer('1.0.0', ECHO)
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], options: RunOptions = {}) =>
  runCadreCli(args, { cwd: folder, ...options, env: { CADRE_URL: server.url, CADRE_KEY: KEY } })
const decided = async (name: string, version: string) => {
  while ((await server.client.marketplace.version(name, version)).state === 'checking')
    await new Promise((resolve) => setImmediate(resolve))
}
const offer = async (version: string, binary: Uint8Array, price = '0') => {
  const fields = { name: 'parrot', version, description: 'Says it again', price }
  await server.client.agents.publish(agentForm(fields, binary))
  const listing = { name: 'parrot', version, readme: '# Parrot\n', tags: ['bird'] }
  await server.client.marketplace.publish({ item_type: 'agent', ...listing })
  await decided('parrot', version)
}

test('search, show, install, installs, run → found, described, there, and it runs', async () => {
  const nothing = await cadre(['installs'])
  expect(nothing.stderr).toContain('cadre search')
  const found = await cadre(['search', 'parot', '--tag', 'bird'])
  expect(found.stdout).toMatch(/^NAME +VERSION +TYPE +PUBLISHER/)
  expect(found.stdout).toMatch(/^parrot +1\.0\.0 +agent +default +free +– +Says it again$/m)
  const shown = await cadre(['show', 'parrot', '--readme'])
  expect(shown.stdout).toMatch(/^Asks for +input, output$/m)
  expect(shown.stdout).toContain('# Parrot')
  const installed = await cadre(['install', 'parrot@^1', '--as', 'bird'])
  expect([installed.code, installed.stdout]).toEqual([0, 'parrot 1.0.0 as bird is installed.\n'])
  const again = await cadre(['install', 'parrot@^1', '--as', 'bird', '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ name: 'bird', is_new: false })
  await writeFile(join(folder, 'words.txt'), 'hello')
  expect((await cadre(['run', 'bird', '--input', 'words.txt'])).stdout).toContain('hello')
  expect((await cadre(['installs'])).stdout).toMatch(
    /^bird +parrot of default +1\.0\.0 +\^1 +– +free .* active$/m,
  )
})

test('update: shown before it is done; --all; a lower range leads back', async () => {
  await offer('1.1.0', exiting(0), '0.25')
  const listed = await cadre(['installs'])
  expect(listed.stderr).toContain('1 update available')
  const dry = await cadre(['update', '--all', '--dry-run'])
  expect(dry.stdout).toContain('bird would move from 1.0.0 to 1.1.0.')
  expect(dry.stdout).toContain('  price: free → $0.25')
  expect((await cadre(['update', 'bird'])).stdout).toContain('bird moved from 1.0.0 to 1.1.0.')
  expect((await cadre(['update', 'bird'])).stdout).toBe('bird is at 1.1.0, the newest in ^1.\n')
  const back = await cadre(['update', 'bird@1.0.0', '--json'])
  expect(JSON.parse(back.stdout)).toMatchObject({ install: { version: '1.0.0', range: '1.0.0' } })
  expect((await cadre(['update', '--all'])).stderr).toContain('Everything is at the newest version')
})

test('what asks for more where nobody can be asked → --accept-permissions; the key alone on stdout', async () => {
  await registerRemote(server.client, 'far-away')
  const listing = { item_type: 'agent', name: 'far-away', version: '1.0.0' } as const
  await server.client.marketplace.publish(listing)
  await decided('far-away', '1.0.0')
  const refused = await cadre(['install', 'far-away'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('It asks for outside. Say --accept-permissions if it may.')
  const { stdout, stderr } = await cadre(['install', 'far-away', '--accept-permissions'])
  expect(stdout).toMatch(/^far-away 1\.0\.0 is installed\.\n\S{20,}\n$/)
  expect(stderr).toContain('shown only now')
})

test('uninstall → gone; refusals are said in words', async () => {
  expect((await cadre(['uninstall', 'bird'])).stdout).toBe('bird is uninstalled.\n')
  const cases: [string[], number, string][] = [
    [['uninstall', 'bird'], 1, 'Nothing is installed under this name.'],
    [['install', 'nobody'], 1, 'The marketplace has no such item.'],
    [['install', 'parrot@^9'], 1, 'the latest is 1.1.0'],
    [['install', 'parrot@newest'], 1, 'must be a range of versions'],
    [['update'], 2, '--all'],
    [['update', 'bird', '--all'], 2, '--all'],
  ]
  for (const [words, exitCode, message] of cases) {
    const { code, stderr } = await cadre(words)
    expect([code, stderr], words.join(' ')).toEqual([
      exitCode,
      expect.stringContaining(message) as unknown,
    ])
  }
})
