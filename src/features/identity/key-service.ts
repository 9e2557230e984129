import type { CreateApiKey } from '@cadre/contract'
import { areScopesWithin, isPermitted, mayGive } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import type { Principal } from '#platform/web/context.ts'
import { newApiKey } from './api-key.ts'
import {
  keyNotFound,
  notYourKey,
  roleBeyondOwn,
  scopeBeyondOwn,
  serviceAccountNotFound,
} from './identity-errors.ts'
import { insertKey, tellPrincipalsChanged } from './identity-store.ts'
import * as store from './key-store.ts'
import type { KeyRecord } from './key-store.ts'
import { findMember } from './member-store.ts'

const DAY_MS = 86_400_000

export interface KeyServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  /** A key expires so long after it was made; null lets keys live for ever. */
  keyDaysMax: number | null
  onChange: () => void
}

export interface MadeKey {
  /** Kept hashed only, so it is shown this once. */
  key: string
  record: KeyRecord
}

export type KeyService = ReturnType<typeof createKeyService>

/** Keys of people for themselves, and of those who manage members for service accounts. */
export const createKeyService = (options: KeyServiceOptions) => {
  const { db, clock, ids, random } = options

  const make = async (
    tx: Tx,
    by: Principal,
    wanted: {
      owner: KeyRecord['owner']
      label: string
      scopes: readonly string[] | null
      expiresAt: Date | null
    },
  ): Promise<MadeKey> => {
    const { owner, ...kept } = wanted
    const { key, prefix, sha256 } = newApiKey(random)
    const id = ids.uuid()
    const now = clock.now()
    const { tenantId } = by
    const row = { id, tenantId, principalId: owner.id, prefix, sha256, ...kept, createdBy: by, now }
    await insertKey(tx, row)
    const record: KeyRecord = {
      id,
      prefix,
      owner,
      label: kept.label,
      scopes: kept.scopes === null ? null : [...kept.scopes],
      expiresAt: kept.expiresAt,
      lastUsedAt: null,
      createdByName: by.name,
      createdAt: now,
    }
    return { key, record }
  }
  const record = (
    tx: Tx,
    { tenantId }: Principal,
    action: 'key.issue' | 'key.revoke' | 'key.rotate',
    { id, prefix, label, owner, scopes, expiresAt }: KeyRecord,
  ) =>
    recordWithin(tx, {
      tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'key', id, name: prefix },
      [action === 'key.revoke' ? 'before' : 'after']: {
        label,
        principal_id: owner.id,
        principal_name: owner.name,
        role: owner.role,
        scopes,
        expires_at: expiresAt,
      },
    })
  /** @throws AppError 404 for one that the principal may not touch: whose it is, is told nobody */
  const touchable = async (by: Principal, id: string): Promise<KeyRecord> => {
    const key = await store.findKey(db.ofTenant(by.tenantId), by.tenantId, id)
    if (key === null) throw keyNotFound()
    if (key.owner.id === by.id) return key
    if (!isPermitted(by, 'member.manage') || !mayGive(by, key.owner.role)) throw keyNotFound()
    return key
  }
  const ownerOf = async (by: Principal, accountId: string | undefined) => {
    if (accountId === undefined || accountId === by.id) return by
    if (!isPermitted(by, 'member.manage')) throw notYourKey()
    const place = { tenantId: by.tenantId, kind: 'service', id: accountId } as const
    const account = await findMember(db.ofTenant(by.tenantId), place)
    if (account === null) throw serviceAccountNotFound()
    if (!mayGive(by, account.principal.role))
      throw roleBeyondOwn(account.principal.role, 'key.issue')
    return account.principal
  }
  const expiryOf = (wanted: string | undefined): Date | null => {
    const now = clock.now()
    const { keyDaysMax } = options
    const latest = keyDaysMax === null ? null : new Date(now.getTime() + keyDaysMax * DAY_MS)
    if (wanted === undefined) return latest
    const expiresAt = new Date(wanted)
    if (expiresAt <= now) throw invalidField('expires_at', 'must be in the future')
    if (latest !== null && expiresAt > latest)
      throw invalidField('expires_at', `must be within ${keyDaysMax} days (CADRE_KEY_DAYS_MAX)`)
    return expiresAt
  }
  /** The successor lives as long as the one before was made to. */
  const successorExpiry = ({ createdAt, expiresAt }: KeyRecord): Date | null => {
    const latest = expiryOf(undefined)
    if (expiresAt === null) return latest
    const wantedMs = clock.now().getTime() + expiresAt.getTime() - createdAt.getTime()
    return new Date(latest === null ? wantedMs : Math.min(wantedMs, latest.getTime()))
  }

  return {
    /** @throws AppError 403 for another's key or scopes beyond one's own, 404, 422 */
    create: async (by: Principal, wanted: CreateApiKey): Promise<MadeKey> => {
      const owner = await ownerOf(by, wanted.service_account_id)
      const scopes = wanted.scopes ?? by.scopes
      if (!areScopesWithin(scopes, by.scopes)) throw scopeBeyondOwn()
      const expiresAt = expiryOf(wanted.expires_at)
      return db.ofTenant(by.tenantId).transaction(async (tx) => {
        const made = await make(tx, by, { owner, label: wanted.label, scopes, expiresAt })
        await record(tx, by, 'key.issue', made.record)
        return made
      })
    },

    /** Keys of oneself; of others, and all, for those who manage members. @throws AppError 403 */
    list: (
      by: Principal,
      of: string,
      page: { limit: number; after: readonly [string] | null },
    ): Promise<KeyRecord[]> => {
      const principalId = of === 'me' ? by.id : of === 'all' ? null : of
      if (principalId !== by.id && !isPermitted(by, 'member.manage')) throw notYourKey()
      const { tenantId } = by
      return store.listKeys(db.ofTenant(tenantId), { tenantId, principalId }, page)
    },

    /** At once, and with the sessions and tokens that it led to. @throws AppError 404 */
    revoke: async (by: Principal, id: string): Promise<void> => {
      const key = await touchable(by, id)
      await db.ofTenant(by.tenantId).transaction(async (tx) => {
        if (!(await store.revokeKey(tx, id, clock.now()))) throw keyNotFound()
        await tellPrincipalsChanged(tx)
        await record(tx, by, 'key.revoke', key)
      })
      options.onChange()
    },

    /**
     * Another key of the same owner, label and scopes; the one before ends.
     * @throws AppError 403 where the credential that asks is narrower than the key; 404, also for
     *   keys that Cadre keeps by itself, such as agents'
     */
    rotate: async (by: Principal, id: string, overlapSeconds: number): Promise<MadeKey> => {
      const key = await touchable(by, id)
      if (key.owner.kind === 'agent') throw keyNotFound()
      if (key.owner.kind === 'user' && key.owner.id !== by.id) throw notYourKey()
      if (!areScopesWithin(key.scopes, by.scopes)) throw scopeBeyondOwn()
      const now = clock.now()
      const made = await db.ofTenant(by.tenantId).transaction(async (tx) => {
        const isTaken =
          overlapSeconds === 0
            ? await store.revokeKey(tx, id, now)
            : await store.expireKey(tx, id, new Date(now.getTime() + overlapSeconds * 1_000))
        if (!isTaken) throw keyNotFound()
        const { owner, label, scopes } = key
        const next = await make(tx, by, { owner, label, scopes, expiresAt: successorExpiry(key) })
        await tellPrincipalsChanged(tx)
        await record(tx, by, 'key.rotate', next.record)
        return next
      })
      options.onChange()
      return made
    },
  }
}
