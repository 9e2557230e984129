import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Release, signedBytes, type CadreError, type ErrorBody } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO, exiting } from '../../src/executors/wasm/testing/sample-programs.ts'
import { placeOf } from '../../src/platform/blobs/blob-key.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

/** On a machine that is busy with other things. */
const PATIENT = { timeout: 15_000 }
let database: TestDatabase
let db: Db
let cadre: RunningCadre
const settings = () => ({
  CADRE_DATABASE_URL: database.url ?? '',
  CADRE_DEMO_AGENTS: 'false',
  CADRE_SEALING_KEY: '00'.repeat(32),
})
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  cadre = await startCadre(settings())
})
afterAll(async () => {
  await cadre.stop()
  await database.drop()
})

/** `ran`, or the error by which it was refused. */
const executed = async (agentId: string): Promise<string> => {
  const response = await cadre.request('/api/v1/tasks/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent_id: agentId, input: 'hello' }),
  })
  return response.ok ? 'ran' : ((await response.json()) as ErrorBody).error.code
}
const ended = async (taskId: string) => {
  await expect
    .poll(() => cadre.client.tasks.get(taskId).then(({ status }) => status), PATIENT)
    .toMatch(/^(DONE|QUARANTINED)$/)
  return cadre.client.tasks.get(taskId)
}
/** Stops directly and in the queue by this error; recorded once, however often it was tried. */
const expectStopped = async (agentId: string, code: string) => {
  // Processes hear of a changed row within milliseconds.
  await expect.poll(() => executed(agentId), PATIENT).toBe(code)
  expect(await executed(agentId)).toBe(code)
  const task = await cadre.client.tasks.create({ agent_id: agentId, input: 'hello' })
  expect(await ended(task.id)).toMatchObject({
    status: 'QUARANTINED',
    attempt: 1,
    last_error_category: 'permanent',
    last_error: expect.stringMatching(`^${code}: `) as unknown,
  })
  const { items } = await cadre.client.quarantine.list({ agent_id: agentId })
  expect(items).toMatchObject([{ id: task.id, last_error_category: 'permanent' }])
  const records = await cadre.client.audit.list({ action: 'agent.execute', resource: agentId })
  expect(records.items).toMatchObject([{ decision: 'denied', after: { code } }])
}

describe('execute: what was published was changed → stopped, directly and in the queue', () => {
  const flipped = `set_byte(statement_signature, 17, get_byte(statement_signature, 17) # 1)`
  test.each<[string, string, string]>([
    ['a byte of the signature', `statement_signature = ${flipped}`, 'agent.signature_invalid'],
    [
      'a byte of the manifest',
      `statement_payload = replace(statement_payload, '"0.000000"', '"0.000001"')`,
      'agent.manifest_corrupt',
    ],
    [
      'the end of the manifest',
      `statement_payload = rtrim(statement_payload, '}') || ' }'`,
      'agent.signature_invalid',
    ],
    ['the price', 'price = 7', 'agent.manifest_corrupt'],
    ['what it offers', `capabilities = '{root}'`, 'agent.manifest_corrupt'],
    ['its version', `version = '9.9.9'`, 'agent.manifest_corrupt'],
    [
      'which program it is',
      `binary_key = 'other', binary_sha256 = repeat('0', 64)`,
      'agent.manifest_corrupt',
    ],
    ['who signed it', `statement_key_id = '0123456789abcdef'`, 'agent.key_untrusted'],
    [
      'its signature, removed',
      'statement_payload = null, statement_signature = null',
      'agent.signature_invalid',
    ],
  ])('%s', async (what, assignment, code) => {
    const { id } = await publishWasm(cadre.client, what.replaceAll(/\W+/g, '-'), ECHO)
    expect(await executed(id)).toBe('ran')
    await db.query(`update agents set ${assignment} where id = $1`, [id])
    await expectStopped(id, code)
  })

  test('a byte of the binary', async () => {
    const { id, binary_sha256 } = await publishWasm(cadre.client, 'spoilt', exiting(0))
    expect(await executed(id)).toBe('ran')
    const path = join(cadre.dataDirectory, 'blobs', placeOf(binary_sha256 ?? ''))
    const bytes = await readFile(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    await writeFile(path, bytes)
    await expectStopped(id, 'agent.binary_corrupt')
    const download = await cadre.request(`/api/v1/agents/${id}/binary`)
    expect(await download.json()).toMatchObject({ error: { code: 'agent.binary_corrupt' } })
  })

  test('an agent that is to be listed → not signed, whether it is offered or checked again', async () => {
    const item = { item_type: 'agent', name: 'swapped', version: '1.0.0' } as const
    const state = () =>
      cadre.client.marketplace.version('swapped', '1.0.0').then((version) => version.state)
    await cadre.client.marketplace.publish(item)
    await expect.poll(state, PATIENT).toBe('held')
    const { id } = await publishWasm(cadre.client, 'swapped', ECHO)
    await db.query('update agents set price = 7 where id = $1', [id])
    await cadre.client.marketplace.checkAgain('swapped', '1.0.0')
    await expect.poll(state, PATIENT).toBe('held')
    expect(await cadre.client.marketplace.version('swapped', '1.0.0')).toMatchObject({
      state_reason: expect.stringContaining('is not what was signed') as unknown,
      signature: null,
    })
    const absent = cadre.client.marketplace.release('swapped', '1.0.0')
    await expect(absent).rejects.toMatchObject({ code: 'marketplace.not_released' })
    await publishWasm(cadre.client, 'swapped-too', ECHO)
    await db.query(`update agents set price = 7 where name = 'swapped-too'`)
    const offered = cadre.client.marketplace.publish({ ...item, name: 'swapped-too' })
    await expect(offered).rejects.toMatchObject({ code: 'agent.manifest_corrupt' })
  })

  test('a remote agent → claims nothing, and the task waits', async () => {
    const agent = await registerRemote(cadre.client, 'elsewhere', ['spoilt.work'])
    const claimed = async () => {
      const task = await cadre.client.tasks.create({ agent_id: agent.id })
      const claim = { agent_id: agent.id, new_status: 'IN_PROGRESS' } as const
      const outcome = await cadre
        .clientOf(agent.key)
        .tasks.updateStatus(task.id, claim)
        .catch((error: CadreError) => error.code)
      const { status } = await cadre.client.tasks.get(task.id)
      return [typeof outcome === 'string' ? outcome : 'claimed', status]
    }
    expect(await claimed()).toEqual(['claimed', 'IN_PROGRESS'])
    await db.query(`update agents set capabilities = '{root}' where id = $1`, [agent.id])
    await expect.poll(claimed, PATIENT).toEqual(['agent.manifest_corrupt', 'TODO'])
    await db.query(`update agents set capabilities = '{spoilt.work}' where id = $1`, [agent.id])
    await expect.poll(claimed, PATIENT).toEqual(['claimed', 'IN_PROGRESS'])
  })
})

describe('try: what is listed was changed → not run, and recorded', () => {
  const tried = () =>
    cadre.client.installs.tryVersion('listed', '1.0.0', { input: 'hello' }).then(
      ({ stdout }) => stdout,
      (error: CadreError) => error.code,
    )
  test.each<[string, string, string]>([
    [
      'a byte of the signature',
      'release_signature = set_byte(release_signature, 17, get_byte(release_signature, 17) # 1)',
      'registry.signature_invalid',
    ],
    [
      'a byte of the release',
      `release_payload = replace(release_payload, '"listed"', '"lister"')`,
      'registry.signature_invalid',
    ],
    ['the key', `release_key_id = '0123456789abcdef'`, 'registry.key_untrusted'],
    ['no release', 'release_payload = null', 'marketplace.release_corrupt'],
    ['the digest', `artefact_sha256 = repeat('0', 64)`, 'marketplace.release_corrupt'],
  ])('%s', async (_, change, code) => {
    const { marketplace } = cadre.client
    if ((await marketplace.search({ q: 'listed' })).items.length === 0) {
      await publishWasm(cadre.client, 'listed', ECHO)
      await marketplace.publish({ item_type: 'agent', name: 'listed', version: '1.0.0' })
    }
    const { id } = await marketplace.version('listed', '1.0.0')
    const state = () => marketplace.version('listed', '1.0.0').then((version) => version.state)
    await expect.poll(state, PATIENT).toBe('approved')
    expect(await tried()).toBe('hello')
    const signed = 'release_payload, release_signature, release_key_id, artefact_sha256'
    const before = await db.query(`select ${signed} from marketplace_versions where id = $1`, [id])
    await db.query(`update marketplace_versions set ${change} where id = $1`, [id])
    expect(await tried()).toBe(code)
    const { items } = await cadre.client.audit.list({ action: 'marketplace.try', resource: id })
    expect(items[0]).toMatchObject({ decision: 'denied', after: { code } })
    await db.query(`update marketplace_versions set (${signed}) = ($2, $3, $4, $5) where id = $1`, [
      id,
      ...Object.values(before[0] ?? {}),
    ] as Parameters<Db['query']>[1])
    expect(await tried()).toBe('hello')
  })
})

/** A public key as people hand it on. */
const someKey = () => generateKeyPairSync('ed25519').publicKey
const rawOf = (key: ReturnType<typeof someKey>): string =>
  key.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')

describe('keys', () => {
  test('release: checked with the published key alone → holds; other text → does not', async () => {
    await publishWasm(cadre.client, 'released', ECHO)
    const examples = [{ title: 'One', input: { b: 1, a: 'ü' }, output: { a: 'ü', b: 1 } }]
    const item = { item_type: 'agent', name: 'released', version: '1.0.0', examples } as const
    await cadre.client.marketplace.publish({ ...item, readme: '# Released' })
    const version = () => cadre.client.marketplace.version('released', '1.0.0')
    await expect.poll(() => version().then(({ state }) => state), PATIENT).toBe('approved')
    const { artefact, signature } = await version()
    const release = await cadre.client.marketplace.release('released', '1.0.0')
    const { items } = await cadre.client.registry.keys()
    const key = items.find(({ id }) => id === release.key_id)
    expect(key).toMatchObject({ state: 'active', is_own: true, algorithm: 'ed25519' })
    expect(signature).toMatchObject({ key_id: key?.id })
    const spki = `302a300506032b6570032100${Buffer.from(key?.public_key ?? '', 'base64').toString('hex')}`
    const publicKey = createPublicKey({
      key: Buffer.from(spki, 'hex'),
      format: 'der',
      type: 'spki',
    })
    const holds = (text: string) =>
      verify(
        null,
        signedBytes(release.payload_type, text),
        publicKey,
        Buffer.from(release.signature, 'base64'),
      )
    expect(holds(release.payload)).toBe(true)
    expect(holds(release.payload.replace('Released', 'Replaced'))).toBe(false)
    expect(Release.parse(JSON.parse(release.payload))).toMatchObject({
      name: 'released',
      publisher: 'default',
      readme: '# Released',
      examples,
      artefact: { kind: 'wasm', sha256: artefact?.sha256, bytes: ECHO.length },
      permissions: ['input', 'output'],
    })
  })

  test('trust, revoke: once each, for good; nothing but Ed25519 keys', async () => {
    const { registry } = cadre.client
    const raw = rawOf(someKey())
    const trusted = await registry.trust({ name: 'Them', public_key: raw })
    expect(trusted).toMatchObject({ name: 'Them', public_key: raw, state: 'trusted' })
    expect(trusted.is_own).toBe(false)
    const again = registry.trust({ name: 'Them again', public_key: raw })
    await expect(again).rejects.toMatchObject({ code: 'registry.key_known' })
    await registry.revoke(trusted.id)
    await registry.revoke(trusted.id)
    const back = registry.trust({ name: 'Them', public_key: raw })
    await expect(back).rejects.toMatchObject({ code: 'registry.key_known' })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey
    const wrong = [
      rsa.export({ format: 'pem', type: 'spki' }).toString(),
      raw.slice(1),
      `${raw} `.replaceAll('A', 'B').repeat(2),
      'x',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    ]
    for (const public_key of wrong)
      await expect(registry.trust({ name: 'Wrong', public_key })).rejects.toMatchObject({
        code: 'request.invalid',
        details: [{ field: 'public_key' }],
      })
    await expect(registry.revoke('no-such-key')).rejects.toMatchObject({
      code: 'registry.key_not_found',
    })
    const { items } = await cadre.client.audit.list({ action: 'registry.*' })
    expect(items.map(({ action }) => action)).toEqual(['registry.revoke_key', 'registry.trust_key'])
  })

  test('rotate → others go on running; revoked → they stop; the private key is sealed', async () => {
    const { registry } = cadre.client
    const { id } = await publishWasm(cadre.client, 'of-the-first-key', ECHO)
    const [first] = (await registry.keys()).items.filter(({ state }) => state === 'active')
    await expect(registry.revoke(first?.id ?? '')).rejects.toMatchObject({
      code: 'registry.key_active',
    })
    const second = await registry.rotate()
    expect(second).toMatchObject({ state: 'active', is_own: true })
    const later = await publishWasm(cadre.client, 'of-the-second-key', ECHO)
    expect([await executed(id), await executed(later.id)]).toEqual(['ran', 'ran'])
    await registry.revoke(first?.id ?? '')
    expect([await executed(id), await executed(later.id)]).toEqual(['agent.key_untrusted', 'ran'])
    await expectStopped(id, 'agent.key_untrusted')
    const rows = await db.query<{ private_key: string }>(
      'select private_key from registry_keys where private_key is not null',
    )
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row.private_key).toMatch(/^sealed:v1:[0-9a-f]{8}:[\w-]+$/)
    const tokenKeys = await db.query<{ private_jwk: unknown }>(
      'select private_jwk from signing_keys',
    )
    for (const row of tokenKeys) expect(row.private_jwk).toMatch(/^sealed:v1:/)
  })

  test('first start of this version → what is there is signed, once', async () => {
    const { id } = await publishWasm(cadre.client, 'older-than-keys', ECHO)
    await db.query('delete from registry_keys')
    const unsigned = (table: string, part: string, time: string) =>
      `update ${table} set ${part}_payload = null, ${part}_signature = null,
         ${part}_key_id = null${time}`
    await db.query(unsigned('agents', 'statement', ''))
    await db.query(unsigned('marketplace_versions', 'release', ', signed_at = null'))
    await cadre.stop()
    cadre = await startCadre({ ...settings(), CADRE_DATA_DIR: cadre.dataDirectory })
    const { id: remote, key } = await registerRemote(cadre.client, 'newer-than-keys')
    expect(key).not.toBe('')
    expect((await cadre.client.registry.keys()).items).toHaveLength(1)
    const release = await cadre.client.marketplace.release('released', '1.0.0')
    expect(Release.parse(JSON.parse(release.payload))).toMatchObject({ readme: '# Released' })
    const statement = await db.query('select statement_payload as of from agents where id = $1', [
      id,
    ])
    expect(statement).toMatchObject([
      { of: expect.stringContaining('"older-than-keys"') as unknown },
    ])
    await db.query('update agents set statement_payload = null where id = $1', [remote])
    await cadre.stop()
    cadre = await startCadre({ ...settings(), CADRE_DATA_DIR: cadre.dataDirectory })
    const task = await cadre.client.tasks.create({ agent_id: remote })
    const claim = cadre
      .clientOf(key)
      .tasks.updateStatus(task.id, { agent_id: remote, new_status: 'IN_PROGRESS' })
    await expect(claim).rejects.toMatchObject({ code: 'agent.signature_invalid' })
  })
})
