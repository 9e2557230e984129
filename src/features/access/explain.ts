import type { AccessExplanation, AccessStep, ExplainAccess, TenantId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import { objectNotFound } from './access-errors.ts'
import { ACTIONS, isAction, typesOf, type Action } from './actions.ts'
import { authorise, authorityOf, isPermitted } from './authorise.ts'
import { askPolicies, Authority, decide, isInScope, type Decision } from './authority.ts'
import type { AuthoritySource } from './authority-source.ts'
import { READ_OF } from './reading.ts'
import { isWithin, ruleCovers } from './roles.ts'
import { keyOf, type Entity, type Resource } from './resource.ts'
import { findPrincipal } from './subject-store.ts'

/** Finds an object of a tenant as decisions see it; null where there is none. */
export type FindResource = (tenantId: TenantId, object: Entity) => Promise<Resource | null>

export interface ExplainOptions {
  db: Db
  clock: Clock
  authorities: Pick<AuthoritySource, 'rulesOf'>
  findResource: FindResource
}

/** Says why somebody may or may not do something, with all that was looked at. */
export const createExplain = ({ db, clock, authorities, findResource }: ExplainOptions) => {
  const subjectOf = async (caller: Principal, id: string | undefined): Promise<Principal> => {
    if (id === undefined || id === caller.id) return caller
    authorise(caller, 'access.explain')
    const found = await findPrincipal(db.ofTenant(caller.tenantId), caller.tenantId, id)
    if (found === null) throw invalidField('principal_id', 'there is no such principal')
    const { circumstances } = authorityOf(caller)
    const rules = await authorities.rulesOf(found)
    return { ...found, authority: new Authority({ rules, circumstances, clock, sample: null }) }
  }
  const objectOf = async (caller: Principal, object: Entity): Promise<Resource> => {
    const resource = await findResource(caller.tenantId, object)
    const reading = READ_OF[object.type]
    const isReadable =
      resource !== null && (reading === undefined || isPermitted(caller, reading, resource))
    if (!isReadable) throw objectNotFound()
    return resource
  }

  /** @throws AppError 403 where it is about somebody else, 404 for what the caller cannot read, 422 */
  return async (caller: Principal, asked: ExplainAccess): Promise<AccessExplanation> => {
    const { action } = asked
    if (!isAction(action)) throw invalidField('action', `is none of ${ACTIONS.join(', ')}`)
    if (asked.resource !== undefined && !concerns(action, asked.resource))
      throw invalidField('resource.type', `${action} is done to ${typesOf(action).join(' or ')}`)
    const subject = await subjectOf(caller, asked.principal_id)
    const resource = asked.resource === undefined ? null : await objectOf(caller, asked.resource)
    const tellsPolicies = isPermitted(caller, 'policy.read')
    return explanationOf(subject, { action, resource, tellsPolicies })
  }
}

const concerns = (action: Action, { type }: Entity): boolean => typesOf(action).includes(type)

const explanationOf = (
  principal: Principal,
  question: { action: Action; resource: Resource | null; tellsPolicies: boolean },
): AccessExplanation => {
  const { action, resource } = question
  const authority = authorityOf(principal)
  const decision = decide(principal, authority, action, resource)
  const looked_at = [
    scopeStep(principal, action),
    ...policySteps(principal, authority, question),
    ...roleSteps(principal, authority, question),
    ...grantSteps(authority, question),
  ]
  const determined_by = looked_at.filter((step) => determines(step, decision))
  return {
    decision: decision.isPermitted ? 'permitted' : 'refused',
    principal: { id: principal.id, name: principal.name, role: principal.role },
    action,
    resource: resource === null ? null : { type: resource.type, id: resource.id },
    sentence: sentenceOf(principal, question, decision, determined_by),
    determined_by,
    looked_at,
  }
}

const determines = ({ kind, id, outcome }: AccessStep, decision: Decision): boolean => {
  switch (decision.by) {
    case 'scope':
      return kind === 'scope'
    case 'role':
      return kind === 'role' && outcome === 'permits'
    case 'grant':
      return kind === 'grant' && id === decision.grantId
    case 'policy':
      return kind === 'policy' && outcome === (decision.isPermitted ? 'permits' : 'forbids')
    case 'failure':
      return kind === 'policy' && outcome === 'fails'
    case 'nothing':
      return false
  }
}

const scopeStep = (principal: Principal, action: Action): AccessStep => {
  const { scopes } = principal
  const named = scopes?.join(', ') ?? ''
  return isInScope(principal, action)
    ? {
        kind: 'scope',
        id: named,
        name: 'scopes of the credential',
        outcome: 'silent',
        message:
          scopes === null
            ? 'The credential is not narrowed.'
            : `The credential is good for ${action}.`,
      }
    : {
        kind: 'scope',
        id: named,
        name: 'scopes of the credential',
        outcome: 'forbids',
        message: `The credential is only good for ${named || 'nothing'}.`,
      }
}

const roleSteps = (
  principal: Principal,
  { rules }: Authority,
  { action, resource }: { action: Action; resource: Resource | null },
): AccessStep[] => {
  const { role } = rules
  if (role === null)
    return [
      {
        kind: 'role',
        id: principal.role,
        name: principal.role,
        outcome: 'silent',
        message: `There is no role ${principal.role} any more; it permits nothing.`,
      },
    ]
  const rule = role.rules.get(action)
  const permits = ruleCovers(rule, principal.id, resource)
  const inherited = role.lineage.slice(1)
  const through = inherited.length === 0 ? '' : `, which inherits from ${inherited.join(', ')},`
  return [
    {
      kind: 'role',
      id: role.name,
      name: role.name,
      outcome: permits ? 'permits' : 'silent',
      message: permits
        ? `The role ${role.name}${through} permits ${action}${rule?.isGeneral === true ? '' : ' on this object'}.`
        : rule === undefined
          ? `The role ${role.name}${through} does not permit ${action}.`
          : `The role ${role.name}${through} permits ${action} on other objects only.`,
    },
  ]
}

const grantSteps = (
  { rules, clock }: Authority,
  { action, resource }: { action: Action; resource: Resource | null },
): AccessStep[] => {
  const nowMs = clock.now().getTime()
  return [...(rules.grants?.byAction.get(action)?.values() ?? [])]
    .flat()
    .map(({ grant, untilMs }): AccessStep => {
      const object = `${grant.resource.type} ${grant.resource.id}`
      const isOver = untilMs <= nowMs
      const isHere = resource !== null && isWithin(resource, new Set([keyOf(grant.resource)]))
      const told = { kind: 'grant', id: grant.id, name: grant.reason } as const
      if (isOver) return { ...told, outcome: 'silent', message: `A grant on ${object} has ended.` }
      if (!isHere)
        return { ...told, outcome: 'silent', message: `A grant is on ${object}, not on this.` }
      return {
        ...told,
        outcome: 'permits',
        message: `A grant by ${grant.createdByName} on ${object} permits ${action}.`,
      }
    })
}

const OUTCOMES = { permit: 'permits', forbid: 'forbids', fail: 'fails' } as const

const policySteps = (
  principal: Principal,
  authority: Authority,
  question: { action: Action; resource: Resource | null; tellsPolicies: boolean },
): AccessStep[] => {
  const { policies } = authority.rules
  if (policies === null) return []
  const { action, resource, tellsPolicies } = question
  const verdict = askPolicies(principal, authority, action, resource)
  const determining = new Map(
    verdict.effect === 'silent'
      ? []
      : verdict.policyIds.map((id) => [id, OUTCOMES[verdict.effect]] as const),
  )
  return policies.policies
    .filter(({ id }) => tellsPolicies || determining.has(id))
    .map(({ id, name }): AccessStep => {
      const outcome = determining.get(id) ?? 'silent'
      const shown = tellsPolicies ? name : 'a policy'
      return {
        kind: 'policy',
        id: tellsPolicies ? id : '',
        name: shown,
        outcome,
        message:
          outcome === 'silent'
            ? `The policy ${shown} does not matter here.`
            : `The policy ${shown} ${outcome}${outcome === 'fails' ? '' : ` ${action}`}.`,
      }
    })
}

const sentenceOf = (
  { name }: Principal,
  { action, resource }: { action: Action; resource: Resource | null },
  decision: Decision,
  determining: readonly AccessStep[],
): string => {
  const where = resource === null ? '' : ` on the ${resource.type} ${resource.id}`
  const may = decision.isPermitted ? 'may' : 'may not'
  const why =
    determining.length === 0
      ? 'Neither a role nor a grant nor a policy permits it.'
      : determining.map(({ message }) => message).join(' ')
  return `${name} ${may} ${action}${where}. ${why}`
}
