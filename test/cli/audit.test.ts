import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditVerification } from '@cadre/contract'
import { verifyAuditFile } from '../../packages/cli/src/audit-file.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
let exported: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  for (const name of ['translator', 'summariser']) {
    const { id } = await registerRemote(server.client, name, [])
    await server.client.agents.disable(id)
  }
  exported = join(folder, 'audit.ndjson')
  const { code, stdout } = await cadre('audit', 'export', 'audit.ndjson')
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^Sound: \d+ records, up to \d+\.\nLast hash: [0-9a-f]{64}\n$/),
  ])
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })

test('audit with conditions → a table of what fits, or one document', async () => {
  const { stdout } = await cadre('audit', '--action', 'agent.*', '--actor', 'administrator')
  expect(stdout).toMatch(/SEQ +WHEN +WHO +FROM +DECISION +ACTION +ABOUT\n/)
  expect(stdout).toMatch(
    /administrator +\S*127\.0\.0\.1 +allowed +agent\.disable +agent translator@/,
  )
  const words = ['audit', '--action', 'agent.disable', '--limit', '1', '--json']
  const listed = await cadre(...words)
  expect(listed.stderr).toBe('')
  const page = JSON.parse(listed.stdout) as { items: object[] }
  expect(page.items).toEqual([expect.objectContaining({ action: 'agent.disable' })])
  expect((await cadre('audit', '--decision', 'denied')).stderr).toContain('Nothing of this kind')
  expect((await cadre('audit', '--decision', 'perhaps')).code).toBe(2)
})

test('verify → the server’s chain, and the file without the server', async () => {
  const online = await cadre('audit', 'verify')
  expect([online.code, online.stdout]).toEqual([0, expect.stringMatching(/^Sound: /)])
  const offline = await runCadreCli(['audit', 'verify', exported, '--json'], {
    cwd: folder,
    env: { CADRE_URL: 'http://127.0.0.1:9' },
  })
  const verdict = JSON.parse(offline.stdout) as AuditVerification
  expect(verdict).toMatchObject({ ok: true, broken: null })
  expect(online.stdout).toContain(verdict.last_hash)
})

test('export onto a file that exists → refused, and the file is as it was', async () => {
  const before = await readFile(exported, 'utf8')
  const again = await cadre('audit', 'export', 'audit.ndjson')
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists already')])
  expect(await readFile(exported, 'utf8')).toBe(before)
})

test('a file in which a record was changed → exit code 1, and which one', async () => {
  const path = join(folder, 'forged.ndjson')
  const text = await readFile(exported, 'utf8')
  await writeFile(path, text.replace('"agent.disable"', '"agent.enable"'))
  const forged = await cadre('audit', 'verify', path)
  expect([forged.code, forged.stdout]).toEqual([
    1,
    expect.stringMatching(/^Broken at record \d+: Record \d+ is not what was recorded\.\n$/),
  ])
  const missing = await cadre('audit', 'verify', join(folder, 'absent.ndjson'))
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('cannot be read')])
})

test('any line of the file left out, moved, repeated or bent → found', async () => {
  const lines = (await readFile(exported, 'utf8')).trimEnd().split('\n')
  const path = join(folder, 'tampered.ndjson')
  const place = fc.integer({ min: 0, max: lines.length - 1 })
  const way = fc.constantFrom('omit', 'swap', 'repeat', 'bend')
  await fc.assert(
    fc.asyncProperty(place, place, way, fc.nat(), async (at, to, how, where) => {
      fc.pre(how !== 'swap' || at !== to)
      const tampered = [...lines]
      const line = lines[at] ?? ''
      if (how === 'omit') tampered.splice(at, 1)
      if (how === 'repeat') tampered.splice(at, 0, line)
      if (how === 'swap') [tampered[at], tampered[to]] = [lines[to] ?? '', line]
      if (how === 'bend') {
        const letters = [...line.matchAll(/[0-9a-z]/g)].map(({ index }) => index)
        const index = letters[where % letters.length] ?? 0
        tampered[at] = `${line.slice(0, index)}Q${line.slice(index + 1)}`
      }
      await writeFile(path, `${tampered.join('\n')}\n`)
      expect([how, at, (await verifyAuditFile(path)).ok]).toEqual([how, at, false])
    }),
    { numRuns: 300 },
  )
})
