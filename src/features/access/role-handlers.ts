import { createRouter } from '#platform/web/router.ts'
import { roleNotFound } from './access-errors.ts'
import { roleResource } from './access-resources.ts'
import * as routes from './access-routes.ts'
import { authorise, authoriseSome, permittedOnes } from './authorise.ts'
import type { RoleService } from './role-service.ts'

export const roleRoutes = (roles: RoleService) => {
  const router = createRouter()

  router.openapi(routes.listRoles, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'role.read')
    const all = await roles.list(principal.tenantId)
    const items = permittedOnes(principal, 'role.read', all, ({ name }) => roleResource(name))
    return context.json({ items, next_cursor: null }, 200)
  })

  router.openapi(routes.createRole, async (context) => {
    const principal = context.get('principal')
    const role = context.req.valid('json')
    authorise(principal, 'role.manage', roleResource(role.name))
    return context.json(await roles.create(principal, role), 201)
  })

  router.openapi(routes.readRole, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'role.read')
    authorise(principal, 'role.read', roleResource(name), roleNotFound)
    return context.json(await roles.read(principal.tenantId, name), 200)
  })

  router.openapi(routes.replaceRole, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'role.manage')
    authorise(principal, 'role.manage', roleResource(name), roleNotFound)
    return context.json(await roles.replace(principal, name, context.req.valid('json')), 200)
  })

  router.openapi(routes.deleteRole, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'role.manage')
    authorise(principal, 'role.manage', roleResource(name), roleNotFound)
    await roles.remove(principal, name)
    return context.body(null, 204)
  })
  return router
}
