import type { Config } from './config.ts'
import { createSignInGuard } from './features/identity/index.ts'
import type { AppOptions } from './http/app.ts'
import type { SharedState } from './platform/cache/shared-state.ts'
import type { Metrics } from './platform/telemetry/metrics.ts'

/** How often principals and tenants may ask, as configured. */
export const requestLimitsOf = (
  config: Config,
  { rateLimits }: SharedState,
): AppOptions['requestLimits'] => {
  if (!config.CADRE_RATE_LIMITS) return null
  const rates = {
    read: { burst: config.CADRE_RATE_READ_BURST, perSecond: config.CADRE_RATE_READ_PER_SECOND },
    write: { burst: config.CADRE_RATE_WRITE_BURST, perSecond: config.CADRE_RATE_WRITE_PER_SECOND },
    work: { burst: config.CADRE_RATE_WORK_BURST, perSecond: config.CADRE_RATE_WORK_PER_SECOND },
    stream: {
      burst: config.CADRE_RATE_STREAM_BURST,
      perSecond: config.CADRE_RATE_STREAM_PER_SECOND,
    },
    hook: { burst: config.CADRE_RATE_HOOK_BURST, perSecond: config.CADRE_RATE_HOOK_PER_SECOND },
    tenant: {
      burst: config.CADRE_RATE_TENANT_BURST,
      perSecond: config.CADRE_RATE_TENANT_PER_SECOND,
    },
    reserve: config.CADRE_RATE_RESERVE_PERCENT / 100,
  }
  return { rateLimits, rates }
}

/** How fast credentials may be guessed: keys, and passwords, which are weaker. */
export const signInGuardsOf = (
  config: Config,
  { shared, metrics }: { shared: SharedState; metrics: Metrics },
) => {
  const guard = (name: 'sign_in' | 'password', rate: { burst: number; perSecond: number }) =>
    config.CADRE_RATE_LIMITS
      ? createSignInGuard({
          rateLimits: shared.rateLimits,
          cache: shared.cache,
          name,
          ...rate,
          onRefused: (scope) => metrics.rateRefusals.inc({ class: name, scope }),
        })
      : null
  return {
    guard: guard('sign_in', {
      burst: config.CADRE_RATE_SIGN_IN_BURST,
      perSecond: config.CADRE_RATE_SIGN_IN_PER_SECOND,
    }),
    passwordGuard: guard('password', {
      burst: config.CADRE_RATE_PASSWORD_BURST,
      perSecond: config.CADRE_RATE_PASSWORD_PER_SECOND,
    }),
  }
}
