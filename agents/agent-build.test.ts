import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AgentFields } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildAgents } from '../scripts/build-agents.ts'

const root = resolve(import.meta.dirname, '..')
const importsAllowed = ['fd_read', 'fd_write', 'proc_exit', 'random_get']
let folder = ''
let built: Awaited<ReturnType<typeof buildAgents>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cadre-agents-'))
  built = await buildAgents(root, folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('build: from nothing → the digests that the repository records', async () => {
  const recorded = JSON.parse(await readFile(join(root, 'agents/digests.json'), 'utf8'))
  const digests = built.manifest.agents.map((agent) => [agent.name, agent.sha256])
  expect(built.compiledCount).toBe(15)
  expect(
    Object.fromEntries(digests),
    'after a change of an agent: npm run build:agents -- --write-digests',
  ).toEqual(recorded)
})

test('build: again → nothing compiled, the same manifest; a damaged file → made anew', async () => {
  expect(await buildAgents(root, folder)).toEqual({ ...built, compiledCount: 0 })
  await writeFile(join(folder, 'checksum.wasm'), 'damaged')
  expect(await buildAgents(root, folder)).toEqual({ ...built, compiledCount: 1 })
})

test('build: every program → asks its host for the few calls it needs and no other', async () => {
  for (const agent of built.manifest.agents) {
    const bytes = await readFile(join(folder, agent.file))
    const imported = importNames(await WebAssembly.compile(bytes))
    const allowed = agent.name === 'unit-convert' ? importsAllowed : importsAllowed.slice(0, 3)
    expect([agent.name, imported.toSorted()]).toEqual([agent.name, allowed])
  }
})

test('build: every description → may be published, and has examples to try', () => {
  for (const { name, version, description, capabilities, input, examples } of built.manifest
    .agents) {
    expect(AgentFields.parse({ name, version, description, capabilities })).toBeTruthy()
    expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z][^\n]+\.$/)])
    expect(capabilities.length).toBeGreaterThan(0)
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect([name, typeof example.input]).toEqual([name, input === 'text' ? 'string' : 'object'])
    }
  }
})

/** All from `wasi_snapshot_preview1`, or the name of the other module stands before the point. */
function importNames(module: WebAssembly.Module): string[] {
  const { Module } = WebAssembly as unknown as {
    Module: { imports(module: WebAssembly.Module): { module: string; name: string }[] }
  }
  return Module.imports(module).map((entry) =>
    entry.module === 'wasi_snapshot_preview1' ? entry.name : `${entry.module}.${entry.name}`,
  )
}
