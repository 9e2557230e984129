import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { Ids } from '#platform/ids.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import { SpanKind } from '@opentelemetry/api'
import type { AppEnv } from '#platform/web/context.ts'

const REQUEST_ID = /^[\w.-]{8,64}$/

export interface RequestLogOptions {
  ids: Ids
  logger: Logger
  metrics: Metrics
  tracing: Tracing
}

/** Gives every request an id and a span, and notes how it went once it is answered. */
export const requestLog = ({ ids, logger, metrics, tracing }: RequestLogOptions) =>
  createMiddleware<AppEnv>(async (context, next) => {
    const given = context.req.header('x-request-id')
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : ids.uuid()
    context.set('requestId', requestId)
    context.env.outgoing.setHeader('x-request-id', requestId)
    const begin = performance.now()
    const { method } = context.req
    await tracing.span(
      `HTTP ${method}`,
      {
        parent: context.req.header('traceparent'),
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'cadre.request.id': requestId },
      },
      async (span) => {
        await next()
        const { status } = context.res
        const route = routePath(context, -1)
        const durationMs = performance.now() - begin
        span.updateName(`${method} ${route}`)
        span.setAttributes({ 'http.route': route, 'http.response.status_code': status })
        metrics.httpSeconds.observe({ method, route, status: String(status) }, durationMs / 1_000)
        logger.info('http.request', {
          requestId,
          method,
          route,
          status,
          durationMs: Math.round(durationMs * 100) / 100,
          tenantId: context.get('principal')?.tenantId,
          principalId: context.get('principal')?.id,
          traceId: tracing.traceId(),
        })
      },
    )
  })
