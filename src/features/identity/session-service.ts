import type { Session } from '@cadre/contract'
import { currentPerpetrator, recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import { currentCaller } from '#platform/web/caller.ts'
import { tenantSuspended, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { Principal } from '#platform/web/context.ts'
import { hashOf } from './api-key.ts'
import type { CredentialUse } from './credential-use.ts'
import { sessionNotFound, unauthenticated } from './identity-errors.ts'
import * as store from './session-store.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const TOKEN_BYTES = 32
const IP_LENGTH_MAX = 60
const USER_AGENT_LENGTH_MAX = 300

export interface SessionServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  /** A session ends so long after it began, however much it is used. */
  sessionHours: number
  /** And when it was not used for so long. */
  idleMinutes: number
  guard: SignInGuard | null
  /** Whose people may not sign in. */
  suspended: Pick<SuspendedTenants, 'has'>
  use: CredentialUse
}

export interface SignedIn {
  principal: Principal
  /** Only the browser's cookie holds it. */
  token: string
  expiresAt: Date
}

export type SessionService = ReturnType<typeof createSessionService>

/** Sessions of the dashboard: each sign-in gets a token of its own, so none can be fixed before. */
export const createSessionService = (options: SessionServiceOptions) => {
  const { db, clock, ids, random, use } = options

  const times = (): store.SessionTimes => {
    const now = clock.now()
    return { now, idleSince: new Date(now.getTime() - options.idleMinutes * 60_000) }
  }
  const record = (tx: Tx, action: string, of: Principal, after?: object) =>
    recordWithin(tx, {
      tenantId: of.tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'session' },
      by: currentPerpetrator(of),
      after,
    })

  return {
    /** @throws AppError `access.too_many_attempts`, or `tenant.suspended` */
    begin: async (
      principal: Principal,
      { method, keyId }: { method: Session['method']; keyId: string | null },
    ): Promise<SignedIn> => {
      if (options.suspended.has(principal.tenantId)) throw tenantSuspended()
      await options.guard?.countSession(principal.id)
      const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
      const now = clock.now()
      const expiresAt = new Date(now.getTime() + options.sessionHours * 3_600_000)
      const caller = currentCaller()
      await db.ofTenant(principal.tenantId).transaction(async (tx) => {
        await store.insertSession(tx, {
          id: ids.uuid(),
          tokenSha256: hashOf(token),
          principal,
          keyId,
          method,
          ip: storable(caller?.ip, IP_LENGTH_MAX),
          userAgent: storable(caller?.userAgent, USER_AGENT_LENGTH_MAX),
          now,
          expiresAt,
        })
        await record(tx, 'session.begin', principal, { method })
      })
      return { principal, token, expiresAt }
    },

    /** @throws AppError `access.unauthenticated` */
    identify: async (token: string): Promise<Principal> => {
      const session = await store.findBySession(db, hashOf(token), times())
      if (session === null) throw unauthenticated('The session has ended. Sign in again.')
      use.note('session', session.id)
      return session.principal
    },

    list: (principal: Principal, page: { limit: number; after: readonly [string] | null }) =>
      store.listSessions(db.ofTenant(principal.tenantId), principal, { ...times(), ...page }),

    /** The session that a cookie holds; answers how it had begun. Idempotent. */
    endByToken: (token: string): Promise<Session['method'] | null> =>
      db.transaction(async (tx) => {
        const ended = await store.deleteByToken(tx, hashOf(token))
        if (ended !== null) await record(tx, 'session.end', ended.principal)
        return ended?.method ?? null
      }),

    /** @throws AppError 404 for one that is not the principal's own */
    endOne: (principal: Principal, id: string): Promise<void> =>
      db.ofTenant(principal.tenantId).transaction(async (tx) => {
        if (!(await store.deleteOwnSession(tx, principal, id))) throw sessionNotFound()
        await record(tx, 'session.end', principal)
      }),

    /** @param token of the session that stays; null ends all */
    endOthers: (principal: Principal, token: string | null): Promise<void> =>
      db.ofTenant(principal.tenantId).transaction(async (tx) => {
        const kept = token === null ? null : hashOf(token)
        const ended = await store.deleteSessionsOf(tx, [principal.id], kept)
        if (ended > 0) await record(tx, 'session.end', principal, { sessions: ended })
      }),
  }
}

/** What strangers sent, short and without what the database cannot hold. */
const storable = (text: string | null | undefined, lengthMax: number): string | null =>
  text
    ?.slice(0, lengthMax)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed() ?? null
