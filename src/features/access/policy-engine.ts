import type { TenantId } from '@cadre/contract'
import { isIP } from 'node:net'
import type {
  AuthorizationAnswer,
  CedarValueJson,
  Context,
  EntityJson,
  EntityUidJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import { loadCedar, type Cedar } from './cedar.ts'
import { groupOf, PRINCIPAL_TYPES } from './cedar-schema.ts'
import { statementsOf, type PolicyStatement } from './policy-check.ts'
import { shapeOf, type Resource } from './resource.ts'

/** A policy that decides. */
export interface ActivePolicy {
  id: string
  name: string
  text: string
}

/** From where, when and with what somebody asks. */
export interface Circumstances {
  /** Of IPv6 the network; null where it is not known. */
  ip: string | null
  credential: 'key' | 'session' | 'token'
}

export type PolicyVerdict =
  | { effect: 'permit' | 'forbid' | 'fail'; policyIds: readonly string[] }
  | { effect: 'silent' }

export interface PolicyQuestion {
  principal: Principal
  /** Its role and all that this inherits from. */
  lineage: readonly string[]
  action: Action
  resource: Resource
  circumstances: Circumstances
  now: Date
}

interface Statement extends PolicyStatement {
  id: string
  policyId: string
  isForbid: boolean
  /** What it says does not depend on the object. */
  isBlind: boolean
}

/** A tenant's active policies, sorted by what they speak of. */
export interface CompiledPolicies {
  policies: readonly ActivePolicy[]
  speakOf(action: Action): boolean
  /** Whether what they say of an action may differ from object to object. */
  lookAtObjects(action: Action): boolean
  mayPermit(action: Action): boolean
  decide(question: PolicyQuestion): PolicyVerdict
  /** What they say of an action whatever the object; only prohibitions count. */
  decideBlindly(question: PolicyQuestion): PolicyVerdict
}

export type PolicyEngine = ReturnType<typeof createPolicyEngine>

const SILENT: PolicyVerdict = { effect: 'silent' }
/** Parsed sets that Cedar keeps; the least recently made is replaced. */
const SETS_MAX = 2_000
/** Of one tenant; each takes about a kilobyte. */
const VERDICTS_MAX = 2_000
const HOUR_MS = 3_600_000

/**
 * Cedar, asked as little as possible: of a tenant's policies only those that can speak of an
 * action on such an object are evaluated, and each such selection is parsed once.
 */
export const createPolicyEngine = () => {
  /** Names that Cedar knows sets by; a name is used again when its set is forgotten. */
  const owners = new Map<string, (name: string) => void>()
  let prefix = 0

  const parse = (
    cedar: Cedar,
    statements: readonly Statement[],
    onForgotten: (name: string) => void,
  ): string => {
    let name = `set-${owners.size}`
    if (owners.size >= SETS_MAX) {
      const [oldest] = owners.keys()
      name = oldest ?? name
      owners.get(name)?.(name)
      owners.delete(name)
    }
    const staticPolicies = Object.fromEntries(statements.map(({ id, text }) => [id, text]))
    const answer = cedar.preparsePolicySet(name, { staticPolicies })
    if (answer.type === 'failure')
      throw new Error(`A policy cannot be read: ${answer.errors[0]?.message ?? 'no reason given'}`)
    owners.set(name, onForgotten)
    return name
  }

  /** @throws Error for a text that is not sound: an authority without it must not come about */
  const compile = (policies: readonly ActivePolicy[]): CompiledPolicies | null => {
    if (policies.length === 0) return null
    const cedar = loadCedar()
    const generation = prefix++
    const statements = policies.flatMap((policy, place) =>
      statementsOf(cedar, policy.text).map((statement, index): Statement => ({
        ...statement,
        id: `${generation}.${place}.${index}`,
        policyId: policy.id,
        isForbid: statement.json.effect === 'forbid',
        isBlind: isBlind(statement),
      })),
    )
    const policyOf = new Map(statements.map(({ id, policyId }) => [id, policyId]))
    const selections = new Map<string, readonly Statement[]>()
    const parsed = new Map<string, string>()
    const verdicts = rememberVerdicts(!statements.some(({ text }) => /\btime\b/.test(text)))

    const select = (key: string, choose: (statement: Statement) => boolean) => {
      const known = selections.get(key)
      if (known !== undefined) return known
      const chosen = statements.filter(choose)
      selections.set(key, chosen)
      return chosen
    }
    const about = (action: Action) =>
      select(action, ({ json }) => speaksOfAction(json.action, action))
    const evaluate = (
      question: PolicyQuestion,
      chosen: readonly Statement[],
      how: 'wholly' | 'blindly',
    ): PolicyVerdict =>
      chosen.length === 0 ? SILENT : verdicts(question, how, () => ask(question, chosen))
    const ask = (question: PolicyQuestion, chosen: readonly Statement[]): PolicyVerdict => {
      // Objects of one type mostly meet the same policies, and so do many actions.
      const key = chosen.map(({ id }) => id).join()
      let name = parsed.get(key)
      if (name === undefined) {
        name = parse(cedar, chosen, () => parsed.delete(key))
        parsed.set(key, name)
      }
      return verdictOf(cedar.statefulIsAuthorized(callOf(question, name)), policyOf)
    }
    return {
      policies,
      speakOf: (action) => about(action).length > 0,
      lookAtObjects: (action) => about(action).some((statement) => !statement.isBlind),
      mayPermit: (action) => about(action).some(({ isForbid }) => !isForbid),
      decide: (question) => {
        const { action, resource } = question
        const chosen = select(
          `${action} ${resource.type}`,
          ({ json }) =>
            speaksOfAction(json.action, action) && speaksOfType(json.resource, resource.type),
        )
        return evaluate(question, chosen, 'wholly')
      },
      decideBlindly: (question) =>
        evaluate(
          question,
          select(
            `${question.action} blind`,
            ({ json, isBlind, isForbid }) =>
              isBlind && isForbid && speaksOfAction(json.action, question.action),
          ),
          'blindly',
        ),
    }
  }
  return { compile }
}

/**
 * The same question has the same answer: what people and programs look at again and again is asked
 * once. An hour is part of a question; policies that ask for the very moment are asked each time.
 */
const rememberVerdicts = (isTimeless: boolean) => {
  const known = new Map<string, PolicyVerdict>()
  return (
    question: PolicyQuestion,
    how: 'wholly' | 'blindly',
    ask: () => PolicyVerdict,
  ): PolicyVerdict => {
    if (!isTimeless) return ask()
    const { principal, lineage, action, resource, circumstances, now } = question
    const { id, kind, name, role, tenantId } = principal
    const hour = Math.floor(now.getTime() / HOUR_MS)
    const who = [tenantId, id, kind, name, role, lineage]
    const key = JSON.stringify([who, action, resource, circumstances, hour, how])
    const answer = known.get(key)
    if (answer !== undefined) return answer
    const verdict = ask()
    known.set(key, verdict)
    const [oldest] = known.size > VERDICTS_MAX ? known.keys() : []
    if (oldest !== undefined) known.delete(oldest)
    return verdict
  }
}

/** It reads nothing of the object, nor of the context what is the object's: its cost. */
const isBlind = ({ json }: PolicyStatement): boolean =>
  json.resource.op === 'All' &&
  !/"Var":"(?:resource|context)"/.test(
    JSON.stringify(json.conditions).replaceAll(OF_THE_REQUEST, ''),
  )
const OF_THE_REQUEST = /"left":\{"Var":"context"\},"attr":"(?!cost")[^"]*"/g

const idOf = (entity: EntityUidJson): string =>
  '__entity' in entity ? entity.__entity.id : entity.id
const typeOf = (entity: EntityUidJson): string =>
  '__entity' in entity ? entity.__entity.type : entity.type

const speaksOfAction = (head: PolicyStatement['json']['action'], action: Action): boolean => {
  if (head.op === 'All') return true
  const named = 'entities' in head ? head.entities : 'entity' in head ? [head.entity] : null
  if (named === null) return true
  return named.some((entity) => {
    const id = idOf(entity)
    return id === action || (head.op === 'in' && id === groupOf(action))
  })
}

const speaksOfType = (head: PolicyStatement['json']['resource'], type: string): boolean => {
  if (head.op === 'is') return head.entity_type === type
  if (head.op === '==' && 'entity' in head) return typeOf(head.entity) === type
  return true
}

const verdictOf = (
  answer: AuthorizationAnswer,
  policyOf: ReadonlyMap<string, string>,
): PolicyVerdict => {
  if (answer.type === 'failure') return { effect: 'fail', policyIds: [] }
  const { decision, diagnostics } = answer.response
  const policiesOf = (ids: readonly string[]) => [
    ...new Set(ids.flatMap((id) => policyOf.get(id) ?? [])),
  ]
  // One that failed may be the one that forbids.
  if (diagnostics.errors.length > 0)
    return { effect: 'fail', policyIds: policiesOf(diagnostics.errors.map((one) => one.policyId)) }
  if (decision === 'allow') return { effect: 'permit', policyIds: policiesOf(diagnostics.reason) }
  if (diagnostics.reason.length === 0) return SILENT
  return { effect: 'forbid', policyIds: policiesOf(diagnostics.reason) }
}

const callOf = (question: PolicyQuestion, preparsedPolicySetId: string) => {
  const { principal, lineage, action, resource } = question
  const who = { type: PRINCIPAL_TYPES[principal.kind], id: principal.id }
  const what = { type: resource.type, id: resource.id }
  const how = { type: 'Action', id: action }
  const entities: EntityJson[] = [
    {
      uid: who,
      attrs: { name: principal.name, role: principal.role },
      parents: lineage.map((id) => ({ type: 'Role', id })),
    },
    { uid: how, attrs: {}, parents: [{ type: 'Action', id: groupOf(action) }] },
    { uid: what, attrs: attributesOf(resource), parents: [...resource.parents] },
  ]
  return {
    principal: who,
    action: how,
    resource: what,
    context: contextOf(question),
    preparsedPolicySetId,
    entities,
  }
}

const attributesOf = ({ type, attributes }: Resource): Record<string, CedarValueJson> => {
  const shape = shapeOf(type)
  return Object.fromEntries(
    Object.entries(attributes as Record<string, string | boolean | readonly string[]>).map(
      ([name, value]) => [
        name,
        shape[name] === 'money'
          ? decimal(String(value))
          : typeof value === 'object'
            ? [...value]
            : value,
      ],
    ),
  )
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const contextOf = ({ principal, resource, circumstances, now }: PolicyQuestion): Context => {
  const { ip, credential } = circumstances
  const attributes = resource.attributes as Record<string, unknown>
  return {
    time: { __extn: { fn: 'datetime', arg: now.toISOString() } },
    hour: now.getUTCHours(),
    weekday: WEEKDAYS[now.getUTCDay()] ?? '',
    ...(isAddress(ip) ? { ip: { __extn: { fn: 'ip', arg: ip } } } : {}),
    tenant: principal.tenantId satisfies TenantId,
    credential,
    cost: decimal(String(attributes['cost'] ?? attributes['price'] ?? '0')),
  }
}

const isAddress = (ip: string | null): ip is string =>
  ip !== null && isIP(ip.replace(/\/\d+$/, '')) !== 0

/** Cedar's decimals have four digits behind the point; what is below is rounded up. */
const decimal = (amount: string): CedarValueJson => {
  const [, whole = '0', fraction = ''] = /^(\d{1,14})(?:\.(\d+))?$/.exec(amount) ?? []
  const kept = fraction.slice(0, 4).padEnd(4, '0')
  const units = BigInt(whole + kept) + (/[1-9]/.test(fraction.slice(4)) ? 1n : 0n)
  const digits = String(units).padStart(5, '0')
  return { __extn: { fn: 'decimal', arg: `${digits.slice(0, -4)}.${digits.slice(-4)}` } }
}
