import {
  AcceptedInvitation,
  AcceptInvitation,
  CreatedInvitation,
  CreateInvitation,
  InvitationList,
  InvitationListQuery,
  type Invitation,
} from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { decodeCursor } from '#platform/web/cursor.ts'
import { pageById } from '#platform/web/page.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { AccountLinks } from './account-links.ts'
import type { InvitationService } from './invitation-service.ts'
import { listInvitations, type InvitationRecord } from './invitation-store.ts'
import { viewOf as memberView } from './member-routes.ts'

const TAG = 'Members'

const createRoute = documented(
  {
    summary: 'Invite somebody',
    tag: TAG,
    description: 'Answers the link this once. Cadre sends no mail: hand it over yourself.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/invitations',
    request: { body: takes(CreateInvitation) },
    responses: { 201: answers(CreatedInvitation, 'Invited') },
  },
)
const listRoute = documented(
  { summary: 'List invitations', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/invitations',
    request: { query: InvitationListQuery },
    responses: { 200: answers(InvitationList, 'One page, the newest first') },
  },
)
const revokeRoute = documented(
  { summary: 'Take an invitation back', tag: TAG, refusals: [404] },
  {
    method: 'delete',
    path: '/invitations/{id}',
    request: { params: z.object({ id: z.guid() }) },
    responses: { 204: { description: 'Revoked' } },
  },
)
const acceptRoute = documented(
  {
    summary: 'Accept an invitation',
    tag: TAG,
    description:
      'Sets the password of a new account, or takes the password of the account that the address has. Sign in afterwards.',
    refusals: [404, 409, 422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/invitations/accept',
    request: { body: takes(AcceptInvitation) },
    responses: { 201: answers(AcceptedInvitation, 'Joined') },
  },
)

export interface InvitationRouteOptions {
  db: Db
  clock: Clock
  invitations: InvitationService
  links: AccountLinks
}

export const invitationRoutes = (options: InvitationRouteOptions) => {
  const { db, clock, invitations, links } = options
  const router = createRouter()
  const viewOf = (invitation: InvitationRecord): Invitation => ({
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    status: statusOf(invitation, clock.now()),
    created_by_name: invitation.createdByName,
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
  })

  router.openapi(createRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    const { invitation, token } = await invitations.create(principal, context.req.valid('json'))
    const link = links('invitation', token)
    return context.json({ invitation: viewOf(invitation), token, link }, 201)
  })

  router.openapi(listRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])
    const { tenantId } = principal
    const found = await listInvitations(db.ofTenant(tenantId), tenantId, { limit, after })
    return context.json(pageById(found, limit, viewOf), 200)
  })

  router.openapi(revokeRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    await invitations.revoke(principal, context.req.valid('param').id)
    return context.body(null, 204)
  })

  // Open: the token identifies who was invited.
  router.openapi(acceptRoute, async (context) => {
    const { address } = context.get('client')
    const { member, tenantName } = await invitations.accept(context.req.valid('json'), address)
    const { tenantId } = member.principal
    return context.json(
      { member: memberView(member), tenant_id: tenantId, tenant: tenantName },
      201,
    )
  })
  return router
}

const statusOf = (invitation: InvitationRecord, now: Date): Invitation['status'] => {
  if (invitation.acceptedAt !== null) return 'accepted'
  if (invitation.revokedAt !== null) return 'revoked'
  return invitation.expiresAt <= now ? 'expired' : 'pending'
}
