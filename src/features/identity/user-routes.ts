import { boundedText, ChangeUser, User } from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { UserRecord, UserService } from './user-service.ts'

const TAG = 'Members'
const byReference = {
  params: z.object({
    id: boundedText(254, 1).meta({ description: 'Id or e-mail address of a user' }),
  }),
}

const getRoute = documented(
  {
    summary: 'Get a user',
    tag: TAG,
    description:
      'A person, beyond the tenants: for the operator everybody, for others who is a member of theirs.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/users/{id}',
    request: byReference,
    responses: { 200: answers(User, 'The user') },
  },
)
const changeRoute = documented(
  {
    summary: 'Disable a user everywhere, or enable again',
    tag: TAG,
    description:
      'Takes effect at once in all tenants: nobody signs in, sessions and tokens end, keys sleep. For the operator, and for administrators of the only tenant that the user is a member of.',
    refusals: [404, 409, 422],
  },
  {
    method: 'patch',
    path: '/users/{id}',
    request: { ...byReference, body: takes(ChangeUser) },
    responses: { 200: answers(User, 'Changed') },
  },
)

export const userRoutes = (users: UserService) => {
  const router = createRouter()

  router.openapi(getRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.read')
    return context.json(viewOf(await users.read(principal, context.req.valid('param').id)), 200)
  })

  router.openapi(changeRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    const { is_disabled: isDisabled } = context.req.valid('json')
    const { id } = context.req.valid('param')
    return context.json(viewOf(await users.setDisabled(principal, id, isDisabled)), 200)
  })
  return router
}

const viewOf = ({ user, memberships }: UserRecord): User => ({
  id: user.id,
  email: user.email,
  is_disabled: user.isDisabled,
  last_sign_in_at: user.lastSignInAt?.toISOString() ?? null,
  created_at: user.createdAt.toISOString(),
  memberships: memberships.map(({ principal, tenantName, isDisabled }) => ({
    tenant_id: principal.tenantId,
    tenant: tenantName,
    member_id: principal.id,
    role: principal.role,
    is_disabled: isDisabled,
  })),
})
