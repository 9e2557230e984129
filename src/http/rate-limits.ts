import { createMiddleware } from 'hono/factory'
import type { RateDecision, RateLimits, RateRequest } from '#platform/cache/shared-state.ts'
import { AppError } from '#platform/errors.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'
import { routeClassOf, type RouteClass } from './route-class.ts'

export interface Rate {
  burst: number
  perSecond: number
}

export interface RequestRates extends Record<RouteClass, Rate> {
  tenant: Rate
  /** Of the tenant's burst: 0 to below 1. Only `work` may use it. */
  reserve: number
}

export interface RequestLimitOptions {
  rateLimits: RateLimits
  rates: RequestRates
  onRefused: (routeClass: RouteClass, scope: 'principal' | 'tenant') => void
}

/**
 * Two limits for every request: the principal's own for its class, and the tenant's for all
 * together. What is not work may fill the tenant's only up to the reserve, so reading in bulk
 * never stands in the way of a report. Answers carry `RateLimit` fields
 * (draft-ietf-httpapi-ratelimit-headers-11).
 */
export const limitRequests = (options: RequestLimitOptions) => {
  const limitsOf = createLimits(options.rates)
  return createMiddleware<AppEnv>(async (context, next) => {
    const principal: Principal | undefined = context.get('principal')
    if (principal === undefined) return next()
    const routeClass = routeClassOf(context.req.method, context.req.path)
    const limits = limitsOf[routeClass]
    const decisions = await options.rateLimits.takeAll(limits.requestsOf(principal))
    const { outgoing } = context.env
    outgoing.setHeader('ratelimit-policy', limits.policy)
    outgoing.setHeader('ratelimit', serviceLimits(limits.names, decisions))
    const place = decisions.findIndex(({ isAllowed }) => !isAllowed)
    if (place < 0) return next()
    options.onRefused(routeClass, place === 0 ? 'principal' : 'tenant')
    throw limited(limits.names[place] ?? '', secondsUntilNext(decisions))
  })
}

interface ClassLimits {
  names: readonly [RouteClass, 'tenant']
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
export const createLimits = (rates: RequestRates): Readonly<Record<RouteClass, ClassLimits>> => {
  const limitsOf = (routeClass: RouteClass): ClassLimits => {
    const own = rates[routeClass]
    const part = routeClass === 'work' ? 1 : 1 - rates.reserve
    const tenant = { ...rates.tenant, burst: rates.tenant.burst * part }
    return {
      names: [routeClass, 'tenant'],
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
