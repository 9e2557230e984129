import type { AgentId, TenantId } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Queryable, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import type { Principal } from '#platform/web/context.ts'
import * as store from './identity-store.ts'
import { givenApiKey, hashOf, isPlausible, newApiKey, prefixOf, type NewApiKey } from './api-key.ts'
import type { CredentialUse } from './credential-use.ts'
import { accountDisabled, unauthenticated } from './identity-errors.ts'
import { changeMember, lockMembers } from './member-store.ts'
import { createPrincipalCache } from './principal-cache.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const DEFAULT_TENANT = 'default'
const ADMINISTRATOR = 'administrator'
const LOCAL_CLI = 'local-cli'
const CACHE_ENTRIES_MAX = 10_000
/** Three parts, the first of them a JSON object in base64url (RFC 7519). No key of ours begins so. */
const JWT_SHAPE = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/

export interface IdentityServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  /** `CADRE_ADMIN_KEY`; null lets the first start make one. */
  adminKey: string | null
  keyCacheSeconds: number
  /** Who reads tokens, in the order in which they are asked. */
  bearers: readonly BearerReader[]
  use: CredentialUse
  /** Null lets everybody guess as fast as they can. */
  guard: SignInGuard | null
}

/** What a token says, once it proved to be sound. */
export interface Bearer {
  principal: Principal
  expiresAt: Date
}

export interface BearerReader {
  /**
   * Null for a token of somebody else.
   * @throws AppError `access.unauthenticated` for one that is not sound
   */
  read(token: string): Promise<Bearer | null>
}

export type IdentityService = ReturnType<typeof createIdentityService>

export const createIdentityService = (options: IdentityServiceOptions) => {
  const { db, clock, ids, random } = options
  const caching = {
    clock,
    ttlMs: options.keyCacheSeconds * 1_000,
    entriesMax: CACHE_ENTRIES_MAX,
  }
  const cache = createPrincipalCache<store.KeyHolder>(caching)
  const tokens = createPrincipalCache<Bearer>(caching)
  const forget = () => {
    cache.clear()
    tokens.clear()
  }

  const ensurePrincipal = async (tx: Queryable, tenantId: TenantId, name: string) => {
    const found = await store.findPrincipalByName(tx, tenantId, name)
    if (found !== null) return found
    const kind = name === ADMINISTRATOR ? 'user' : 'service'
    const principal: Principal = {
      id: ids.uuid(),
      tenantId,
      kind,
      name,
      role: 'admin',
      scopes: null,
    }
    await store.insertPrincipal(tx, principal, clock.now())
    return principal
  }
  const storeKey = async (tx: Tx, owner: Principal, key: NewApiKey, label: string) => {
    const { tenantId } = owner
    const id = ids.uuid()
    const now = clock.now()
    const { prefix, sha256 } = key
    const row = { id, tenantId, principalId: owner.id, prefix, sha256, label, now }
    if (!(await store.insertKey(tx, row))) return false
    await recordWithin(tx, {
      tenantId,
      at: now,
      action: 'key.issue',
      resource: { kind: 'key', id, name: prefix },
      after: { label, principal_id: owner.id, principal_name: owner.name, role: owner.role },
    })
    return true
  }
  /** Who can set another `CADRE_ADMIN_KEY` has the installation: that leads in, whatever was done. */
  const restore = async (tx: Tx, { id, tenantId, name }: Principal) => {
    await changeMember(tx, { id, role: 'admin', disabledAt: null })
    await store.tellPrincipalsChanged(tx)
    await recordWithin(tx, {
      tenantId,
      at: clock.now(),
      action: 'member.change',
      resource: { kind: 'member', id, name },
      after: { role: 'admin', is_disabled: false, reason: 'CADRE_ADMIN_KEY is new' },
    })
  }
  const revoke = async (tx: Tx, principalId: string, label: string): Promise<void> => {
    const now = clock.now()
    for (const { id, tenantId, prefix } of await store.revokeKeys(tx, { principalId, label, now }))
      await recordWithin(tx, {
        tenantId,
        at: now,
        action: 'key.revoke',
        resource: { kind: 'key', id, name: prefix },
        before: { label, principal_id: principalId },
      })
  }
  const replaceKey = async (tx: Tx, owner: Principal, label: string): Promise<string> => {
    await revoke(tx, owner.id, label)
    const key = newApiKey(random)
    await storeKey(tx, owner, key, label)
    forget()
    return key.key
  }
  const lookUp = async (sha256: string): Promise<store.KeyHolder> => {
    const { generation } = cache
    const holder = await store.findByKeyHash(db, sha256)
    if (holder === null) throw unauthenticated('The API key is not known, or was revoked.')
    if (holder.isDisabled) throw accountDisabled()
    const fresh = unexpired(holder)
    cache.set(sha256, fresh, generation)
    return fresh
  }
  const unexpired = <Shown extends { expiresAt: Date | null }>(shown: Shown): Shown => {
    if (shown.expiresAt !== null && shown.expiresAt <= clock.now())
      throw unauthenticated('The key or token has expired.')
    return shown
  }
  /** One look-up for all who show the same key from the same address at once. */
  const underWay = new Map<string, Promise<store.KeyHolder>>()
  const identifyHolder = async (key: string, address: string): Promise<store.KeyHolder> => {
    if (!isPlausible(key)) throw unauthenticated('The API key is mistyped: its checksum is wrong.')
    const sha256 = hashOf(key)
    const known = cache.get(sha256)
    if (known !== null) return unexpired(known)
    if (options.guard === null) return lookUp(sha256)
    const place = `${sha256} ${address} ${cache.generation}`
    const attempt =
      underWay.get(place) ??
      options.guard
        .attempt({ address, prefix: prefixOf(key) }, () => lookUp(sha256))
        .finally(() => underWay.delete(place))
    underWay.set(place, attempt)
    return attempt
  }
  const identifyByToken = async (token: string): Promise<Principal> => {
    const sha256 = hashOf(token)
    const known = tokens.get(sha256)
    if (known !== null) return unexpired(known).principal
    const { generation } = tokens
    for (const reader of options.bearers) {
      const bearer = await reader.read(token)
      if (bearer === null) continue
      tokens.set(sha256, unexpired(bearer), generation)
      return bearer.principal
    }
    throw unauthenticated('The token is not one that is accepted here.')
  }

  return {
    /**
     * Makes sure that the default tenant and its administrator exist.
     * @returns the administrator's key when this call made it; it is kept hashed only
     */
    bootstrap: (): Promise<{
      tenantId: TenantId
      administrator: Principal
      newKey: string | null
    }> =>
      db.transaction(async (tx) => {
        await store.insertTenant(tx, { id: ids.uuid(), name: DEFAULT_TENANT, now: clock.now() })
        const tenantId = await store.findTenantByName(tx, DEFAULT_TENANT)
        if (tenantId === null) throw new Error('Broken invariant: the default tenant was stored')
        const administrator = await ensurePrincipal(tx, tenantId, ADMINISTRATOR)
        const needsKey = await store.needsKey(tx, administrator.id)
        if (options.adminKey !== null) {
          const key = givenApiKey(options.adminKey)
          const isNew = await storeKey(tx, administrator, key, 'environment')
          if (isNew && !needsKey) await restore(tx, administrator)
          return { tenantId, administrator, newKey: null }
        }
        if (!needsKey) return { tenantId, administrator, newKey: null }
        const key = newApiKey(random)
        await storeKey(tx, administrator, key, 'bootstrap')
        return { tenantId, administrator, newKey: key.key }
      }),

    /** From now on, a key that any process revokes stops at once. Answers how to end that. */
    followRevocations: (): Promise<() => Promise<void>> =>
      db.listen(store.KEYS_REVOKED_CHANNEL, forget),

    /** To be called when a change of principals or credentials was committed. */
    forget,

    /** A fresh key for the command line on this machine; the one before ends. */
    issueLocalKey: (tenantId: TenantId): Promise<string> =>
      db.transaction(async (tx) => {
        // Processes that start at once make one principal, not several.
        await lockMembers(tx, tenantId)
        return replaceKey(tx, await ensurePrincipal(tx, tenantId, LOCAL_CLI), 'local')
      }),

    /** Makes a service account that administers a new tenant; its key is kept hashed only. */
    addAdministrator: async (
      tx: Tx,
      { tenantId, name }: { tenantId: TenantId; name: string },
    ): Promise<{ principal: Principal; key: string }> => {
      const principal: Principal = {
        id: ids.uuid(),
        tenantId,
        kind: 'service',
        name,
        role: 'admin',
        scopes: null,
      }
      await store.insertPrincipal(tx, principal, clock.now())
      const key = newApiKey(random)
      await storeKey(tx, principal, key, 'first administrator')
      return { principal, key: key.key }
    },

    /** Makes the agent a principal, within the transaction that registers it. */
    addAgent: async (tx: Queryable, agent: { id: AgentId; tenantId: TenantId; name: string }) => {
      const principal: Principal = { ...agent, kind: 'agent', role: 'agent', scopes: null }
      await store.insertPrincipal(tx, principal, clock.now())
    },

    /** A fresh key for an agent; the one before ends at once. */
    issueAgentKey: (
      tx: Tx,
      agent: { id: AgentId; tenantId: TenantId; name: string },
    ): Promise<string> =>
      replaceKey(tx, { ...agent, kind: 'agent', role: 'agent', scopes: null }, 'agent'),

    revokeAgentKeys: async (tx: Tx, agentId: AgentId) => {
      await revoke(tx, agentId, 'agent')
      forget()
    },

    /**
     * Whose key or token it is.
     * @throws AppError `access.unauthenticated`, or `access.too_many_attempts`
     */
    identifyByBearer: async (shown: string, address: string): Promise<Principal> => {
      if (JWT_SHAPE.test(shown)) return identifyByToken(shown)
      const { principal, keyId } = await identifyHolder(shown, address)
      options.use.note('key', keyId)
      return principal
    },

    /** A key that is to be exchanged for something else. @throws as `identifyByBearer` */
    identifyByKey: async (
      key: string,
      address: string,
    ): Promise<{ principal: Principal; keyId: string }> => {
      const holder = await identifyHolder(key, address)
      options.use.note('key', holder.keyId)
      return holder
    },
  }
}
