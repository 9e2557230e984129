import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadManifest } from './load-manifest.ts'

const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cadre-manifests-'))
})
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'folder-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const write = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}
const manifest = (text: string) => write({ 'cadre.yaml': text })
const load = (path: string) => loadManifest(path, (typed) => typed)
/** As they are told; the manifest is named as it stands in its folder. */
const problems = async (): Promise<string[]> => {
  const loaded = await load(folder)
  if (!('problems' in loaded)) return []
  return loaded.problems.map(({ file, line, column, message }) => {
    const name = file.name.replace(`${folder}/`, '')
    return `${name}:${line}:${column}: ${message}`
  })
}

describe('a manifest', () => {
  test('every problem at once, of the manifest and of its files, with its place', async () => {
    await write({
      'text.wasm': 'hello',
      'README.md': Buffer.from([0xff, 0xfe]),
      'schema.json': '{"type": }',
      'examples.yaml': '- title: One\n  inptu: 1\n',
      'icon.png': '<svg/>',
      'cadre.yaml': `name: Not A Name
versoin: 1.0.0
binary: text.wasm
image: registry.example.com/a:latest
changelog: none.md
icon: icon.png
license: MIT
licence: MIT
publisher: somebody
input_schema: schema.json
output_schema: ../secret.json
examples: examples.yaml
tags: [a, two words]
price: -1
`,
    })
    expect(await problems()).toEqual([
      'cadre.yaml:1:1: `version` is missing',
      'cadre.yaml:1:1: README.md is not text in UTF-8',
      expect.stringMatching(/^cadre.yaml:1:7: must be lower-case letters/),
      'cadre.yaml:2:1: there is no key `versoin` here; did you mean `version`?',
      'cadre.yaml:3:9: text.wasm is no WebAssembly file. Compile the agent to a .wasm module first',
      'cadre.yaml:4:1: `binary` says already what is published; leave one of them out',
      'cadre.yaml:4:8: must be pinned by its digest: registry/name@sha256:…',
      'cadre.yaml:5:12: none.md does not exist',
      'cadre.yaml:6:7: icon.png is no PNG; SVG and other formats are not taken',
      'cadre.yaml:7:1: `licence` says the same; leave one of them out',
      'cadre.yaml:9:1: who publishes follows from the key; leave `publisher` out',
      'cadre.yaml:11:16: must not lead out of the folder of the manifest',
      expect.stringMatching(/^cadre.yaml:13:11: must be one word/),
      'cadre.yaml:14:8: must be at least 0',
      expect.stringMatching(/^schema.json:1:11: this is no JSON/),
      'examples.yaml:1:3: `input` is missing',
      'examples.yaml:2:3: there is no key `inptu` here; did you mean `input`?',
    ])
  })

  test.each<[string, string, string]>([
    ['nothing', '', 'a manifest is an object'],
    ['a list', '- a\n', 'a manifest is an object'],
    ['nothing to publish', 'name: a\nversion: 1.0.0\n', 'what is published is missing'],
    ['two documents', 'name: a\n---\nname: b\n', 'a file is one manifest'],
    ['an open quote', 'name: "a\n', 'never closed'],
    ['tabs', 'examples:\n\t- a\n', 'indent with spaces'],
    ['a key twice', 'name: a\nname: b\n', 'a second time'],
    ['deep nesting', `input_schema: ${'['.repeat(200)}${']'.repeat(200)}\n`, 'nested deeper'],
    ['a prototype', '__proto__: { remote: true }\n', 'cannot be a key'],
    [
      'a billion laughs',
      `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
        .split('')
        .map((key, n) => `${key}: &${key} [${`*${'abcdefgh'[n]},`.repeat(10)}]\n`)
        .join('')}`,
      'aliases make more than 10,000 values',
    ],
  ])('%s → said in words', async (_name, text, reason) => {
    await manifest(text)
    expect((await problems()).join('\n')).toContain(reason)
  })

  test('more than is read, nothing there → said of the file', async () => {
    await manifest(`# ${'x'.repeat(300_000)}\n`)
    await expect(load(folder)).rejects.toThrow('is larger than 262.1 kB')
    await expect(load(join(folder, 'none'))).rejects.toThrow('does not exist')
    await write({ 'cadre.yaml': Buffer.from([0xc3, 0x28]) })
    await expect(load(folder)).rejects.toThrow('is not text in UTF-8')
  })

  test('links, folders, pipes and devices instead of files → refused, and not waited for', async () => {
    await write({ 'a.wasm': MODULE, 'sub/inside.md': 'Inside.' })
    await writeFile(join(root, 'outside.md'), 'Outside.')
    await symlink('../outside.md', join(folder, 'out.md'))
    await symlink('..', join(folder, 'up'))
    await symlink('sub/inside.md', join(folder, 'in.md'))
    await symlink('/dev/zero', join(folder, 'endless.json'))
    execFileSync('mkfifo', [join(folder, 'pipe.json')])
    await manifest(`name: links
version: 1.0.0
binary: a.wasm
readme: out.md
changelog: up/outside.md
icon: sub
input_schema: endless.json
output_schema: pipe.json
`)
    const told = (await problems()).join('\n')
    for (const [key, reason] of [
      ['out.md', 'leads out of the folder'],
      ['up/outside.md', 'leads out of the folder'],
      ['sub', 'is no file'],
      ['endless.json', 'leads out of the folder'],
      ['pipe.json', 'is no file'],
    ])
      expect(told).toMatch(new RegExp(`: ${key} .*${reason}`))
    await manifest('name: links\nversion: 1.0.0\nbinary: a.wasm\nreadme: in.md\n')
    expect(await load(folder)).toMatchObject({
      manifest: { listing: { readme: 'Inside.' } },
    })
  })

  test('a definition of another name → told in the definition', async () => {
    await write({
      'flow.yaml': 'name: other\nversion: 1.0.0\nsteps: { a: { agent: word-count } }\n',
    })
    await manifest('name: flow\nversion: 1.0.0\ndefinition: flow.yaml\n')
    expect(await problems()).toEqual(['flow.yaml:1:7: `name` must be flow, as in the manifest'])
  })
})
