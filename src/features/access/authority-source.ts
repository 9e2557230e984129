import type { TenantId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { unavailable } from '#platform/errors.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Principal } from '#platform/web/context.ts'
import { Authority, type Rules } from './authority.ts'
import { AUTHORITY_CHANGED_CHANNEL } from './change-store.ts'
import type { DecisionSample } from './decision-sample.ts'
import { grantsOfPrincipal } from './grant-store.ts'
import { compileGrants } from './grants.ts'
import type { Circumstances, CompiledPolicies, PolicyEngine } from './policy-engine.ts'
import { activePolicies } from './policy-store.ts'
import { listRoles } from './role-store.ts'
import { compileRoles, type CompiledRole } from './roles.ts'

const TENANTS_MAX = 1_000
const PRINCIPALS_MAX = 10_000

export interface AuthoritySourceOptions {
  db: Db
  clock: Clock
  logger: Logger
  engine: PolicyEngine
  sample: DecisionSample | null
  /** A change whose notification was lost takes effect within this time. */
  ttlMs: number
}

/** What a tenant adds to the built-in roles. */
export interface TenantRules {
  roles: ReadonlyMap<string, CompiledRole>
  policies: CompiledPolicies | null
}

interface Kept<Value> {
  value: Value
  tenantId: TenantId
  expiresAtMs: number
}

export type AuthoritySource = ReturnType<typeof createAuthoritySource>

/** Finds what decides for a principal, and keeps it until it changes. */
export const createAuthoritySource = (options: AuthoritySourceOptions) => {
  const { db, clock, engine, sample } = options
  const tenants = new Map<string, Kept<TenantRules>>()
  const principals = new Map<string, Kept<Rules>>()
  const underWay = new Map<string, Promise<Rules>>()
  /** Grows with every change, so that what was read before it is not kept. */
  let generation = 0

  const forget = (tenantId: string) => {
    generation++
    if (tenantId === '') {
      tenants.clear()
      principals.clear()
      return
    }
    tenants.delete(tenantId)
    for (const [key, kept] of principals) if (kept.tenantId === tenantId) principals.delete(key)
  }
  const known = <Value>(kept: Map<string, Kept<Value>>, key: string): Value | null => {
    const entry = kept.get(key)
    if (entry === undefined) return null
    if (entry.expiresAtMs > clock.now().getTime()) return entry.value
    kept.delete(key)
    return null
  }
  const keep = <Value>(
    kept: Map<string, Kept<Value>>,
    entry: { key: string; tenantId: TenantId; value: Value; readAt: number; max: number },
  ) => {
    if (entry.readAt !== generation) return
    const expiresAtMs = clock.now().getTime() + options.ttlMs
    kept.delete(entry.key)
    kept.set(entry.key, { value: entry.value, tenantId: entry.tenantId, expiresAtMs })
    const [oldest] = kept.size > entry.max ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
  }

  const rulesOfTenant = async (tenantId: TenantId): Promise<TenantRules> => {
    const found = known(tenants, tenantId)
    if (found !== null) return found
    const readAt = generation
    const own = db.ofTenant(tenantId)
    const roles = await listRoles(own, tenantId)
    const policies = await activePolicies(own, tenantId)
    const value = { roles: compileRoles(roles), policies: engine.compile(policies) }
    keep(tenants, { key: tenantId, tenantId, value, readAt, max: TENANTS_MAX })
    return value
  }
  const load = async (principal: Pick<Principal, 'id' | 'tenantId' | 'role'>): Promise<Rules> => {
    const { id: principalId, tenantId } = principal
    const readAt = generation
    const { roles, policies } = await rulesOfTenant(tenantId)
    const role = roles.get(principal.role) ?? null
    const grants = await grantsOfPrincipal(db.ofTenant(tenantId), tenantId, {
      principalId,
      roles: role?.lineage ?? [],
      now: clock.now(),
    })
    const value = { roles, role, grants: compileGrants(grants), policies }
    keep(principals, { key: keyOf(principal), tenantId, value, readAt, max: PRINCIPALS_MAX })
    return value
  }
  const loadOnce = (principal: Principal): Promise<Rules> => {
    const key = `${keyOf(principal)} ${generation}`
    const loading = underWay.get(key) ?? load(principal).finally(() => underWay.delete(key))
    underWay.set(key, loading)
    return loading
  }
  const rulesOf = async (principal: Principal): Promise<Rules> => {
    try {
      return known(principals, keyOf(principal)) ?? (await loadOnce(principal))
    } catch (error) {
      options.logger.error('access.authority_not_loaded', { tenantId: principal.tenantId, error })
      throw unavailable(
        'access.unavailable',
        'What you may do cannot be found out at present. Try again.',
        error,
      )
    }
  }
  const authorityWith = (rules: Rules, circumstances: Circumstances) =>
    new Authority({ rules, circumstances, clock, sample })

  return {
    /**
     * The principal with what decides about it, for one request.
     * @throws AppError 503 where that cannot be found out: nothing is permitted on a guess
     */
    empower: async (principal: Principal, circumstances: Circumstances): Promise<Principal> => {
      const rules = known(principals, keyOf(principal)) ?? (await rulesOf(principal))
      return { ...principal, authority: authorityWith(rules, circumstances) }
    },
    rulesOf,
    rulesOfTenant,
    /** Forgets what this process knows of a tenant; others learn of a change by notification. */
    forget,
    /** From now on, what any process changes takes effect at once. Answers how to end that. */
    followChanges: (): Promise<() => Promise<void>> => db.listen(AUTHORITY_CHANGED_CHANNEL, forget),
  }
}

/** A principal whose role changed is somebody else to us. */
const keyOf = ({ id, role }: Pick<Principal, 'id' | 'role'>): string => `${id} ${role}`
