import { generateKeyPair, exportJWK } from 'jose'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Sealing } from '#platform/sealing/sealing.ts'
import {
  deleteSigningKeys,
  insertSigningKey,
  lockSigningKeys,
  readSigningKeys,
  SIGNING_KEYS_CHANNEL,
  writePrivateJwk,
  type PrivateJwk,
  type SigningKey,
  type StoredSigningKey,
} from './signing-key-store.ts'

export const TOKEN_ALGORITHM = 'EdDSA'
const READ_AGAIN_MS = 60_000
/** A `kid` that is not known may be new: look, but not for everybody who makes one up. */
const LOOK_AGAIN_MS = 5_000
const TURN_MS = 60_000
/** Between clocks of processes. */
const SLACK_MS = 60_000

export interface SigningKeysOptions {
  db: Db
  clock: Clock
  ids: Ids
  /** Keeps the private keys from those who can only read the database. */
  sealing: Sealing
  /** Each signs for so long. */
  rotationMs: number
  /** The next is published so long before it signs, so that everybody has read it. */
  aheadMs: number
  /** What a key signed is valid for so long at the most. */
  tokenMs: number
  onFault: (error: unknown) => void
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

/**
 * The keys that sign access tokens: made ahead, published before they are used, and until nothing
 * that they signed is valid. All of it is in the database, so any process may turn them.
 */
export const createSigningKeys = (options: SigningKeysOptions) => {
  const { db, clock, ids, sealing, onFault } = options
  let known: SigningKey[] = []
  let readAtMs = Number.NEGATIVE_INFINITY
  let timer: Timer | null = null

  const read = async (): Promise<SigningKey[]> => {
    readAtMs = clock.now().getTime()
    known = (await readSigningKeys(db)).map((key) => openedKey(key, sealing))
    return known
  }
  const keysOf = (ageMsMax: number): SigningKey[] | Promise<SigningKey[]> =>
    clock.now().getTime() - readAtMs < ageMsMax ? known : read()

  /** Makes the next key when it is due, and removes those that nothing needs. Idempotent. */
  const turn = async (): Promise<void> => {
    const isDue = (keys: readonly SigningKey[]) =>
      nextActiveAt(keys, clock.now(), options) !== null ||
      forgettable(keys, clock.now(), options).length > 0
    if (!isDue(await read())) return
    await db.transaction(async (tx) => {
      await lockSigningKeys(tx)
      const keys = await readSigningKeys(tx)
      const activeAt = nextActiveAt(keys, clock.now(), options)
      if (activeAt !== null) await addKey(tx, activeAt)
      const old = forgettable(keys, clock.now(), options)
      if (old.length > 0) await deleteSigningKeys(tx, old)
    })
    await read()
  }
  const addKey = async (tx: Tx, activeAt: Date): Promise<void> => {
    const id = ids.uuid()
    const { publicKey, privateKey } = await generateKeyPair(TOKEN_ALGORITHM, {
      crv: 'Ed25519',
      extractable: true,
    })
    const { crv = '', x = '', kty = '' } = await exportJWK(publicKey)
    const { d = '' } = await exportJWK(privateKey)
    const publicJwk = { kty, crv, x, kid: id, alg: TOKEN_ALGORITHM, use: 'sig' }
    const key = { id, publicJwk, privateJwk: { ...publicJwk, d }, activeAt }
    await insertSigningKey(tx, sealedKey(key, sealing), clock.now())
  }

  return {
    turn,

    /** Seals keys that are stored plain, or sealed by an earlier key. Idempotent. */
    seal: async (): Promise<void> => {
      const isDue = ({ privateJwk }: StoredSigningKey) =>
        !sealing.isCurrent(typeof privateJwk === 'string' ? privateJwk : '')
      if (!(await readSigningKeys(db)).some(isDue)) return
      await db.transaction(async (tx) => {
        await lockSigningKeys(tx)
        for (const key of (await readSigningKeys(tx)).filter(isDue))
          await writePrivateJwk(tx, sealedKey(openedKey(key, sealing), sealing))
      })
    },

    /** Turns them whenever it is due, from now on. */
    start: async (): Promise<void> => {
      const repeat = async () => {
        await turn().catch(onFault)
        timer = clock.after(TURN_MS, () => void repeat())
      }
      await repeat()
    },

    /** The one that signs now; the first is made by whoever needs it first. */
    current: async (): Promise<SigningKey> => {
      const nowMs = clock.now().getTime()
      const active = (keys: readonly SigningKey[]) =>
        keys.findLast(({ activeAt }) => activeAt.getTime() <= nowMs)
      const found = active(await keysOf(READ_AGAIN_MS))
      if (found !== undefined) return found
      await turn()
      const made = active(known)
      if (made === undefined) throw new Error('Broken invariant: a signing key was made')
      return made
    },

    /** Null for a `kid` that is not, or no longer, ours. */
    byId: async (id: string): Promise<SigningKey | null> => {
      const among = (keys: readonly SigningKey[]) => keys.find((key) => key.id === id) ?? null
      return among(await keysOf(READ_AGAIN_MS)) ?? among(await keysOf(LOOK_AGAIN_MS))
    },

    published: async () => (await keysOf(READ_AGAIN_MS)).map(({ publicJwk }) => publicJwk),

    follow: (): Promise<() => Promise<void>> =>
      db.listen(SIGNING_KEYS_CHANNEL, () => (readAtMs = Number.NEGATIVE_INFINITY)),

    close: (): void => timer?.cancel(),
  }
}

const placeOf = ({ id }: { id: string }): string => `signing_keys/${id}`

const openedKey = (key: StoredSigningKey, sealing: Sealing): SigningKey => {
  const { privateJwk } = key
  if (typeof privateJwk !== 'string') return { ...key, privateJwk }
  return { ...key, privateJwk: JSON.parse(sealing.open(privateJwk, placeOf(key))) as PrivateJwk }
}

const sealedKey = (key: SigningKey, sealing: Sealing): StoredSigningKey => ({
  ...key,
  privateJwk: sealing.seal(JSON.stringify(key.privateJwk), placeOf(key)),
})

type Times = Pick<SigningKeysOptions, 'rotationMs' | 'aheadMs' | 'tokenMs'>

/** When a key that is to be made now begins to sign; null while none is to be made. */
export const nextActiveAt = (
  keys: readonly Pick<SigningKey, 'activeAt'>[],
  now: Date,
  { rotationMs, aheadMs }: Times,
): Date | null => {
  const last = keys.at(-1)
  if (last === undefined) return now
  const endsAtMs = last.activeAt.getTime() + rotationMs
  if (now.getTime() < endsAtMs - aheadMs) return null
  return new Date(Math.max(endsAtMs, now.getTime() + aheadMs))
}

/** Those whose successor has signed for longer than anything of theirs is valid. */
export const forgettable = (
  keys: readonly Pick<SigningKey, 'id' | 'activeAt'>[],
  now: Date,
  { tokenMs }: Times,
): string[] =>
  keys
    .filter((_, place) => {
      const successor = keys[place + 1]
      return (
        successor !== undefined && successor.activeAt.getTime() + tokenMs + SLACK_MS < now.getTime()
      )
    })
    .map(({ id }) => id)
