import { hash } from 'node:crypto'
import type { Cache, RateLimits, RateRequest } from '#platform/cache/shared-state.ts'
import { AppError, isAppError } from '#platform/errors.ts'

/** Somebody who shows a credential, not yet looked up. */
export interface SignInAttempt {
  address: string
  /** Which key or account it claims to be, without what is secret of it. */
  prefix: string
}

export interface SignInGuardOptions {
  rateLimits: RateLimits
  cache: Cache
  /** What is guarded: its limits are apart from others'. */
  name: 'sign_in' | 'password'
  /** Failures at once, and per second. */
  burst: number
  perSecond: number
  onRefused: (scope: 'address' | 'prefix' | 'principal') => void
}

/** Makes guessing slow. Right credentials cost nothing. */
export type SignInGuard = ReturnType<typeof createSignInGuard>

/** An account by its e-mail address, whether or not anybody has it. */
export const accountOf = (email: string): string => `mail:${hash('sha256', email)}`

const KNOWN_MS = 30 * 86_400_000

/**
 * Failures count by address and by the key they aim at. Where a key was right before, its failures
 * count for that pair alone: whoever guesses it from elsewhere, or guesses others from there, does
 * not keep its holder out.
 */
export const createSignInGuard = (options: SignInGuardOptions) => {
  const { rateLimits, cache, name, burst, perSecond, onRefused } = options
  const limit = (key: string): RateRequest => ({ key: `${name}:${key}`, burst, perSecond })

  return {
    /**
     * @param lookUp throws `access.unauthenticated` when the credential is wrong
     * @throws AppError `access.too_many_attempts`, without looking up
     */
    attempt: async <Result>(
      { address, prefix }: SignInAttempt,
      lookUp: () => Promise<Result>,
    ): Promise<Result> => {
      const pair = `${prefix}:${address}`
      const isKnown = (await cache.get(`${name}:${pair}`)) !== null
      const limits = isKnown
        ? [limit(`pair:${pair}`)]
        : [limit(`address:${address}`), limit(`prefix:${prefix}`)]
      const decisions = await rateLimits.takeAll(limits)
      const place = decisions.findIndex(({ isAllowed }) => !isAllowed)
      if (place >= 0) {
        onRefused(place === 0 && !isKnown ? 'address' : 'prefix')
        throw tooManyAttempts(Math.max(...decisions.map(({ retryAfterMs }) => retryAfterMs ?? 0)))
      }
      try {
        const result = await lookUp()
        await Promise.all(limits.map((one) => rateLimits.giveBack(one)))
        if (!isKnown) await cache.set(`${name}:${pair}`, '1', { ttlMs: KNOWN_MS })
        return result
      } catch (error) {
        if (!isAppError(error, 'access.unauthenticated'))
          await Promise.all(limits.map((one) => rateLimits.giveBack(one)))
        throw error
      }
    },

    /** Counts a session that begins: each is a row that lives for hours. */
    countSession: async (principalId: string): Promise<void> => {
      const decision = await rateLimits.take(limit(`principal:${principalId}`))
      if (decision.isAllowed) return
      onRefused('principal')
      throw tooManyAttempts(decision.retryAfterMs ?? 0)
    },
  }
}

const tooManyAttempts = (retryAfterMs: number) =>
  new AppError({
    kind: 'limited',
    code: 'access.too_many_attempts',
    publicMessage: 'Too many attempts to sign in. Try again later.',
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  })
