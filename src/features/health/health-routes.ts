import { Health, type TenantId } from '@cadre/contract'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { isPermitted } from '#features/access/index.ts'
import type { Principal } from '#platform/web/context.ts'
import { answers, createRouter } from '#platform/web/router.ts'
import type { HealthService } from './health.ts'

const Probe = z.object({ status: z.string() })
const TAG = ['Health']

const live = createRoute({
  method: 'get',
  path: '/health/live',
  summary: 'The process runs',
  tags: TAG,
  responses: { 200: answers(Probe, 'It does') },
})
const ready = createRoute({
  method: 'get',
  path: '/health/ready',
  summary: 'Ready for requests',
  tags: TAG,
  responses: { 200: answers(Probe, 'Ready'), 503: answers(Probe, 'Starting or stopping') },
})
const deep = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Health of every component',
  description:
    'Needs no identity. Details, which name queues of all tenants, are for who may `system.read` in the operator’s tenant; others are told the state alone.',
  tags: TAG,
  responses: {
    200: answers(Health, 'Healthy or degraded'),
    503: answers(Health, 'A component is unhealthy'),
  },
})

/** Routes that need no identity, for probes. */
export const healthRoutes = (health: HealthService, platformTenantId: TenantId) => {
  const mayReadDetails = (seenBy: Principal | null): boolean =>
    seenBy?.tenantId === platformTenantId && isPermitted(seenBy, 'system.read')
  const shownTo = (seenBy: Principal | null, report: Health): Health =>
    mayReadDetails(seenBy) ? report : withoutDetails(report)
  const router = createRouter()
  router.openapi(live, (context) => context.json({ status: 'ok' }, 200))
  router.openapi(ready, (context) =>
    health.isReady()
      ? context.json({ status: 'ready' }, 200)
      : context.json({ status: 'not ready' }, 503),
  )
  router.openapi(deep, async (context) => {
    const report = shownTo(context.get('seenBy'), await health.deep())
    return context.json(report, report.status === 'unhealthy' ? 503 : 200)
  })
  return router
}

const IN_WORDS = {
  healthy: 'works',
  degraded: 'works with restrictions',
  unhealthy: 'does not work',
} as const

const withoutDetails = (report: Health): Health => ({
  ...report,
  components: Object.fromEntries(
    Object.entries(report.components).map(([name, component]) => [
      name,
      { ...component, detail: IN_WORDS[component.status] },
    ]),
  ),
})
