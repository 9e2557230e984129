import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client, SignedEnvelope } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm } from '../support/agent-forms.ts'
import { runCadreCli, startCliProcess } from '../support/run-cadre.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'
import { startStallingProxy, type StallingProxy } from '../support/stalling-proxy.ts'

// Two installations that never speak to each other: what one published runs in the other, by way
// of a folder. The tests follow each other.

const NAMES = ['carried-echo', 'carried-yanked', 'carried-deleted', 'carried-taken']
const WORKFLOW = `name: carried-flow
version: 1.0.0
steps:
  only: { agent: carried-echo }
`
let origin: CadreProcess
let inside: CadreProcess
let proxy: StallingProxy
let folder: string
let firstIndex: SignedEnvelope
let isOriginGone = false

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'cadre-mirror-')), 'mirror')
  ;[origin, inside] = await Promise.all([startCadreProcess(), startCadreProcess()])
  proxy = await startStallingProxy(origin.url)
}, 60_000)
afterAll(async () => {
  await proxy.close()
  if (!isOriginGone) await origin.stop()
  await inside.stop()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

const stateOf = async (client: Client, name: string) =>
  (await client.marketplace.version(name, '1.0.0')).state
const at = (cadre: { url: string; key: string }) => ({
  env: { CADRE_URL: cadre.url, CADRE_KEY: cadre.key },
})
const sync = () =>
  runCadreCli(['mirror', 'sync', '--to', folder], at({ url: proxy.url, key: origin.key }))
const load = async (from = folder) => {
  const end = await runCadreCli(['mirror', 'load', from, '--json'], at(inside))
  if (end.stdout === '') throw new Error(end.stderr + inside.log())
  const said = JSON.parse(end.stdout) as {
    added: number
    changed: number
    refused: { name: string; message: string }[]
  }
  return { code: end.code, ...said, refused: said.refused.map(({ name }) => name) }
}
const verify = async (from = folder) => {
  const end = await runCadreCli(['mirror', 'verify', from, '--json'])
  const said = JSON.parse(end.stdout) as { sound: number; faults: { name: string }[] }
  return { code: end.code, sound: said.sound, faults: said.faults.map(({ name }) => name) }
}
const formOf = (envelope: SignedEnvelope, file?: Uint8Array) => {
  const form = new FormData()
  for (const [name, text] of Object.entries(envelope)) form.append(name, text)
  if (file !== undefined) form.append('binary', new Blob([new Uint8Array(file)]), 'a.wasm')
  return form
}
const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => 'taken',
    ({ code }: { code: string }) => code,
  )

test('two installations publish and approve', async () => {
  for (const [place, name] of NAMES.entries()) {
    await publishWasm(origin.client, name, name === 'carried-echo' ? ECHO : exiting(place))
    await origin.client.marketplace.publish({
      item_type: 'agent',
      name,
      version: '1.0.0',
      readme: `# ${name}`,
    })
  }
  await origin.client.workflows.publish({ source: WORKFLOW, format: 'yaml' })
  await origin.client.marketplace.publish({
    item_type: 'workflow',
    name: 'carried-flow',
    version: '1.0.0',
  })
  for (const name of [...NAMES, 'carried-flow'])
    await expect.poll(() => stateOf(origin.client, name), { timeout: 10_000 }).toBe('approved')
  await publishWasm(inside.client, 'carried-taken', exiting(9))
  await inside.client.marketplace.publish({
    item_type: 'agent',
    name: 'carried-taken',
    version: '1.0.0',
  })
  await expect
    .poll(() => inside.client.marketplace.version('carried-taken', '1.0.0').then((v) => v.state))
    .toBe('approved')
}, 60_000)

test('sync: killed within a file, then again → whole; a third time → nothing new', async () => {
  const stalled = proxy.stallAt((path) => path.endsWith('carried-deleted/versions/1.0.0/artefact'))
  const { child, ended } = startCliProcess(
    ['mirror', 'sync', '--to', folder],
    at({ url: proxy.url, key: origin.key }),
  )
  await stalled
  child.kill('SIGKILL')
  await ended
  expect((await verify()).code).toBe(1)
  expect(await sync()).toMatchObject({ code: 0 })
  expect(await verify()).toEqual({ code: 0, sound: 5, faults: [] })
  const all = await readdir(folder, { recursive: true })
  expect(all.filter((path) => path.endsWith('.part'))).toEqual([])
  expect((await sync()).stdout).toContain('5 versions')
  expect((await sync()).stdout).toContain('0 new, 0 removed')
  firstIndex = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as SignedEnvelope
}, 30_000)

test('load: key not trusted → everything refused by name; trusted → listed with its origin', async () => {
  const untrusted = await runCadreCli(['mirror', 'load', folder], at(inside))
  expect(untrusted.code).toBe(1)
  const [key] = (await origin.client.registry.keys()).items
  await inside.client.registry.trust({ name: 'Outside', public_key: key?.public_key ?? '' })
  // One name is the other installation's own; the others go on.
  expect(await load()).toMatchObject({ code: 1, added: 4, refused: ['carried-taken@1.0.0'] })
  expect(await load()).toMatchObject({ code: 1, added: 0, refused: ['carried-taken@1.0.0'] })
  const there = await inside.client.marketplace.version('carried-echo', '1.0.0')
  expect(there).toMatchObject({
    state: 'approved',
    readme: '# carried-echo',
    origin: { name: 'Outside', publisher: 'default', key_id: key?.id },
  })
  expect(await inside.client.marketplace.release('carried-echo', '1.0.0')).toEqual(
    await origin.client.marketplace.release('carried-echo', '1.0.0'),
  )
  const found = await inside.client.marketplace.search({ q: 'carried' })
  expect(found.items.map(({ name }) => name)).toContain('carried-echo')
}, 30_000)

test('what became of versions at the origin → travels in the index; gone ones go', async () => {
  const { marketplace } = origin.client
  await marketplace.change('carried-echo', '1.0.0', { status: 'deprecated', message: 'Old.' })
  await marketplace.change('carried-yanked', '1.0.0', { status: 'yanked', message: 'Broken.' })
  await marketplace.remove('carried-deleted', '1.0.0')
  expect((await sync()).stdout).toContain('0 new, 1 removed')
  expect(await verify()).toEqual({ code: 0, sound: 4, faults: [] })
  await origin.stop()
  isOriginGone = true
  expect(await load()).toMatchObject({ added: 0, changed: 3 })
  expect(await load()).toMatchObject({ added: 0, changed: 0 })
  const there = inside.client.marketplace
  expect(await there.version('carried-echo', '1.0.0')).toMatchObject({
    status: 'deprecated',
    status_message: 'Old.',
  })
  expect(await there.version('carried-yanked', '1.0.0')).toMatchObject({ status: 'yanked' })
  await expect(there.version('carried-deleted', '1.0.0')).rejects.toMatchObject({ status: 404 })
  // An older list would bring back what was yanked.
  expect(await refusalOf(inside.client.mirror.load(formOf(firstIndex)))).toBe(
    'mirror.index_outdated',
  )
}, 30_000)

test('origin cut off: installed from the mirror → verified, and runs', async () => {
  const installed = await inside.client.installs.install({ item: 'carried-echo' })
  expect(installed).toMatchObject({ name: 'carried-echo', version: '1.0.0' })
  const { stdout } = await inside.client.tasks.execute({ agent_id: 'carried-echo', input: 'here' })
  expect(stdout).toBe('here')
  const { id } = await inside.client.tasks.create({ agent_id: 'carried-echo', input: 'queued' })
  await expect.poll(() => inside.client.tasks.get(id).then(({ status }) => status)).toBe('DONE')
  const flow = await inside.client.installs.install({
    item: 'carried-flow',
    as: 'my-flow',
    accept_permissions: true,
  })
  expect(flow).toMatchObject({ item_type: 'workflow', version: '1.0.0' })
  const path = '/api/v1/marketplace/carried-echo/versions/1.0.0/artefact'
  const artefact = await inside.request(path)
  const etag = artefact.headers.get('etag') ?? ''
  const digest = Buffer.from(etag.slice(1, -1), 'hex').toString('base64')
  expect(artefact.headers.get('repr-digest')).toBe(`sha-256=:${digest}:`)
  expect(Buffer.from(await artefact.arrayBuffer()).equals(Buffer.from(ECHO))).toBe(true)
  expect((await inside.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const run = await runCadreCli(['verify', 'carried-echo@1.0.0'], at(inside))
  expect(run.code).toBe(0)
}, 30_000)

test('a flipped byte anywhere in the folder → refused with its name; the others are taken', async () => {
  const copy = `${folder}-flipped`
  await cp(folder, copy, { recursive: true })
  const release = join(copy, 'releases', 'carried-yanked', '1.0.0.json')
  await writeFile(release, (await readFile(release, 'utf8')).replace('# carried', '# Carried'))
  const echo = await inside.client.marketplace.version('carried-echo', '1.0.0')
  const sha256 = echo.artefact?.sha256 ?? ''
  const blob = join(copy, 'blobs', sha256.slice(0, 2), sha256)
  const bytes = await readFile(blob)
  bytes[40] = (bytes[40] ?? 0) ^ 1
  await writeFile(blob, bytes)
  const faults = ['carried-echo@1.0.0', 'carried-yanked@1.0.0']
  expect(await verify(copy)).toEqual({ code: 1, sound: 2, faults })
  expect((await load(copy)).refused).toEqual([...faults, 'carried-taken@1.0.0'])
  const index = join(copy, 'index.json')
  await writeFile(index, (await readFile(index, 'utf8')).replace('yanked', 'active'))
  expect((await verify(copy)).faults).toContain('index.json')
}, 30_000)

test('mirrored by hand: another file, text, signature, key or kind → refused', async () => {
  const path = join(folder, 'releases', 'carried-taken', '1.0.0.json')
  const envelope = JSON.parse(await readFile(path, 'utf8')) as SignedEnvelope
  const { load: take } = inside.client.mirror
  const attempt = (changes: Partial<SignedEnvelope>, file?: Uint8Array) =>
    refusalOf(take(formOf({ ...envelope, ...changes }, file)))
  const other = { payload: envelope.payload.replace('carried-taken', 'carried-other') }
  expect(await attempt(other, exiting(3))).toBe('registry.signature_invalid')
  expect(await attempt({ key_id: '0'.repeat(16) }, exiting(3))).toBe('registry.key_untrusted')
  expect(await attempt({ payload_type: 'text/plain' }, exiting(3))).toBe(
    'registry.signature_invalid',
  )
  expect(await attempt({ signature: 'no base64!' })).toBe('request.invalid')
  expect(await attempt({}, exiting(3))).toBe('marketplace.name_taken')
  const yanked = JSON.parse(
    await readFile(join(folder, 'releases', 'carried-yanked', '1.0.0.json'), 'utf8'),
  ) as SignedEnvelope
  expect(await refusalOf(take(formOf(yanked)))).toBe('taken')
  // What nobody keeps is gone: neither rows nor files are left.
  expect(await readdir(join(inside.dataDirectory, 'blobs', 'incoming'))).toEqual([])
}, 30_000)
