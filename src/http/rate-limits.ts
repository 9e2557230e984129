import { hash } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { Context } from 'hono'
import type { RateDecision, RateLimits, RateRequest } from '#platform/cache/shared-state.ts'
import { AppError } from '#platform/errors.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'
import { hookTokenOf, routeClassOf, type RouteClass } from './route-class.ts'

export interface Rate {
  burst: number
  perSecond: number
}

export interface RequestRates extends Record<RouteClass, Rate> {
  tenant: Rate
  /** For deliveries to a webhook, and from an address. */
  hook: Rate
  /** Of the tenant's burst: 0 to below 1. Only `work` may use it. */
  reserve: number
}

/** Whose limit it is. A webhook's senders have no principal: its address and theirs stand for them. */
export type LimitScope = 'principal' | 'tenant' | 'webhook' | 'address'

export interface RequestLimitOptions {
  rateLimits: RateLimits
  rates: RequestRates
  onRefused: (routeClass: RouteClass | 'hook', scope: LimitScope) => void
}

/**
 * Two limits for every request: the principal's own for its class, and the tenant's for all
 * together. What is not work may fill the tenant's only up to the reserve, so reading in bulk
 * never stands in the way of a report. Answers carry `RateLimit` fields
 * (draft-ietf-httpapi-ratelimit-headers-11).
 */
export const limitRequests = (options: RequestLimitOptions) => {
  const limits = createLimits(options.rates)
  return createMiddleware<AppEnv>(async (context, next) => {
    const asked = askedOf(context, limits)
    if (asked === null) return next()
    const { routeClass, scopes, policy, requests } = asked
    const decisions = await options.rateLimits.takeAll(requests)
    const names = [routeClass, scopes[1]]
    const { outgoing } = context.env
    outgoing.setHeader('ratelimit-policy', policy)
    outgoing.setHeader('ratelimit', serviceLimits(names, decisions))
    const place = decisions.findIndex(({ isAllowed }) => !isAllowed)
    if (place < 0) return next()
    options.onRefused(routeClass, scopes[place] ?? scopes[0])
    throw limited(names[place] ?? '', secondsUntilNext(decisions))
  })
}

/** Null for what is never limited: health, schemas, and signing in, which has a guard of its own. */
const askedOf = (context: Context<AppEnv>, limits: ReturnType<typeof createLimits>) => {
  const { method, path } = context.req
  const principal: Principal | undefined = context.get('principal')
  if (principal !== undefined) {
    const routeClass = routeClassOf(method, path)
    const { policy, requestsOf } = limits[routeClass]
    return { routeClass, scopes: CALLER_SCOPES, policy, requests: requestsOf(principal) }
  }
  const token = hookTokenOf(method, path)
  if (token === null) return null
  const { policy, requestsOf } = limits.delivery
  const requests = requestsOf({ token, address: context.get('client').address })
  return { routeClass: 'hook' as const, scopes: DELIVERY_SCOPES, policy, requests }
}

const CALLER_SCOPES = ['principal', 'tenant'] as const
const DELIVERY_SCOPES = ['webhook', 'address'] as const

interface ClassLimits {
  policy: string
  requestsOf: (principal: Caller) => readonly RateRequest[]
}

type Caller = Pick<Principal, 'id' | 'tenantId'>

/** A busy caller is one and the same object for seconds: what is asked for it is made once. */
const rememberingByCaller = (make: ClassLimits['requestsOf']): ClassLimits['requestsOf'] => {
  const made = new WeakMap<Caller, readonly RateRequest[]>()
  return (caller) => {
    const known = made.get(caller)
    if (known !== undefined) return known
    const requests = make(caller)
    made.set(caller, requests)
    return requests
  }
}

/** @returns what is asked of the limits for each class of routes */
export const createLimits = (rates: RequestRates) => {
  const limitsOf = (routeClass: RouteClass): ClassLimits => {
    const own = rates[routeClass]
    const part = routeClass === 'work' ? 1 : 1 - rates.reserve
    const tenant = { ...rates.tenant, burst: rates.tenant.burst * part }
    return {
      policy: `${policyOf(routeClass, own)}, ${policyOf('tenant', tenant)}`,
      requestsOf: rememberingByCaller(({ id, tenantId }) => [
        { key: `principal:${id}:${routeClass}`, burst: own.burst, perSecond: own.perSecond },
        { key: `tenant:${tenantId}`, burst: tenant.burst, perSecond: tenant.perSecond },
      ]),
    }
  }
  return {
    read: limitsOf('read'),
    write: limitsOf('write'),
    work: limitsOf('work'),
    stream: limitsOf('stream'),
    delivery: {
      policy: `${policyOf('hook', rates.hook)}, ${policyOf('address', rates.hook)}`,
      requestsOf: ({ token, address }: { token: string; address: string }): RateRequest[] => [
        // The token is a secret, and keys are not.
        { ...rates.hook, key: `webhook:${hash('sha256', token).slice(0, 32)}` },
        { ...rates.hook, key: `webhook_address:${address}` },
      ],
    },
  }
}

/** The quota is what may come at once, its window the time in which all of it comes back. */
const policyOf = (name: string, { burst, perSecond }: Rate): string =>
  `"${name}";q=${Math.floor(burst)};w=${Math.max(1, Math.ceil(burst / perSecond))}`

/** Nobody may count on more than what is left before the second in which more comes back. */
const serviceLimits = (names: readonly string[], decisions: readonly RateDecision[]): string => {
  let field = ''
  for (const [place, { remaining, isAllowed, retryAfterMs }] of decisions.entries()) {
    const left = isAllowed ? `r=${remaining};t=1` : `r=0;t=${secondsOf(retryAfterMs)}`
    field += `${place === 0 ? '' : ', '}"${names[place]}";${left}`
  }
  return field
}

const secondsOf = (retryAfterMs: number | null): number =>
  Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))

const secondsUntilNext = (decisions: readonly RateDecision[]): number =>
  Math.max(...decisions.map(({ retryAfterMs }) => secondsOf(retryAfterMs)))

const limited = (policy: string, retryAfterSeconds: number) =>
  new AppError({
    kind: 'limited',
    code: 'request.rate_limited',
    publicMessage: `Too many requests under the policy "${policy}". Try again in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  })
