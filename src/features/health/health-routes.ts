import { Health } from '@cadre/contract'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
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
  tags: TAG,
  responses: {
    200: answers(Health, 'Healthy or degraded'),
    503: answers(Health, 'A component is unhealthy'),
  },
})

/** The only routes that need no identity. */
export const healthRoutes = (health: HealthService) => {
  const router = createRouter()
  router.openapi(live, (context) => context.json({ status: 'ok' }, 200))
  router.openapi(ready, (context) =>
    health.isReady()
      ? context.json({ status: 'ready' }, 200)
      : context.json({ status: 'not ready' }, 503),
  )
  router.openapi(deep, async (context) => {
    const report = await health.deep()
    return context.json(report, report.status === 'unhealthy' ? 503 : 200)
  })
  return router
}
