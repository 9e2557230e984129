import { boundedText, Circuit, CircuitList, type TenantId } from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import { answers, createRouter, documented } from '#platform/web/router.ts'
import { circuitShared } from './circuit-errors.ts'
import type { CircuitService } from './circuit-service.ts'

const TAG = 'Circuits'

const list = documented(
  { summary: 'List the circuit breakers of the process that answers', tag: TAG },
  { method: 'get', path: '/circuits', responses: { 200: answers(CircuitList, 'All of them') } },
)
const reset = documented(
  {
    summary: 'Reset a circuit breaker',
    tag: TAG,
    description: 'The next attempt is made now, in the process that answers.',
    refusals: [404],
  },
  {
    method: 'post',
    path: '/circuits/{name}/reset',
    request: { params: z.object({ name: boundedText(100, 1) }) },
    responses: { 200: answers(Circuit, 'The circuit as it is now') },
  },
)

/** @param platformTenantId the tenant whose administrators govern what all tenants share */
export const circuitRoutes = (circuits: CircuitService, platformTenantId: TenantId) => {
  const router = createRouter()

  router.openapi(list, async (context) => {
    authorise(context.get('principal'), 'system.read')
    return context.json({ items: await circuits.list(), next_cursor: null }, 200)
  })

  router.openapi(reset, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'circuit.reset')
    if (principal.tenantId !== platformTenantId) throw circuitShared()
    return context.json(await circuits.reset(principal, context.req.valid('param').name), 200)
  })
  return router
}
