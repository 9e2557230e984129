import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compileAll, TOOLCHAIN } from './agent-compiler.ts'
import { type AgentDescription, type AgentSource, findAgents } from './agent-sources.ts'

/** One entry of `manifest.json`, which the seeding of demonstration agents reads. */
export interface BuiltAgent extends AgentDescription {
  /** File name beside the manifest. */
  file: string
  sha256: string
  bytes: number
  source_key: string
}
export interface AgentManifest {
  agents: BuiltAgent[]
}

/**
 * Builds every agent into `folder` and writes `manifest.json` beside the binaries. Agents whose
 * source key stands in the manifest already are taken as they are. Answers the manifest and how
 * many agents were compiled.
 */
export async function buildAgents(
  root: string,
  folder: string,
): Promise<{ manifest: AgentManifest; compiledCount: number }> {
  await mkdir(folder, { recursive: true })
  const sources = await findAgents(root, TOOLCHAIN)
  const earlier = await readManifest(folder)
  const kept = new Map<string, BuiltAgent>()
  for (const source of sources) {
    const agent = await findBuilt(folder, earlier, source)
    if (agent) kept.set(agent.name, agent)
  }
  const stale = sources.filter((source) => !kept.has(source.description.name))
  const binaries = await compileAll(
    root,
    stale.map((source) => source.entry),
  )
  const compiled = await Promise.all(
    stale.map((source, index) => store(folder, source, binaries[index] ?? new Uint8Array())),
  )
  const manifest = { agents: [...kept.values(), ...compiled].toSorted(byName) }
  await replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { manifest, compiledCount: stale.length }
}

async function readManifest(folder: string): Promise<AgentManifest> {
  try {
    return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  } catch {
    return { agents: [] }
  }
}

async function findBuilt(
  folder: string,
  manifest: AgentManifest,
  source: AgentSource,
): Promise<BuiltAgent | null> {
  const built = manifest.agents.find((agent) => agent.source_key === source.sourceKey)
  if (!built || built.name !== source.description.name) return null
  const binary = await readFile(join(folder, built.file)).catch(() => null)
  if (!binary || digestOf(binary) !== built.sha256) return null
  return describe(source, binary)
}

async function store(folder: string, source: AgentSource, binary: Uint8Array): Promise<BuiltAgent> {
  const agent = describe(source, binary)
  await replaceFile(join(folder, agent.file), binary)
  return agent
}

function describe(source: AgentSource, binary: Uint8Array): BuiltAgent {
  return {
    ...source.description,
    file: `${source.description.name}.wasm`,
    sha256: digestOf(binary),
    bytes: binary.byteLength,
    source_key: source.sourceKey,
  }
}

/** A reader sees the old file or the new one, never a half. */
async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function byName(left: { name: string }, right: { name: string }): number {
  return left.name < right.name ? -1 : 1
}

async function runFromCommandLine(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, 'write-digests': { type: 'boolean', default: false } },
  })
  const root = resolve(import.meta.dirname, '..')
  const startedAt = performance.now()
  const folder = resolve(values.out ?? join(root, '.build/agents'))
  const { manifest, compiledCount } = await buildAgents(root, folder)
  if (values['write-digests']) {
    const digests = Object.fromEntries(manifest.agents.map((agent) => [agent.name, agent.sha256]))
    await replaceFile(join(root, 'agents/digests.json'), `${JSON.stringify(digests, null, 2)}\n`)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${manifest.agents.length} agents, ${compiledCount} compiled, ${seconds} s`)
}

if (import.meta.main) await runFromCommandLine()
