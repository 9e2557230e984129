import { createHash } from 'node:crypto'
import { RELEASE_PAYLOAD_TYPE, type Release } from '@cadre/contract'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import { generateKey, keyIdOf, signerOf, signText } from '#features/registry/ed25519.ts'
import { createRegistryKeyService, type Envelope } from '#features/registry/index.ts'

let database: TestDatabase
let engine: Engine
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  engine = await createEngine({ db: await database.open() })
  const staged = await engine.blobs.stage(Readable.from([BINARY]), { bytesMax: 1_000 })
  await staged.keep()
})
afterAll(async () => {
  await engine.close()
  await database.drop()
})

const BINARY = Buffer.from('what was published')
const SHA256 = createHash('sha256').update(BINARY).digest('hex')
const RELEASE: Release = {
  schema: 'cadre.release/v1',
  name: 'word-count',
  version: '1.2.0',
  item_type: 'agent',
  publisher: 'Somebody',
  description: 'Counts words',
  readme: '',
  changelog: '',
  licence: 'MIT',
  icon: null,
  tags: [],
  capabilities: ['text.count'],
  input_schema: null,
  output_schema: null,
  examples: [{ title: 'One', input: 'one two', output: 2 }],
  price: '0.002500',
  permissions: ['input', 'output'],
  artefact: { kind: 'wasm', sha256: SHA256, bytes: BINARY.length },
  published_at: '2026-07-01T08:30:00.000Z',
}
const { publicKey, privateKey } = generateKey()
const theirs = { keyId: keyIdOf(publicKey), key: signerOf(privateKey) }
/** A release of another installation. */
const signed = (changed: Partial<Release> = {}): Envelope =>
  signText(theirs, {
    payloadType: RELEASE_PAYLOAD_TYPE,
    payload: JSON.stringify({ ...RELEASE, ...changed }),
  })
const keys = () => createRegistryKeyService({ ...engine, registry: engine.registry })
const adopt = (name: string, release: Envelope) =>
  engine.agents.adopt(engine.owner, { name, release })

test('adopt: a key that nobody trusts → refused', async () => {
  await expect(adopt('counter', signed())).rejects.toMatchObject({
    code: 'registry.key_untrusted',
  })
  const publicKeyText = Buffer.from(publicKey).toString('base64')
  await keys().trust(engine.owner, { name: 'Somebody', publicKeyText })
})

test('adopt: signed and trusted → an agent under its own name, as it was signed', async () => {
  const noted: string[] = []
  const release = signed()
  const { agent, key } = await engine.agents.adopt(
    engine.owner,
    { name: 'counter', release },
    async (_tx, made) => void noted.push(made.id),
  )
  expect(agent).toMatchObject({
    name: 'counter',
    version: '1.2.0',
    price: '0.002500',
    capabilities: ['text.count'],
    examples: [{ title: 'One', input: 'one two' }],
    binary: { key: SHA256, sha256: SHA256, bytes: BINARY.length },
  })
  expect([key, noted]).toEqual([null, [agent.id]])
  const stored = await engine.agents.read(engine.owner.tenantId, 'counter@1.2.0')
  await engine.agents.verify(stored)
  await expect(adopt('counter', release)).rejects.toMatchObject({ code: 'agent.version_exists' })
})

test('adopt: what goes along with it fails → no agent', async () => {
  const failing = engine.agents.adopt(
    engine.owner,
    { name: 'undone', release: signed() },
    async () => {
      throw new Error('changed my mind')
    },
  )
  await expect(failing).rejects.toThrow('changed my mind')
  await expect(engine.agents.read(engine.owner.tenantId, 'undone')).rejects.toMatchObject({
    code: 'agent.not_found',
  })
})

test('adopt: a remote one → its key, once', async () => {
  const artefact = { kind: 'remote', sha256: null, bytes: null } as const
  const { agent, key } = await adopt('elsewhere', signed({ artefact }))
  expect(agent).toMatchObject({ runtime: 'remote', binary: null })
  expect(key).toMatch(/./)
})

test.each<[string, () => Envelope, string]>([
  [
    'other text',
    () => ({ ...signed(), payload: signed({ price: '0.000000' }).payload }),
    'registry.signature_invalid',
  ],
  [
    'another type',
    () => ({ ...signed(), payloadType: 'text/plain' }),
    'registry.signature_invalid',
  ],
  [
    'a workflow',
    () => signed({ artefact: { ...RELEASE.artefact, kind: 'workflow' } }),
    'agent.not_adoptable',
  ],
  [
    'no digest',
    () => signed({ artefact: { kind: 'wasm', sha256: null, bytes: null } }),
    'agent.not_adoptable',
  ],
  [
    'a binary that is not here',
    () => signed({ artefact: { ...RELEASE.artefact, sha256: '0'.repeat(64) } }),
    'blob.not_found',
  ],
])('adopt: %s → refused', async (_what, release, code) => {
  await expect(adopt('refused', release())).rejects.toMatchObject({ code })
})

test('the release’s key is revoked → what was made of it runs no more', async () => {
  const agent = await engine.agents.read(engine.owner.tenantId, 'counter')
  await engine.agents.verify(agent)
  await keys().revoke(engine.owner, theirs.keyId)
  for (const one of [agent, { ...agent }])
    await expect(engine.agents.verify(one)).rejects.toMatchObject({
      code: 'agent.key_untrusted',
      publicMessage: expect.stringContaining(theirs.keyId) as unknown,
    })
})
