import type { AuthoritySource } from './features/access/index.ts'
import {
  accountLinks,
  createAccessTokens,
  createAdmission,
  createCredentialUse,
  createIdentityService,
  createInvitationService,
  createKeyService,
  createMemberService,
  createOidcBearer,
  createOidcIssuer,
  createPasswordHasher,
  createPasswordService,
  createPasswordSignIn,
  createSessionService,
  createSigningKeys,
  createTokenService,
  invitationRoutes,
  keyRoutes,
  memberRoutes,
  noteUse,
  oidcRoutes,
  passwordRoutes,
  publishedKeyRoutes,
  sessionRoutes,
  tokenRoutes,
} from './features/identity/index.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import type { Random } from './platform/random.ts'
import type { Sealing } from './platform/sealing/sealing.ts'
import type { SuspendedTenants } from './platform/tenants/suspended-tenants.ts'
import type { Config } from './config.ts'
import type { signInGuardsOf } from './open-rate-limits.ts'

const DAY_MS = 86_400_000
const KEY_AHEAD_MS = 3_600_000

interface Parts extends ReturnType<typeof signInGuardsOf> {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  lifecycle: Lifecycle
  suspended: SuspendedTenants
  authorities: Pick<AuthoritySource, 'empower'>
  sealing: Sealing
  onFault: (part: string) => (error: unknown) => void
}

/** Who asks: keys, passwords, sessions, tokens, and the people behind them. */
export const openIdentity = async (config: Config, parts: Parts) => {
  const { db, clock, ids, random, lifecycle, onFault, suspended, guard, passwordGuard } = parts
  const publicUrl = config.CADRE_PUBLIC_URL ?? null
  const tokenMs = config.CADRE_TOKEN_SECONDS * 1_000

  const use = createCredentialUse({
    clock,
    write: (kind, uses) => noteUse(db, kind, uses),
    onFault: onFault('use of credentials'),
  })
  lifecycle.onStop('use of credentials', use.close)
  const signingKeys = createSigningKeys({
    db,
    clock,
    ids,
    sealing: parts.sealing,
    rotationMs: config.CADRE_SIGNING_KEY_DAYS * DAY_MS,
    aheadMs: KEY_AHEAD_MS,
    tokenMs,
    onFault: onFault('signing keys'),
  })
  await signingKeys.seal()
  lifecycle.onStop('word of signing keys', await signingKeys.follow())
  lifecycle.onStop('signing keys', signingKeys.close)
  if (config.CADRE_ROLES.includes('scheduler')) await signingKeys.start()
  const access = createAccessTokens({
    db,
    clock,
    ids,
    keys: signingKeys,
    issuer: publicUrl ?? 'cadre',
    tokenMs,
  })
  const oidc = oidcOf(config, clock)
  const identity = createIdentityService({
    db,
    clock,
    ids,
    random,
    adminKey: config.CADRE_ADMIN_KEY ?? null,
    keyCacheSeconds: config.CADRE_KEY_CACHE_SECONDS,
    bearers: oidc === null ? [access] : [access, createOidcBearer({ db, ...oidc })],
    use,
    guard,
  })
  lifecycle.onStop('key revocations', await identity.followRevocations())
  const { tenantId, administrator, newKey } = await identity.bootstrap()
  const onChange = identity.forget

  const sessions = createSessionService({
    db,
    clock,
    ids,
    random,
    sessionHours: config.CADRE_SESSION_HOURS,
    idleMinutes: config.CADRE_SESSION_IDLE_MINUTES,
    guard,
    suspended,
    use,
  })
  const routers = () => {
    const hasher = createPasswordHasher(random)
    const links = accountLinks(publicUrl)
    const signInByPassword = createPasswordSignIn({ db, clock, hasher, guard: passwordGuard })
    const proving = { db, clock, ids, random, hasher, guard: passwordGuard, onChange }
    const passwords = createPasswordService({ ...proving, platformTenantId: tenantId })
    const members = createMemberService({ ...proving, platformTenantId: tenantId })
    const keyDaysMax = config.CADRE_KEY_DAYS_MAX ?? null
    const tokens = createTokenService({
      ...proving,
      access,
      refreshMs: config.CADRE_REFRESH_DAYS * DAY_MS,
      guard,
      suspended,
    })
    const methods = {
      password: true,
      oidc: oidc && { name: config.CADRE_OIDC_NAME, start: '/api/v1/auth/oidc/start' },
    }
    return [
      sessionRoutes({
        identity,
        sessions,
        signInByPassword,
        methods,
        issuerSignOutUrl: async () =>
          oidc !== null && config.CADRE_OIDC_SIGN_OUT
            ? oidc.issuer.signOutUrl(`${publicUrl ?? ''}/`)
            : null,
        authorities: parts.authorities,
      }),
      oidcRoutes({
        db,
        clock,
        sessions,
        guard,
        oidc: oidc && {
          issuer: oidc.issuer,
          admit: createAdmission({ db, clock, ids, onChange, rules: oidc.rules }),
        },
      }),
      tokenRoutes({ identity, tokens, signInByPassword }),
      passwordRoutes(passwords),
      memberRoutes({ db, members, passwords, links }),
      invitationRoutes({ db, clock, invitations: createInvitationService(proving), links }),
      keyRoutes({ db, keys: createKeyService({ ...proving, keyDaysMax }), members }),
    ]
  }
  return {
    identity,
    sessions,
    tenantId,
    administrator,
    newKey,
    routers,
    publishedKeyRouter: () => publishedKeyRoutes(signingKeys),
  }
}

/** The issuer, as configured; null without one. */
const oidcOf = (config: Config, clock: Clock) => {
  const { CADRE_OIDC_ISSUER: name, CADRE_OIDC_CLIENT_ID: clientId } = config
  if (name === undefined || clientId === undefined) return null
  const tenant = config.CADRE_OIDC_TENANT
  return {
    tenant,
    issuer: createOidcIssuer({
      clock,
      issuer: name,
      clientId,
      clientSecret: config.CADRE_OIDC_CLIENT_SECRET ?? null,
      scopes: config.CADRE_OIDC_SCOPES,
      redirectUri: `${config.CADRE_PUBLIC_URL ?? ''}/api/v1/auth/oidc/callback`,
      bearerAudience: config.CADRE_OIDC_AUDIENCE ?? clientId,
    }),
    rules: {
      issuer: name,
      tenant,
      createsUsers: config.CADRE_OIDC_CREATE_USERS,
      defaultRole: config.CADRE_OIDC_DEFAULT_ROLE ?? null,
      roleClaim: config.CADRE_OIDC_ROLE_CLAIM ?? null,
      roleMap: config.CADRE_OIDC_ROLE_MAP,
      emailDomains: config.CADRE_OIDC_EMAIL_DOMAINS,
    },
  }
}
