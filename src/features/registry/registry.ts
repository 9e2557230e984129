import { canonicalJson, type RegistryKeyState } from '@cadre/contract'
import type { KeyObject } from 'node:crypto'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Sealing } from '#platform/sealing/sealing.ts'
import {
  generateKey,
  isSignedBy,
  keyIdOf,
  signerOf,
  signText,
  verifierOf,
  type Envelope,
} from './ed25519.ts'
import { keyUntrusted, signatureInvalid } from './registry-errors.ts'
import { sealingPlaceOf, stateOf, type RegistryKeyRecord } from './registry-key.ts'
import {
  insertRegistryKey,
  lockRegistryKeys,
  readRegistryKeys,
  REGISTRY_KEYS_CHANNEL,
  writeRegistryKey,
} from './registry-key-store.ts'

/** Signs a value, as canonical JSON, with the key that signs now. */
export type SignValue = (payloadType: string, value: object) => Envelope

/** How an envelope stands: `untrusted` where its key is unknown or revoked. */
export type Standing = 'sound' | 'untrusted' | 'invalid'

/** Signs, and says what is rightly signed. Asks the database nothing. */
export interface Registry {
  sign: SignValue
  /** Whether the key is known and not revoked. */
  isTrusted(keyId: string): boolean
  standingOf(envelope: Envelope): Standing
  /** @throws AppError `registry.signature_invalid`, `registry.key_untrusted` */
  verify(envelope: Envelope): void
}

export interface RegistryOptions {
  db: Db
  clock: Clock
  sealing: Sealing
  /**
   * Signs everything that was there before the first key. It runs once, in the transaction that
   * makes that key; whatever is unsigned later is refused.
   */
  signExisting: (tx: Tx, sign: SignValue) => Promise<void>
  onFault: (error: unknown) => void
}

/** A change whose notification was lost is known within this time. */
const REFRESH_MS = 5_000
const OWN_NAME = 'This installation'

interface KnownKey {
  state: RegistryKeyState
  verifier: KeyObject
}

export type OpenedRegistry = Awaited<ReturnType<typeof openRegistry>>

/** The keys of this installation and those that it trusts, as all processes know them. */
export const openRegistry = async (options: RegistryOptions) => {
  const { db, clock, sealing, onFault } = options
  let known: ReadonlyMap<string, KnownKey> = new Map()
  let signer: { keyId: string; key: KeyObject } | null = null
  let timer: Timer | null = null
  let turn: Promise<void> = Promise.resolve()
  let isClosed = false

  const learn = (keys: readonly RegistryKeyRecord[]): void => {
    const sound = keys.filter(isWhole)
    known = new Map(
      sound.map((key) => [key.id, { state: stateOf(key), verifier: verifierOf(key.publicKey) }]),
    )
    const active = sound.find((key) => stateOf(key) === 'active')
    if (active === undefined) signer = null
    else if (signer?.keyId !== active.id) signer = signerFrom(active, sealing)
  }
  const refresh = (): Promise<void> => {
    const turnOfThis = turn.then(async () => learn(await readRegistryKeys(db)))
    turn = turnOfThis.catch(() => {})
    return turnOfThis
  }
  const repeat = (): void => {
    timer = clock.after(REFRESH_MS, () => {
      void refresh()
        .catch(onFault)
        .then(() => {
          if (!isClosed) repeat()
        })
    })
  }
  const newKey = (): RegistryKeyRecord => {
    const { publicKey, privateKey } = generateKey()
    const id = keyIdOf(publicKey)
    return {
      id,
      name: OWN_NAME,
      publicKey,
      sealedPrivateKey: sealing.seal(privateKey, sealingPlaceOf(id)),
      createdAt: clock.now(),
      retiredAt: null,
      revokedAt: null,
    }
  }
  /** Makes the first key, and seals anew what is plain or sealed by an earlier key. */
  const prepare = async (): Promise<void> => {
    const isReady = (keys: readonly RegistryKeyRecord[]) =>
      keys.some(isOwn) && keys.every((key) => isSealed(key, sealing))
    if (isReady(await readRegistryKeys(db))) return
    await db.transaction(async (tx) => {
      await lockRegistryKeys(tx)
      const keys = await readRegistryKeys(tx)
      for (const key of keys)
        if (!isSealed(key, sealing)) await writeRegistryKey(tx, sealedAnew(key, sealing))
      if (keys.some(isOwn)) return
      const first = newKey()
      await insertRegistryKey(tx, first)
      const signing = signerFrom(first, sealing)
      await options.signExisting(tx, (payloadType, value) =>
        signText(signing, { payloadType, payload: canonicalJson(value) }),
      )
    })
  }

  const sign: SignValue = (payloadType, value) => {
    if (signer === null) throw new Error('Broken invariant: some key of this installation signs')
    return signText(signer, { payloadType, payload: canonicalJson(value) })
  }
  const trustedKey = (keyId: string): KnownKey | null => {
    const key = known.get(keyId)
    return key === undefined || key.state === 'revoked' ? null : key
  }
  const standingOf = (envelope: Envelope): Standing => {
    const key = trustedKey(envelope.keyId)
    if (key === null) return 'untrusted'
    return isSignedBy(key.verifier, envelope) ? 'sound' : 'invalid'
  }

  await prepare()
  const unlisten = await db.listen(REGISTRY_KEYS_CHANNEL, () => void refresh().catch(onFault))
  try {
    await refresh()
  } catch (error) {
    await unlisten()
    throw error
  }
  repeat()

  return {
    sign,
    isTrusted: (keyId) => trustedKey(keyId) !== null,
    standingOf,
    verify: (envelope) => {
      const standing = standingOf(envelope)
      if (standing === 'untrusted') throw keyUntrusted(envelope.keyId)
      if (standing === 'invalid') throw signatureInvalid()
    },
    newKey,
    /** What is committed by now is known here before it resolves. */
    refresh,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await unlisten()
      await turn
    },
  } satisfies Registry & Record<string, unknown>
}

/** A row whose key is not the one that its id names is no key. */
const isWhole = (key: RegistryKeyRecord): boolean => keyIdOf(key.publicKey) === key.id

const isOwn = (key: RegistryKeyRecord): boolean => key.sealedPrivateKey !== null

const isSealed = ({ sealedPrivateKey }: RegistryKeyRecord, sealing: Sealing): boolean =>
  sealedPrivateKey === null || sealing.isCurrent(sealedPrivateKey)

const privateKeyOf = (key: RegistryKeyRecord, sealing: Sealing): string =>
  sealing.open(key.sealedPrivateKey ?? '', sealingPlaceOf(key.id))

const signerFrom = (key: RegistryKeyRecord, sealing: Sealing) => ({
  keyId: key.id,
  key: signerOf(privateKeyOf(key, sealing)),
})

const sealedAnew = (key: RegistryKeyRecord, sealing: Sealing): RegistryKeyRecord => ({
  ...key,
  sealedPrivateKey: sealing.seal(privateKeyOf(key, sealing), sealingPlaceOf(key.id)),
})
