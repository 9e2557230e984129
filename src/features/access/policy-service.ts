import {
  POLICIES_PER_TENANT_MAX,
  POLICY_VERSIONS_MAX,
  type DryRunPolicy,
  type ParsedActivatePolicy,
  type ParsedCreatePolicy,
  type PolicyDryRun,
  type DeactivatePolicy,
  type RevisePolicy,
} from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  changesUnconfirmed,
  policyActive,
  policyInvalid,
  policyNameTaken,
  policyNotActive,
  policyNotFound,
  tooMany,
  wouldLockOut,
} from './access-errors.ts'
import { ACTIONS } from './actions.ts'
import type { AuthoritySource } from './authority-source.ts'
import { noteAuthorityChange } from './change-store.ts'
import type { createDryRun } from './dry-run.ts'
import { requireOwn } from './handing-out.ts'
import { checkPolicy } from './policy-check.ts'
import type { ActivePolicy, PolicyEngine } from './policy-engine.ts'
import * as store from './policy-store.ts'

/** Stands for a policy that is nowhere yet. */
const UNSAVED = { id: 'draft', name: 'this draft' }

export interface PolicyServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  engine: PolicyEngine
  authorities: Pick<AuthoritySource, 'forget'>
  dryRun: ReturnType<typeof createDryRun>
}

export type PolicyService = ReturnType<typeof createPolicyService>

/** Policies: written, tried, activated. A draft decides nothing. */
export const createPolicyService = (options: PolicyServiceOptions) => {
  const { db, clock, ids, engine, authorities, dryRun } = options

  const requireSound = (text: string): void => {
    const { is_valid, problems } = checkPolicy(text)
    if (!is_valid) throw policyInvalid(problems)
  }
  const record = (tx: Tx, action: PolicyAct, policy: store.PolicyRecord, more: object = {}) =>
    recordWithin(tx, {
      tenantId: policy.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'policy', id: policy.id, name: policy.name },
      [action === 'policy.delete' ? 'before' : 'after']: {
        version: policy.version,
        text: policy.text,
        ...more,
      },
    })
  const locked = async (tx: Tx, { tenantId }: Principal, id: string) => {
    const policy = await store.lockPolicy(tx, tenantId, id)
    if (policy === null) throw policyNotFound()
    return policy
  }
  const read = async ({ tenantId }: Principal, id: string): Promise<store.PolicyRecord> => {
    const policy = await store.findPolicy(db.ofTenant(tenantId), tenantId, id)
    if (policy === null) throw policyNotFound()
    return policy
  }
  const versionOf = async (policy: store.PolicyRecord, version: number): Promise<string> => {
    const versions = await store.listVersions(
      db.ofTenant(policy.tenantId),
      policy.tenantId,
      policy.id,
    )
    const found = versions.find((one) => one.version === version)
    if (found === undefined) throw policyNotFound()
    return found.text
  }
  const others = async ({ tenantId }: Principal, id: string): Promise<ActivePolicy[]> =>
    (await store.activePolicies(db.ofTenant(tenantId), tenantId)).filter(
      (policy) => policy.id !== id,
    )
  /** A policy that permits hands out rights as a role does. */
  const requireOwnPermits = (by: Principal, policy: ActivePolicy): void => {
    const compiled = engine.compile([policy])
    for (const action of ACTIONS)
      if (compiled?.mayPermit(action) === true) requireOwn(by, action, null)
  }
  const requireConfirmed = (run: PolicyDryRun, confirmed: number | undefined) => {
    if (run.changes > (confirmed ?? 0)) throw changesUnconfirmed(run)
  }
  const figuresOf = ({ decisions, changes, newly_refused, newly_permitted }: PolicyDryRun) => ({
    dry_run: { decisions, changes, newly_refused, newly_permitted },
  })

  return {
    read,
    check: checkPolicy,

    /** @throws AppError 422 with lines and columns, 409 for a name in use or too many */
    create: async (by: Principal, given: ParsedCreatePolicy): Promise<store.PolicyRecord> => {
      requireSound(given.text)
      const now = clock.now()
      const policy: store.PolicyRecord = {
        ...given,
        id: ids.uuid(),
        tenantId: by.tenantId,
        version: 1,
        activeVersion: null,
        createdByName: by.name,
        createdAt: now,
        updatedAt: now,
      }
      try {
        await db.ofTenant(by.tenantId).transaction(async (tx) => {
          if ((await store.countPolicies(tx, by.tenantId)) >= POLICIES_PER_TENANT_MAX)
            throw tooMany('policies', POLICIES_PER_TENANT_MAX)
          await store.insertPolicy(tx, policy)
          await record(tx, 'policy.create', policy)
        })
      } catch (error) {
        const isTaken =
          error instanceof ConstraintError && error.constraint === 'access_policies_name_once'
        throw isTaken ? policyNameTaken(given.name) : error
      }
      return policy
    },

    /** A new version, which decides nothing yet. @throws AppError 404, 409, 422 */
    revise: async (by: Principal, id: string, given: RevisePolicy): Promise<store.PolicyRecord> => {
      requireSound(given.text)
      return db.ofTenant(by.tenantId).transaction(async (tx) => {
        const before = await locked(tx, by, id)
        if (before.version >= POLICY_VERSIONS_MAX)
          throw tooMany('versions of this policy', POLICY_VERSIONS_MAX)
        const policy = {
          ...before,
          version: before.version + 1,
          text: given.text,
          description: given.description ?? before.description,
          updatedAt: clock.now(),
        }
        await store.revisePolicy(tx, policy, by.name)
        await record(tx, 'policy.revise', policy)
        return policy
      })
    },

    /** What recent decisions would have been. @throws AppError 404, 422 */
    dryRun: async (by: Principal, given: DryRunPolicy): Promise<PolicyDryRun> => {
      if (given.deactivate !== undefined) {
        const { id } = await read(by, given.deactivate)
        return dryRun(by, await others(by, id))
      }
      if (given.activate !== undefined) {
        const policy = await read(by, given.activate)
        const text = await versionOf(policy, given.version ?? policy.version)
        return dryRun(by, [...(await others(by, policy.id)), { ...policy, text }])
      }
      const text = given.text ?? ''
      requireSound(text)
      return dryRun(by, [...(await others(by, '')), { ...UNSAVED, text }])
    },

    /**
     * From now on the policy decides, in every process.
     * @throws AppError 409 where recent decisions would change and that is not confirmed, or where
     *   no administrator could manage policies any more; 403 where it permits more than one's own
     */
    activate: async (by: Principal, id: string, asked: ParsedActivatePolicy) => {
      const policy = await read(by, id)
      const version = asked.version ?? policy.version
      const text = await versionOf(policy, version)
      // What was sound when it was written may speak of what there is no more.
      requireSound(text)
      requireOwnPermits(by, { ...policy, text })
      const run = await dryRun(by, [...(await others(by, id)), { ...policy, text }])
      if (run.locks_out && !asked.force) throw wouldLockOut()
      requireConfirmed(run, asked.confirm_changes)
      const active = await db.ofTenant(by.tenantId).transaction(async (tx) => {
        const present = await locked(tx, by, id)
        const now = clock.now()
        await store.setActiveVersion(tx, present, version, now)
        noteAuthorityChange(tx, by.tenantId)
        const more = { active_version: version, is_forced: asked.force, ...figuresOf(run) }
        await record(tx, 'policy.activate', { ...present, version, text }, more)
        return { ...present, activeVersion: version, updatedAt: now }
      })
      authorities.forget(by.tenantId)
      return { policy: active, run }
    },

    /** From now on the policy decides nothing. @throws AppError 404, 409 */
    deactivate: async (by: Principal, id: string, asked: DeactivatePolicy) => {
      const policy = await read(by, id)
      if (policy.activeVersion === null) throw policyNotActive()
      const run = await dryRun(by, await others(by, id))
      requireConfirmed(run, asked.confirm_changes)
      const inactive = await db.ofTenant(by.tenantId).transaction(async (tx) => {
        const present = await locked(tx, by, id)
        const now = clock.now()
        await store.setActiveVersion(tx, present, null, now)
        noteAuthorityChange(tx, by.tenantId)
        await record(tx, 'policy.deactivate', present, figuresOf(run))
        return { ...present, activeVersion: null, updatedAt: now }
      })
      authorities.forget(by.tenantId)
      return { policy: inactive, run }
    },

    /** With all its versions. @throws AppError 404, 409 while it is active */
    remove: (by: Principal, id: string): Promise<void> =>
      db.ofTenant(by.tenantId).transaction(async (tx) => {
        const policy = await locked(tx, by, id)
        if (policy.activeVersion !== null) throw policyActive()
        await store.deletePolicy(tx, by.tenantId, id)
        await record(tx, 'policy.delete', policy)
      }),
  }
}

type PolicyAct =
  | 'policy.create'
  | 'policy.revise'
  | 'policy.activate'
  | 'policy.deactivate'
  | 'policy.delete'
