import type { Install, TenantId } from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import type { Offers } from '#features/marketplace/index.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import * as routes from './install-routes.ts'
import type { InstallService } from './install-service.ts'
import { installView, outcomeView } from './install-view.ts'
import type { CurrentInstall } from './install.ts'

export const installRoutes = ({
  installs,
  offers,
}: {
  installs: InstallService
  offers: Pick<Offers, 'versionsOf'>
}) => {
  const router = createRouter()

  /** What is offered of all of them is asked once. */
  const shown = async (found: readonly CurrentInstall[]): Promise<Install[]> => {
    const offered = await offers.versionsOf(found.map(({ itemId }) => itemId))
    return found.map((install) => installView(install, offered.get(install.itemId) ?? []))
  }
  const shownOne = async (install: CurrentInstall): Promise<Install> => {
    const [view] = await shown([install])
    if (view === undefined) throw new Error('Broken invariant: one install has one view')
    return view
  }

  router.openapi(routes.installItem, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'install.create')
    const outcome = await installs.install(principal, context.req.valid('json'))
    const view = { ...(await shownOne(outcome.install)), ...outcomeView(outcome) }
    return outcome.isChanged
      ? context.json({ ...view, is_new: true }, 201)
      : context.json({ ...view, is_new: false }, 200)
  })

  router.openapi(routes.listInstalls, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'install.read')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['text'])?.[0] ?? null
    const found = await installs.list(principal.tenantId, { limit, after })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const next_cursor = last === undefined ? null : encodeCursor([last.name])
    return context.json({ items: await shown(page), next_cursor }, 200)
  })

  const read = (tenantId: TenantId, name: string) => installs.read(tenantId, name).then(shownOne)

  router.openapi(routes.readInstall, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'install.read')
    return context.json(await read(principal.tenantId, context.req.valid('param').name), 200)
  })

  router.openapi(routes.updateInstall, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'install.update')
    const { name } = context.req.valid('param')
    const outcome = await installs.update(principal, name, context.req.valid('json'))
    const { diff, isChanged } = outcome
    const install = await shownOne(outcome.install)
    return context.json({ install, diff, is_changed: isChanged, ...outcomeView(outcome) }, 200)
  })

  router.openapi(routes.uninstallItem, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'install.delete')
    await installs.uninstall(principal, context.req.valid('param').name)
    return context.body(null, 204)
  })
  return router
}
