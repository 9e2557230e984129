import { ChangePassword, ResetPassword } from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import { createRouter, documented, takes } from '#platform/web/router.ts'
import type { PasswordService } from './password-service.ts'
import { sessionTokenOf } from './session-cookie.ts'

const TAG = 'Session'

const changeRoute = documented(
  {
    summary: 'Change your password',
    tag: TAG,
    description: 'Ends all other sessions, and all tokens. Keys stay: revoke them on their own.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/password',
    request: { body: takes(ChangePassword) },
    responses: { 204: { description: 'Changed' } },
  },
)
const resetRoute = documented(
  {
    summary: 'Set a new password by a link',
    tag: TAG,
    description: 'Ends all sessions and tokens of the account. Sign in afterwards.',
    refusals: [404, 409, 422],
    isOpen: true,
  },
  {
    method: 'post',
    path: '/password/reset',
    request: { body: takes(ResetPassword) },
    responses: { 204: { description: 'Set' } },
  },
)

export const passwordRoutes = (passwords: PasswordService) => {
  const router = createRouter()

  router.openapi(changeRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'session.manage_own')
    await passwords.change(principal, context.req.valid('json'), {
      address: context.get('client').address,
      sessionToken: sessionTokenOf(context) ?? null,
    })
    return context.body(null, 204)
  })

  // Open: the token of the link identifies whose password it is.
  router.openapi(resetRoute, async (context) => {
    await passwords.reset(context.req.valid('json'))
    return context.body(null, 204)
  })
  return router
}
