import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `agents/<name>/agent.json` says. */
export interface AgentDescription {
  name: string
  version: string
  description: string
  capabilities: string[]
  /** Whether the program reads text as it is, or a JSON document. */
  input: 'text' | 'json'
  /** Inputs to try; a string for text, any JSON value for JSON. */
  examples: { title: string; input: unknown }[]
}

export interface AgentSource {
  description: AgentDescription
  /** Path of the entry file from the root of the repository. */
  entry: string
  /** Changes whenever the binary may change: sources, run time, compiler, its options. */
  sourceKey: string
}

/** Every folder of `agents/` that holds an `agent.json`, by name. */
export async function findAgents(root: string, toolchain: string): Promise<AgentSource[]> {
  const runtime = await hashFiles(join(root, 'agents/runtime'))
  const folders = await readdir(join(root, 'agents'), { withFileTypes: true })
  const names = folders.filter((folder) => folder.isDirectory() && folder.name !== 'runtime')
  return Promise.all(
    names
      .map((folder) => folder.name)
      .toSorted()
      .map((name) => readAgent(root, name, `${toolchain}\n${runtime}`)),
  )
}

async function readAgent(root: string, name: string, environment: string): Promise<AgentSource> {
  const folder = join(root, 'agents', name)
  const description: AgentDescription = JSON.parse(
    await readFile(join(folder, 'agent.json'), 'utf8'),
  )
  if (description.name !== name) {
    throw new Error(`agents/${name}/agent.json must say "name": "${name}"`)
  }
  const sources = await hashFiles(join(folder, 'assembly'))
  return {
    description,
    entry: `agents/${name}/assembly/index.ts`,
    sourceKey: createHash('sha256').update(`${environment}\n${sources}`).digest('hex'),
  }
}

async function hashFiles(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).toSorted()
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`${file}\n`).update(await readFile(join(folder, file)))
  }
  return hash.digest('hex')
}
