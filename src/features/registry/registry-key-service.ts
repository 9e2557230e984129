import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { keyIdOf, parsePublicKey } from './ed25519.ts'
import {
  keyKnown,
  keyNotFound,
  keySigns,
  publicKeyInvalid,
  tooManyKeys,
} from './registry-errors.ts'
import { stateOf, type RegistryKeyRecord } from './registry-key.ts'
import {
  insertRegistryKey,
  KEYS_MAX,
  lockRegistryKeys,
  readRegistryKeys,
  writeRegistryKey,
} from './registry-key-store.ts'
import type { OpenedRegistry } from './registry.ts'

export type RegistryKeyService = ReturnType<typeof createRegistryKeyService>

/** Which keys are trusted, as the operator decides. */
export const createRegistryKeyService = (options: {
  db: Db
  clock: Clock
  registry: Pick<OpenedRegistry, 'newKey' | 'refresh'>
}) => {
  const { db, clock, registry } = options

  /** One change at a time; known in this process before it is answered. */
  const change = async <Result>(
    work: (tx: Tx, keys: readonly RegistryKeyRecord[]) => Promise<Result>,
  ): Promise<Result> => {
    const result = await db.transaction(async (tx) => {
      await lockRegistryKeys(tx)
      return work(tx, await readRegistryKeys(tx))
    })
    await registry.refresh()
    return result
  }
  const note = (tx: Tx, by: Principal, verb: string, key: RegistryKeyRecord, before?: string) =>
    recordWithin(tx, {
      tenantId: by.tenantId,
      at: clock.now(),
      action: `registry.${verb}`,
      resource: { kind: 'registry_key', id: key.id, name: key.name },
      ...(before === undefined ? {} : { before: { state: before } }),
      after: { state: stateOf(key) },
    })

  return {
    list: (): Promise<RegistryKeyRecord[]> => readRegistryKeys(db),

    /** Trusts what somebody else signs. */
    trust: (
      by: Principal,
      { name, publicKeyText }: { name: string; publicKeyText: string },
    ): Promise<RegistryKeyRecord> => {
      const publicKey = parsePublicKey(publicKeyText)
      if (publicKey === null) throw publicKeyInvalid()
      const id = keyIdOf(publicKey)
      const createdAt = clock.now()
      const ends = { sealedPrivateKey: null, retiredAt: null, revokedAt: null }
      const key: RegistryKeyRecord = { id, name, publicKey, createdAt, ...ends }
      return change(async (tx, keys) => {
        const present = keys.find((one) => one.id === id)
        if (present !== undefined) throw keyKnown(id, stateOf(present))
        if (keys.length >= KEYS_MAX) throw tooManyKeys()
        await insertRegistryKey(tx, key)
        await note(tx, by, 'trust_key', key)
        return key
      })
    },

    /**
     * Nothing that the key signed is good from then on. Idempotent.
     * @throws AppError `registry.key_active` for the key that signs now
     */
    revoke: (by: Principal, id: string): Promise<void> =>
      change(async (tx, keys) => {
        const key = keys.find((one) => one.id === id)
        if (key === undefined) throw keyNotFound()
        const before = stateOf(key)
        if (before === 'active') throw keySigns()
        if (before === 'revoked') return
        const revoked = { ...key, revokedAt: clock.now() }
        await writeRegistryKey(tx, revoked)
        await note(tx, by, 'revoke_key', revoked, before)
      }),

    /** Has another key sign from now on; what the one before signed stays good. */
    rotate: (by: Principal): Promise<RegistryKeyRecord> => {
      const next = registry.newKey()
      return change(async (tx, keys) => {
        if (keys.length >= KEYS_MAX) throw tooManyKeys()
        for (const key of keys)
          if (stateOf(key) === 'active')
            await writeRegistryKey(tx, { ...key, retiredAt: clock.now() })
        await insertRegistryKey(tx, next)
        await note(tx, by, 'rotate_key', next)
        return next
      })
    },
  }
}
