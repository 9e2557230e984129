import {
  Identity,
  SessionList,
  SessionListQuery,
  SignedOut,
  SignIn,
  SignInMethods,
} from '@cadre/contract'
import { z } from 'zod'
import { authorise, permittedActions, type AuthoritySource } from '#features/access/index.ts'
import { decodeCursor } from '#platform/web/cursor.ts'
import type { Principal } from '#platform/web/context.ts'
import { pageById } from '#platform/web/page.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import { hashOf } from './api-key.ts'
import type { IdentityService } from './identity-service.ts'
import type { PasswordSignIn } from './password-sign-in.ts'
import { deleteSessionCookie, sessionTokenOf, setSessionCookie } from './session-cookie.ts'
import type { SessionService } from './session-service.ts'
import type { SessionRecord } from './session-store.ts'

const TAG = 'Session'

const whoAmI = documented(
  { summary: 'Who am I', tag: TAG },
  { method: 'get', path: '/session', responses: { 200: answers(Identity, 'The caller') } },
)
const signIn = documented(
  {
    summary: 'Sign in with a password or a key',
    tag: TAG,
    description:
      'Exchanges it for a session cookie. Needs no other identity. Who is a member of several tenants names one; 409 tells which there are.',
    refusals: [409, 422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/session',
    request: { body: takes(SignIn) },
    responses: { 200: answers(Identity, 'Signed in') },
  },
)
const signOut = documented(
  { summary: 'Sign out', tag: TAG },
  {
    method: 'delete',
    path: '/session',
    responses: {
      200: answers(SignedOut, 'Signed out here; a browser goes on to the issuer'),
      204: { description: 'Signed out' },
    },
  },
)
const signInMethods = documented(
  { summary: 'How one may sign in', tag: TAG, isOpen: true },
  {
    method: 'get',
    path: '/auth/methods',
    responses: { 200: answers(SignInMethods, 'What a sign-in page offers') },
  },
)
const listSessions = documented(
  { summary: 'List your sessions', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/sessions',
    request: { query: SessionListQuery },
    responses: { 200: answers(SessionList, 'One page, the newest first') },
  },
)
const endSession = documented(
  { summary: 'End one of your sessions', tag: TAG, refusals: [404] },
  {
    method: 'delete',
    path: '/sessions/{id}',
    request: { params: z.object({ id: z.guid() }) },
    responses: { 204: { description: 'Ended' } },
  },
)
const endOtherSessions = documented(
  { summary: 'End all your other sessions', tag: TAG },
  { method: 'delete', path: '/sessions', responses: { 204: { description: 'Ended' } } },
)

export interface SessionRouteOptions {
  identity: IdentityService
  sessions: SessionService
  signInByPassword: PasswordSignIn
  methods: SignInMethods
  /** Where a browser goes that had signed in with the issuer; null where that is not known. */
  issuerSignOutUrl: () => Promise<string | null>
  authorities: Pick<AuthoritySource, 'empower'>
}

export const sessionRoutes = (options: SessionRouteOptions) => {
  const { identity, sessions } = options
  const router = createRouter()

  router.openapi(whoAmI, (context) => context.json(identityOf(context.get('principal')), 200))

  router.openapi(signIn, async (context) => {
    const shown = context.req.valid('json')
    const { address } = context.get('client')
    const isKey = 'key' in shown
    const { principal, keyId } = isKey
      ? await identity.identifyByKey(shown.key, address)
      : { principal: await options.signInByPassword(shown, address), keyId: null }
    const method = isKey ? 'key' : 'password'
    const session = await sessions.begin(principal, { method, keyId })
    setSessionCookie(context, session)
    const circumstances = { ip: address, credential: 'session' } as const
    const signedIn = await options.authorities.empower(principal, circumstances)
    return context.json(identityOf(signedIn), 200)
  })

  router.openapi(signOut, async (context) => {
    const token = sessionTokenOf(context)
    const method = token === undefined ? null : await sessions.endByToken(token)
    deleteSessionCookie(context)
    const url = method === 'oidc' ? await options.issuerSignOutUrl() : null
    return url === null ? context.body(null, 204) : context.json({ issuer_sign_out_url: url }, 200)
  })

  router.openapi(signInMethods, (context) => context.json(options.methods, 200))

  router.openapi(listSessions, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'session.manage_own')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])
    const token = sessionTokenOf(context)
    const current = token === undefined ? null : hashOf(token)
    const found = await sessions.list(principal, { limit, after })
    return context.json(
      pageById(found, limit, (session) => viewOf(session, current)),
      200,
    )
  })

  router.openapi(endSession, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'session.manage_own')
    await sessions.endOne(principal, context.req.valid('param').id)
    return context.body(null, 204)
  })

  router.openapi(endOtherSessions, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'session.manage_own')
    await sessions.endOthers(principal, sessionTokenOf(context) ?? null)
    return context.body(null, 204)
  })
  return router
}

export const identityOf = (principal: Principal): Identity => ({
  principal_id: principal.id,
  kind: principal.kind,
  name: principal.name,
  role: principal.role,
  scopes: principal.scopes === null ? null : [...principal.scopes],
  actions: permittedActions(principal),
  tenant_id: principal.tenantId,
})

const viewOf = (session: SessionRecord, currentSha256: string | null) => ({
  id: session.id,
  is_current: session.tokenSha256 === currentSha256,
  method: session.method,
  ip: session.ip,
  user_agent: session.userAgent,
  created_at: session.createdAt.toISOString(),
  last_seen_at: session.lastSeenAt.toISOString(),
  expires_at: session.expiresAt.toISOString(),
})
