import {
  ChangeMember,
  CreatedPasswordReset,
  CreateMember,
  Member,
  MemberList,
  MemberListQuery,
} from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import type { Db } from '#platform/db/db.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { AccountLinks } from './account-links.ts'
import { memberAccess } from './member-access.ts'
import type { MemberService } from './member-service.ts'
import type { MemberRecord } from './member-store.ts'
import type { PasswordService } from './password-service.ts'

const TAG = 'Members'
const byId = { params: z.object({ id: z.guid() }) }

const listRoute = documented(
  { summary: 'List members', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/members',
    request: { query: MemberListQuery },
    responses: { 200: answers(MemberList, 'One page, the newest first') },
  },
)
const getRoute = documented(
  { summary: 'Get a member', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/members/{id}',
    request: byId,
    responses: { 200: answers(Member, 'The member') },
  },
)
const createRoute = documented(
  {
    summary: 'Create a member with a password',
    tag: TAG,
    description:
      'For the first set-up, in the operator’s tenant only. Everybody else is invited: see `POST /invitations`.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/members',
    request: { body: takes(CreateMember) },
    responses: { 201: answers(Member, 'Created') },
  },
)
const changeRoute = documented(
  {
    summary: 'Change the role of a member, or disable it',
    tag: TAG,
    description:
      'Takes effect at once. Who is disabled keeps nothing open: sessions and tokens end, keys sleep.',
    refusals: [404, 409, 422],
  },
  {
    method: 'patch',
    path: '/members/{id}',
    request: { ...byId, body: takes(ChangeMember) },
    responses: { 200: answers(Member, 'Changed') },
  },
)
const deleteRoute = documented(
  {
    summary: 'Remove a member',
    tag: TAG,
    description: 'With its keys, sessions and tokens. The last active administrator stays.',
    refusals: [404, 409],
  },
  {
    method: 'delete',
    path: '/members/{id}',
    request: byId,
    responses: { 204: { description: 'Removed' } },
  },
)
const resetRoute = documented(
  {
    summary: 'Make a link by which a member sets a new password',
    tag: TAG,
    description: 'Shown only now, good once, for a day. Hand it over yourself.',
    refusals: [404, 409],
  },
  {
    method: 'post',
    path: '/members/{id}/password-reset',
    request: byId,
    responses: { 201: answers(CreatedPasswordReset, 'Made') },
  },
)

export interface MemberRouteOptions {
  db: Db
  members: MemberService
  passwords: PasswordService
  links: AccountLinks
}

export const memberRoutes = ({ db, members, passwords, links }: MemberRouteOptions) => {
  const router = createRouter()
  const access = memberAccess(db, 'user')

  router.openapi(listRoute, async (context) => {
    const { items, next_cursor } = await access.page(
      context.get('principal'),
      context.req.valid('query'),
    )
    return context.json({ items: items.map(viewOf), next_cursor }, 200)
  })

  router.openapi(getRoute, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await access.authoriseOne(principal, 'member.read', id)
    return context.json(viewOf(await access.read(principal, id)), 200)
  })

  router.openapi(createRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    return context.json(viewOf(await members.create(principal, context.req.valid('json'))), 201)
  })

  router.openapi(changeRoute, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await access.authoriseOne(principal, 'member.manage', id)
    return context.json(viewOf(await members.change(principal, id, context.req.valid('json'))), 200)
  })

  router.openapi(deleteRoute, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await access.authoriseOne(principal, 'member.manage', id)
    await members.remove(principal, { kind: 'user', id })
    return context.body(null, 204)
  })

  router.openapi(resetRoute, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await access.authoriseOne(principal, 'member.manage', id)
    const { token, expiresAt } = await passwords.createReset(principal, id)
    const link = links('password-reset', token)
    return context.json({ token, link, expires_at: expiresAt.toISOString() }, 201)
  })
  return router
}

export const viewOf = (member: MemberRecord): Member => ({
  id: member.principal.id,
  user_id: member.userId,
  name: member.principal.name,
  email: member.email,
  role: member.principal.role,
  is_disabled: member.isDisabled,
  is_disabled_everywhere: member.isDisabledEverywhere,
  has_password: member.hasPassword,
  last_sign_in_at: member.lastSignInAt?.toISOString() ?? null,
  created_at: member.createdAt.toISOString(),
})
