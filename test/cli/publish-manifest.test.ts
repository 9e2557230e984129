import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import type { MarketplaceVersion } from '@cadre/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { wat } from '../../src/executors/wasm/testing/wat.ts'
import { png } from '../support/png.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Publishing by a manifest: the command line against the real server.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMAGE = `registry.example.com/team/tool@sha256:${'cd'.repeat(32)}`

let server: RunningCadre
let root: string
let folder: string
beforeAll(async () => {
  server = await startCadre()
  root = await mkdtemp(join(tmpdir(), 'cadre-manifest-'))
})
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'folder-'))
})
afterAll(async () => {
  await server.stop()
  await rm(root, { recursive: true, force: true })
})

const cadre = (...args: string[]) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: server.key } })
const write = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}
const manifest = (lines: string) => write({ 'cadre.yaml': lines })
const json = (stdout: string) =>
  JSON.parse(stdout) as { outcome: string; version: MarketplaceVersion }

describe('publish', () => {
  test('init, dry run, publish, publish again → listed once, the second time left alone', async () => {
    await write({ 'build/agent.wasm': ECHO, 'README.md': '# Mine\n' })
    const begun = await cadre('init', '.', '--name', 'from-init')
    expect(begun).toMatchObject({ code: 0, stdout: 'Wrote cadre.yaml.\n' })
    const dry = await cadre('publish', '--dry-run')
    expect(dry.stdout).toMatch(/^from-init 1\.0\.0 can be published: a program of \d+ B, SHA-256 /)
    await expect(server.client.agents.get('from-init')).rejects.toMatchObject({ status: 404 })

    const first = await cadre('publish')
    expect(first.stdout).toMatch(/^Published from-init 1\.0\.0 \([0-9a-f-]{36}\)\.\n/)
    expect(first.stdout).toContain('✓ permissions: Asks for input, output.')
    expect(first.stdout).toContain('Approved: from-init 1.0.0 is listed.')
    expect(first.code).toBe(0)
    const listed = await server.client.marketplace.get('from-init')
    expect(listed).toMatchObject({
      readme: '# Mine\n',
      description: 'What it does, in a sentence.',
    })

    const second = await cadre('publish')
    expect(second.stdout).toContain('There already is from-init 1.0.0, the very same')
    expect(second.stdout).toContain('Listed already: from-init 1.0.0.')
    expect(second.code).toBe(0)

    await write({ 'README.md': '# Another\n' })
    expect((await cadre('publish')).stderr).toContain('differs in readme. Versions never change')
    await write({ 'build/agent.wasm': exiting(0) })
    const changed = await cadre('publish', '--json')
    expect(JSON.parse(changed.stderr)).toMatchObject({
      error: { code: 'cli.version_differs', details: [{ field: 'binary' }] },
    })
    expect(changed.code).toBe(1)
  })

  test('everything from files → listed as it stands in them, with what the examples took', async () => {
    await write({
      'bin/a.wasm': ECHO,
      'docs/about.md': '# About\n',
      'docs/changes.md': 'First.\n',
      'in.json': '{"type": "object", "required": ["a"]}',
      'out.yaml': 'type: object\n',
      'examples.yaml': '- title: One\n  input: { a: 1 }\n  output: { a: 1 }\n',
      'icon.png': png(64, 64),
    })
    await manifest(`name: all-from-files
version: 2.0.0-beta.1
description: Everything
binary: bin/a.wasm
readme: docs/about.md
changelog: docs/changes.md
icon: icon.png
license: MIT OR Apache-2.0
tags: [Text, files, text]
capabilities: [text.echo]
input_schema: in.json
output_schema: out.yaml
examples: examples.yaml
price: 0.25
`)
    const { code, stdout } = await cadre('publish', 'cadre.yaml', '--json')
    expect(code).toBe(0)
    expect(json(stdout)).toMatchObject({
      outcome: 'approved',
      version: {
        readme: '# About\n',
        changelog: 'First.\n',
        licence: 'MIT OR Apache-2.0',
        tags: ['text', 'files'],
        input_schema: { type: 'object', required: ['a'] },
        icon: expect.stringMatching(/^data:image\/png;base64,/) as unknown,
        price: '0.250000',
        measurements: [{ example: 'One', memory_bytes: 65_536, output_bytes: 7 }],
      },
    })
  })

  test('remote → its key once; an image → listed by its digest; --no-list → in the tenant only', async () => {
    await manifest('name: elsewhere\nversion: 1.0.0\nremote: true\n')
    const remote = await cadre('publish', '--no-list')
    const [, key = ''] = remote.stdout.split('\n')
    expect(remote.stderr).toContain('shown only now')
    expect(key).toMatch(/^\S{20,}$/)
    expect((await cadre('publish', '--no-list')).stdout).not.toContain(key)
    await expect(server.client.marketplace.get('elsewhere')).rejects.toMatchObject({ status: 404 })

    await manifest(`name: boxed-tool\nversion: 1.0.0\nimage: ${IMAGE}\n`)
    expect((await cadre('publish', '--no-list')).stderr).toContain('is only listed')
    const boxed = await cadre('publish')
    expect(boxed.stdout).toContain(`✓ artefact: Names the image ${IMAGE}.`)
    expect(boxed.code).toBe(0)
    await manifest(`name: boxed-tool\nversion: 1.0.0\nimage: ${IMAGE.replaceAll('cd', 'ef')}\n`)
    expect((await cadre('publish')).stderr).toContain('differs in image')
  })

  test('an example that fails → rejected, exit code 1; more is asked for → held, 3, until a reviewer decides', async () => {
    await write({ 'a.wasm': exiting(3) })
    const lines = 'version: 1.0.0\nbinary: a.wasm\nexamples: [{ title: One, input: x }]\n'
    await manifest(`name: ends-badly\n${lines}`)
    const bad = await cadre('publish')
    expect(bad.stdout).toContain('✗ examples: The example "One" ended with exit code 3: oops')
    expect(bad.stdout).toContain('Rejected: ends-badly 1.0.0 is not listed.')
    expect(bad.code).toBe(1)

    await write({ 'a.wasm': wat(SILENT) })
    await manifest('name: grows\nversion: 1.0.0\nbinary: a.wasm\n')
    expect((await cadre('publish')).code).toBe(0)
    await write({ 'a.wasm': ECHO })
    await manifest('name: grows\nversion: 1.1.0\nbinary: a.wasm\n')
    const held = await cadre('publish')
    expect(held.stdout).toContain('Held: a person decides about grows 1.1.0.')
    expect(held.code).toBe(3)
    expect((await cadre('reviews')).stdout).toMatch(/grows@1\.1\.0 +agent +default .*Asks for more/)
    expect((await cadre('reviews', 'show', 'grows@1.1.0')).stdout).toContain('! permissions: Asks')
    const approved = await cadre('reviews', 'approve', 'grows@1.1.0', '--reason', 'Fine.')
    expect(approved.stdout).toBe('grows 1.1.0 is approved.\n')
    expect((await cadre('reviews', 'reject', 'grows@1.1.0', '--reason', 'No.')).code).toBe(1)
  })

  test('no time to wait → not decided, exit code 3', async () => {
    await write({ 'a.wasm': ECHO })
    const example = (n: number) => `  - { title: Example ${n}, input: x }\n`
    const examples = Array.from({ length: 10 }, (_, n) => example(n)).join('')
    await manifest(`name: in-no-time\nversion: 1.0.0\nbinary: a.wasm\nexamples:\n${examples}`)
    const { code, stdout } = await cadre('publish', '--wait', '0')
    expect(stdout).toContain('Not decided within 0 s: admission goes on.')
    expect(code).toBe(3)
    expect((await cadre('publish')).code).toBe(0)
  })

  test('deprecate, yank, restore → told to those who look', async () => {
    await write({ 'a.wasm': ECHO })
    await manifest('name: aging\nversion: 1.0.0\nbinary: a.wasm\n')
    await cadre('publish')
    const statusOf = async () => (await server.client.marketplace.version('aging', '1.0.0')).status
    const said = await cadre('deprecate', 'aging@1.0.0', '--message', 'Use something younger.')
    expect(said).toMatchObject({ code: 0, stdout: 'aging 1.0.0 is deprecated.\n' })
    expect(await statusOf()).toBe('deprecated')
    await cadre('yank', 'aging@1.0.0', '--message', 'It is wrong.')
    expect(await statusOf()).toBe('yanked')
    expect((await cadre('publish')).stderr).toContain('It is yanked: It is wrong.')
    expect(JSON.parse((await cadre('restore', 'aging@1.0.0', '--json')).stdout)).toMatchObject({
      status: 'active',
    })
    for (const [args, code] of [
      [['yank', 'aging@1.0.0'], 2],
      [['yank', 'aging@9.9.9', '--message', 'x'], 1],
    ] as const)
      expect((await cadre(...args)).code).toBe(code)
  })
})

const SILENT = '(module (memory (export "memory") 1) (func (export "_start")))'

describe('what is wrong', () => {
  test('a manifest with problems → each with its line and a caret, and nothing is published', async () => {
    await manifest('nmae: a\nversion: 1.0.0\nremote: true\nreadme: none.md\n')
    const { code, stderr } = await cadre('publish')
    expect(stderr).toContain(
      'cadre.yaml:1:1: there is no key `nmae` here; did you mean `name`?\n  nmae: a\n  ^\n',
    )
    expect(stderr).toContain('3 problems in the manifest; nothing is published.')
    expect(code).toBe(1)
    const machine = JSON.parse((await cadre('publish', '--json')).stderr) as object
    expect(machine).toMatchObject({ error: { code: 'cli.manifest_invalid' } })
  })

  test('a definition with faults → told in the definition, with its lines', async () => {
    await manifest('name: flow\nversion: 1.0.0\ndefinition: flow.yaml\n')
    await write({ 'flow.yaml': 'name: flow\nversion: 1.0.0\nsteps:\n  a: { agnet: word-count }\n' })
    const { code, stderr } = await cadre('publish')
    expect(stderr).toContain('flow.yaml:4:8: there is no key `agnet` here')
    expect(code).toBe(1)
  })

  test('options that belong elsewhere, nothing to publish → wrong usage in words', async () => {
    await manifest('name: a\nversion: 1.0.0\nremote: true\n')
    await write({ 'a.wasm': ECHO })
    const name = await cadre('publish', '.', '--name', 'b')
    expect([name.code, name.stderr]).toEqual([2, expect.stringContaining('into the manifest')])
    expect((await cadre('publish', 'a.wasm', '--dry-run')).code).toBe(2)
    await mkdir(join(folder, 'empty'))
    expect((await cadre('publish', 'empty')).stderr).toContain('There is no cadre.yaml in empty')
    expect((await cadre('publish', 'none.yaml')).stderr).toContain('none.yaml does not exist')
  })
})

describe('schema', () => {
  test('printed and served alike, and it judges as publishing does', async () => {
    const printed = JSON.parse((await cadre('manifest', 'schema')).stdout) as object
    const served = await fetch(`${server.url}/schemas/manifest.json`)
    expect(await served.json()).toEqual(printed)
    const validate = new Ajv2020({ strict: false }).compile(printed)
    await cadre('init', '.', '--name', 'a')
    expect(validate(parse(await readFile(join(folder, 'cadre.yaml'), 'utf8')))).toBe(true)
    const sound = { name: 'a', version: '1.0.0', binary: 'a.wasm' }
    for (const wrong of [
      { image: IMAGE },
      { nmae: 'b' },
      { binary: '/etc/passwd' },
      { licence: 'MIT', license: 'MIT' },
      { binary: undefined },
    ])
      expect(validate({ ...sound, ...wrong })).toBe(false)
  })
})

describe('examples', () => {
  test.each(['text-report', 'word-echo'])('examples/%s → published and listed', async (name) => {
    await cp(join(ROOT, 'examples', name), folder, { recursive: true })
    const source = await readFile(join(folder, 'echo.wat'), 'utf8').catch(() => null)
    if (source !== null) await write({ 'echo.wasm': wat(source) })
    const { code, stdout } = await cadre('publish')
    expect(stdout).toContain(`Approved: ${name} 1.0.0 is listed.`)
    expect(code).toBe(0)
  })
})
