import { createHash } from 'node:crypto'
import { AGENT_PAYLOAD_TYPE, canonicalJson, type AgentId, type TenantId } from '@cadre/contract'
import { describe, expect, test } from 'vitest'
import {
  generateKey,
  isSignedBy,
  keyIdOf,
  signerOf,
  signText,
  verifierOf,
  type Envelope,
} from '#features/registry/ed25519.ts'
import type { Standing } from '#features/registry/registry.ts'
import type { Blobs } from '#platform/blobs/blobs.ts'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { AgentRecord } from './agent.ts'
import { createAgentIntegrity } from './agent-integrity.ts'
import { examineStatement, signedStatement, statementOf } from './agent-statement.ts'

// Whatever is changed of an agent is found, wherever it is changed.

const NOW = new Date('2026-07-01T08:30:00.000Z')
const BINARY = Uint8Array.from({ length: 5_000 }, (_, place) => (place * 31) % 251)
const SHA256 = createHash('sha256').update(BINARY).digest('hex')

const STORED = {
  key: SHA256,
  sha256: SHA256,
  bytes: BINARY.length,
  report: { imports: [], memoryPagesMin: 1, memoryPagesMax: null },
}

const UNSIGNED: Omit<AgentRecord, 'statement'> = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057' as AgentId,
  tenantId: '01890a5d-ac96-774b-bcce-b302099a8058' as TenantId,
  name: 'word-count',
  version: '1.2.3-beta.1',
  description: 'Counts',
  ownerId: '01890a5d-ac96-774b-bcce-b302099a8059',
  ownerName: 'Somebody',
  runtime: 'wasm',
  capabilities: ['text.count', 'text.words'],
  examples: [],
  isEnabled: true,
  price: '0.002500',
  binary: STORED,
  rating: null,
  concurrencyMax: null,
  lastError: null,
  lastSeenAt: null,
  createdAt: NOW,
  updatedAt: NOW,
}

const { publicKey, privateKey } = generateKey()
const signer = { keyId: keyIdOf(publicKey), key: signerOf(privateKey) }
/** Trusts its own key only. */
const registry = {
  sign: (payloadType: string, value: object) =>
    signText(signer, { payloadType, payload: canonicalJson(value) }),
  isTrusted: (keyId: string) => keyId === signer.keyId,
  standingOf: (envelope: Envelope): Standing => {
    if (envelope.keyId !== signer.keyId) return 'untrusted'
    return isSignedBy(verifierOf(publicKey), envelope) ? 'sound' : 'invalid'
  },
}
const signed = signedStatement(registry.sign(AGENT_PAYLOAD_TYPE, statementOf(UNSIGNED)))
const agent: AgentRecord = { ...UNSIGNED, statement: signed }

const faultOf = (changed: AgentRecord) => examineStatement(changed, registry).fault
const flipped = (bytes: Uint8Array, place: number, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[place] = (copy[place] ?? 0) ^ (1 << bit)
  return copy
}

describe('what was signed of an agent', () => {
  test('as it was → sound', () => {
    expect(faultOf(agent)).toBeNull()
  })

  test('any bit of the signature is flipped, or it is longer or shorter → invalid', () => {
    const { signature } = signed
    const found = new Set<unknown>()
    const look = (changed: Uint8Array) =>
      found.add(faultOf({ ...agent, statement: { ...signed, signature: changed } }))
    for (let place = 0; place < signature.length; place++)
      for (let bit = 0; bit < 8; bit++) look(flipped(signature, place, bit))
    for (let length = 0; length < signature.length; length++) look(signature.slice(0, length))
    look(Uint8Array.from([...signature, 0]))
    expect([...found]).toEqual(['invalid'])
  })

  test('any bit of the manifest is flipped, or any byte left out → never sound', () => {
    const { payload } = signed
    const bytes = Buffer.from(payload)
    expect(bytes.length).toBeGreaterThan(300)
    const found = new Set<unknown>()
    const look = (changed: Uint8Array) => {
      const text = Buffer.from(changed).toString('utf8')
      found.add(faultOf({ ...agent, statement: { ...signed, payload: text } }))
    }
    for (let place = 0; place < bytes.length; place++) {
      for (let bit = 0; bit < 8; bit++) look(flipped(bytes, place, bit))
      look(Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)]))
    }
    found.add(faultOf({ ...agent, statement: { ...signed, payload: ` ${payload}` } }))
    expect([...found].toSorted()).toEqual(['corrupt', 'invalid'])
  })

  test.each<[string, (agent: AgentRecord) => Partial<AgentRecord>]>([
    ['tenant', () => ({ tenantId: UNSIGNED.ownerId as TenantId })],
    ['name', () => ({ name: 'word-counter' })],
    ['version', () => ({ version: '1.2.3' })],
    ['runtime', () => ({ runtime: 'remote' })],
    ['price', () => ({ price: '0.002501' })],
    ['capabilities', () => ({ capabilities: ['text.count'] })],
    ['time', () => ({ createdAt: new Date(NOW.getTime() + 1) })],
    ['binary', () => ({ binary: { ...STORED, sha256: '0'.repeat(64) } })],
    ['size', () => ({ binary: { ...STORED, bytes: 1 } })],
    ['no binary', () => ({ binary: null })],
  ])('another %s → corrupt', (_what, change) => {
    expect(faultOf({ ...agent, ...change(agent) })).toBe('corrupt')
  })

  test('a statement of another agent, rightly signed → corrupt', () => {
    const other = statementOf({ ...agent, name: 'other' })
    const statement = signedStatement(registry.sign(AGENT_PAYLOAD_TYPE, other))
    expect(faultOf({ ...agent, statement })).toBe('corrupt')
  })

  test('the same text, signed as something else → invalid', () => {
    const statement = signedStatement(registry.sign('text/plain', statementOf(agent)))
    expect(faultOf({ ...agent, statement })).toBe('invalid')
  })

  test('a key of nobody → untrusted; no signature → unsigned', () => {
    const stranger = { ...signed, keyId: '0123456789abcdef' }
    expect(faultOf({ ...agent, statement: stranger })).toBe('untrusted')
    expect(faultOf({ ...agent, statement: null })).toBe('unsigned')
  })

  test('installed from a release whose key is not trusted → untrusted', () => {
    const release = { sha256: '0'.repeat(64), key_id: '0123456789abcdef' }
    const signing = registry.sign(AGENT_PAYLOAD_TYPE, statementOf(agent, release))
    const finding = examineStatement({ ...agent, statement: signedStatement(signing) }, registry)
    expect(finding).toEqual({ fault: 'untrusted', keyId: release.key_id })
  })
})

describe('what is stored of a binary', () => {
  /** A store that holds these bytes, at this revision. */
  const open = (content: () => Uint8Array, revision: () => string) => {
    let reads = 0
    const blobs = {
      open: async () => {
        reads++
        return { content: [content()] }
      },
      revision: async () => revision(),
    } as unknown as Blobs
    const none = { db: {} as Db, clock: manualClock(), onFault: () => {} }
    const integrity = createAgentIntegrity({ ...none, blobs, registry })
    return { integrity, reads: () => reads }
  }

  test('any byte is flipped → binary_corrupt', async () => {
    let content: Uint8Array = BINARY
    let place = -1
    const { integrity } = open(
      () => content,
      () => String(place),
    )
    await integrity.verifyBinary(STORED)
    for (place = 0; place < BINARY.length; place++) {
      content = flipped(BINARY, place, place % 8)
      await expect(integrity.verifyBinary(STORED)).rejects.toMatchObject({
        code: 'agent.binary_corrupt',
      })
    }
  })

  test('unchanged → read once; another revision → read again; another digest → refused', async () => {
    let revision = 'a'
    const { integrity, reads } = open(
      () => BINARY,
      () => revision,
    )
    for (let time = 0; time < 3; time++) await integrity.verify(agent)
    expect(reads()).toBe(1)
    revision = 'b'
    await integrity.verify(agent)
    expect(reads()).toBe(2)
    const other = { ...STORED, sha256: 'f'.repeat(64) }
    await expect(integrity.verifyBinary(other)).rejects.toMatchObject({
      code: 'agent.binary_corrupt',
    })
  })
})
