import { readdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AgentName, MANIFEST_NAME } from '@cadre/contract'
import { CommandError, usageError } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'

/** `cadre init [DIR]` */
export const initManifest: Action<[dir: string | undefined], { name?: string }> = async (
  { connection, terminal, pathOf },
  [dir = '.'],
  options,
) => {
  const folder = pathOf(dir)
  const names = await readdir(folder).catch(() => {
    throw new CommandError('cli.bad_file', `${dir} is no folder that can be read.`)
  })
  const name = options.name ?? nameFrom(basename(folder))
  if (!AgentName.safeParse(name).success)
    throw usageError(`"${name}" is no name: write lower-case words joined by hyphens (--name).`)
  const binary = await binaryIn(folder, names)
  const file = join(dir, MANIFEST_NAME)
  const text = manifestText({
    schema: `${connection.url}/schemas/manifest.json`,
    name,
    binary,
    hasReadme: names.includes('README.md'),
  })
  await writeFile(pathOf(file), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'is there already' : `cannot be written (${error.code})`
    throw new CommandError('cli.bad_file', `${file} ${why}.`)
  })
  if (terminal.isJson) return terminal.document({ file, name })
  terminal.line(`Wrote ${printable(file)}.`)
  terminal.note('Fill it in, look at it with `cadre publish --dry-run`, then `cadre publish`.')
}

/** Where compilers put what they make, in the order of trust. */
const FOLDERS = ['', 'build', 'dist', 'target/wasm32-wasip1/release']

const binaryIn = async (dir: string, names: readonly string[]): Promise<string> => {
  for (const folder of FOLDERS) {
    const found = folder === '' ? names : await readdir(join(dir, folder)).catch(() => [])
    const binary = found.find((name) => name.endsWith('.wasm'))
    if (binary === undefined) continue
    const path = folder === '' ? binary : `${folder}/${binary}`
    if ((await stat(join(dir, path))).isFile()) return path
  }
  return 'agent.wasm'
}

const nameFrom = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'my-agent'

interface Given {
  schema: string
  name: string
  binary: string
  hasReadme: boolean
}

const manifestText = ({ schema, name, binary, hasReadme }: Given): string =>
  `# yaml-language-server: $schema=${schema}
# What \`cadre publish\` publishes. Paths are those of files in this folder.

# Under this name and version it is found. A version never changes: raise it to publish again.
name: ${name}
version: 1.0.0
description: What it does, in a sentence.

# What is published: exactly one of these four.
binary: ${JSON.stringify(binary)} # a program for the sandbox (WASI preview 1)
# remote: true # an agent that runs elsewhere and asks for its tasks
# image: registry.example.com/team/name@sha256:… # a container image, by its digest
# definition: workflow.yaml # a workflow

# What others read. README.md and CHANGELOG.md are taken where they are there.
${hasReadme ? 'readme: README.md' : '# readme: README.md'}
# changelog: CHANGELOG.md
# icon: icon.png # a PNG of 512 × 512 pixels and 32 KiB at the most
# licence: Apache-2.0 # an SPDX expression
# tags: [text, statistics]

# What it is good for; tasks for a capability find it.
# capabilities: [text.count]

# JSON Schemas of input and answer: written here, or the path of a file.
# input_schema: { type: string }
# output_schema: schemas/output.json

# Admission runs each of them, and compares the answer where one is given.
# examples:
#   - title: Two words
#     input: hello world
#     output: { words: 2 }

# Dollars for each finished task.
# price: "0.001"
`
