import type { ChangedDecision, PolicyDryRun, TenantId } from '@cadre/contract'
import type { Db } from '#platform/db/db.ts'
import type { Clock } from '#platform/clock.ts'
import type { Principal } from '#platform/web/context.ts'
import { Authority, decide, type Decision } from './authority.ts'
import type { AuthoritySource } from './authority-source.ts'
import { authorityOf } from './authorise.ts'
import type { DecisionSample } from './decision-sample.ts'
import type { SampledDecision } from './sampled-decision.ts'
import { recentDecisions } from './decision-store.ts'
import type { ActivePolicy, CompiledPolicies, PolicyEngine } from './policy-engine.ts'
import { principalsWithRole } from './subject-store.ts'

const EXAMPLES_MAX = 20
const ADMINISTRATORS_MAX = 100
/** Decisions between which requests get their turn. */
const BATCH = 25

export interface DryRunOptions {
  db: Db
  clock: Clock
  engine: PolicyEngine
  authorities: Pick<AuthoritySource, 'rulesOf'>
  sample: DecisionSample
}

interface Outcome {
  sampled: SampledDecision
  before: Decision
  after: Decision
}

/** Decides recent decisions again, as if other policies were active. Changes nothing. */
export const createDryRun = ({ db, clock, engine, authorities, sample }: DryRunOptions) => {
  const again = async (
    sampled: SampledDecision,
    policies: CompiledPolicies | null,
  ): Promise<Outcome> => {
    const principal: Principal = { ...sampled.principal, tenantId: sampled.tenantId }
    const rules = await authorities.rulesOf(principal)
    const { circumstances, action, resource } = sampled
    const at = { now: () => new Date(sampled.at) }
    const outcome = (decidedBy: typeof rules) => {
      const parts = { rules: decidedBy, circumstances, clock: at, sample: null }
      return decide(principal, new Authority(parts), action, resource)
    }
    return { sampled, before: outcome(rules), after: outcome({ ...rules, policies }) }
  }
  const locksOut = async (by: Principal, policies: CompiledPolicies | null): Promise<boolean> => {
    const { circumstances } = authorityOf(by)
    for (const admin of await principalsWithRole(
      db.ofTenant(by.tenantId),
      by.tenantId,
      'admin',
      ADMINISTRATORS_MAX,
    )) {
      const rules = { ...(await authorities.rulesOf(admin)), policies }
      const authority = new Authority({ rules, circumstances, clock, sample: null })
      if (decide(admin, authority, 'policy.manage', null).isPermitted) return false
    }
    return true
  }

  /** @param active the policies that would decide */
  return async (by: Principal, active: readonly ActivePolicy[]): Promise<PolicyDryRun> => {
    await sample.flush()
    const policies = engine.compile(active)
    const decisions = await recentDecisions(
      db.ofTenant(by.tenantId),
      by.tenantId satisfies TenantId,
    )
    const outcomes: Outcome[] = []
    for (const [place, sampled] of decisions.entries()) {
      if (place % BATCH === BATCH - 1) await new Promise<void>((resume) => setImmediate(resume))
      outcomes.push(await again(sampled, policies))
    }
    const changed = outcomes.filter(({ before, after }) => before.isPermitted !== after.isPermitted)
    return {
      decisions: decisions.length,
      since: decisions.at(-1)?.at.toISOString() ?? null,
      changes: changed.length,
      newly_refused: changed.filter(({ after }) => !after.isPermitted).length,
      newly_permitted: changed.filter(({ after }) => after.isPermitted).length,
      failed: outcomes.filter(({ after }) => after.by === 'failure').length,
      locks_out: await locksOut(by, policies),
      examples: changed.slice(0, EXAMPLES_MAX).map((outcome) => exampleOf(outcome, active)),
    }
  }
}

const exampleOf = (
  { sampled, before, after }: Outcome,
  policies: readonly ActivePolicy[],
): ChangedDecision => ({
  at: new Date(sampled.at).toISOString(),
  principal_id: sampled.principal.id,
  principal_name: sampled.principal.name,
  action: sampled.action,
  resource:
    sampled.resource === null || sampled.resource.id === ''
      ? null
      : { type: sampled.resource.type, id: sampled.resource.id },
  before: before.isPermitted ? 'permitted' : 'refused',
  after: after.isPermitted ? 'permitted' : 'refused',
  reason: reasonOf(after, policies),
})

const reasonOf = (decision: Decision, policies: readonly ActivePolicy[]): string => {
  const named = (ids: readonly string[]) =>
    ids.map((id) => policies.find((policy) => policy.id === id)?.name ?? id).join(', ')
  switch (decision.by) {
    case 'policy':
      return decision.isPermitted
        ? `Permitted by the policy ${named(decision.policyIds)}.`
        : `Forbidden by the policy ${named(decision.policyIds)}.`
    case 'failure':
      return `Refused because a policy fails: ${named(decision.policyIds)}.`
    case 'role':
      return 'Permitted by the role.'
    case 'grant':
      return 'Permitted by a grant.'
    case 'scope':
      return 'Outside the scopes of the credential.'
    case 'nothing':
      return 'Nothing permits it any more.'
  }
}
