import { authorise } from '#features/access/index.ts'
import type { DenialLog } from '#features/audit/index.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import { createRouter, documented } from '#platform/web/router.ts'
import { crossOrigin } from './cross-origin.ts'
import { knownCaller } from './caller.ts'
import { createDashboardFiles } from './dashboard-files.ts'
import { answerError, routeNotFound } from './error-map.ts'
import { identify, type IdentifyOptions } from './identity.ts'
import { limitRequests, type RequestLimitOptions } from './rate-limits.ts'
import { requestClient } from './request-client.ts'
import { requestFraming } from './request-framing.ts'
import { jsonBodies, type JsonBodyLimits } from './json-body.ts'
import { openApiRoute } from './openapi.ts'
import { protectiveHeaders } from './response-headers.ts'
import { requestLog, type RequestLogOptions } from './request-log.ts'
import { refuseSuspended } from './tenant-suspension.ts'
import { z } from 'zod'
import type { TenantId } from '@cadre/contract'
import { AppError } from '#platform/errors.ts'

type Router = ReturnType<typeof createRouter>

export interface AppOptions extends RequestLogOptions, IdentifyOptions {
  /** Whose callers may see figures of all tenants. */
  platformTenantId: TenantId
  /** Whose callers are refused. */
  suspended: Pick<SuspendedTenants, 'has'>
  /** Where refusals are recorded. */
  denials: DenialLog
  metrics: Metrics
  logger: Logger
  version: string
  bodyLimits: JsonBodyLimits
  /** Null limits nobody. */
  requestLimits: Pick<RequestLimitOptions, 'rateLimits' | 'rates'> | null
  /** Proxies of ours in front. */
  proxyHops: number
  /** Headers of a request. */
  headersMax: number
  /** Whose pages may call the API. */
  corsOrigins: readonly string[]
  /** Null serves no pages. */
  dashboardDirectory: string | null
  /** The features' routers, in the order of the documentation. */
  routers: readonly Router[]
  healthRouter: Router
  /** What editors read to check files; needs no identity. */
  schemaRouters: Router[]
  /** What others check our tokens with; likewise. */
  publishedKeyRouter: Router
  /** Brings the gauges up to date before they are read. */
  refreshMetrics: () => Promise<void>
}

const metricsRoute = documented(
  { summary: 'Metrics in the Prometheus text format', tag: 'System' },
  {
    method: 'get',
    path: '/metrics',
    responses: {
      200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
    },
  },
)

/** The whole HTTP surface: one router under `/api/v1` and its alias `/api`, health, and the pages. */
export const createApp = (options: AppOptions) => {
  const api = createRouter()
  for (const router of options.routers) api.route('/', router)
  api.route('/', options.healthRouter)
  for (const router of options.schemaRouters) api.route('/', router)
  api.route('/', options.publishedKeyRouter)
  const metrics = metricsRouter(options)
  api.route('/', metrics)
  api.route('/', openApiRoute(api, options.version))

  const onRefused: RequestLimitOptions['onRefused'] = (routeClass, scope) =>
    options.metrics.rateRefusals.inc({ class: routeClass, scope })
  const app = createRouter()
  app.onError(answerError(options))
  app.notFound(() => {
    throw routeNotFound()
  })
  app.use(protectiveHeaders())
  app.use(requestLog(options))
  app.use(requestFraming(options.headersMax))
  app.use(requestClient(options.proxyHops))
  if (options.corsOrigins.length > 0) app.use(crossOrigin(options.corsOrigins))
  // Pages need no identity: what they show they ask of the API.
  if (options.dashboardDirectory !== null) app.use(createDashboardFiles(options.dashboardDirectory))
  app.use(knownCaller())
  app.use(identify(options))
  app.use(refuseSuspended(options.suspended))
  if (options.requestLimits !== null)
    app.use(limitRequests({ ...options.requestLimits, onRefused }))
  app.use(jsonBodies(options.bodyLimits))
  app.route('/api/v1', api)
  app.route('/api', api)
  // Where probes, scrapers and editors look by convention.
  app.route('/', options.healthRouter)
  for (const router of options.schemaRouters) app.route('/', router)
  app.route('/', options.publishedKeyRouter)
  app.route('/', metrics)
  return app
}

const metricsRouter = ({ metrics, refreshMetrics, platformTenantId }: AppOptions): Router => {
  const router = createRouter()
  router.openapi(metricsRoute, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'system.read')
    if (principal.tenantId !== platformTenantId) throw metricsOfPlatform()
    await refreshMetrics()
    return context.text(await metrics.render(), 200, { 'content-type': metrics.contentType })
  })
  return router
}

const metricsOfPlatform = () =>
  new AppError({
    kind: 'forbidden',
    code: 'access.forbidden',
    action: 'system.read',
    publicMessage: 'The metrics tell of all tenants: only those of the platform may read them.',
  })
