import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** Spans of the way of a task: create → claim → execute → complete. */
export interface Tracing {
  /** Runs `work` in a span that is a child of the current one, or of `parent` (a `traceparent`). */
  span<Result>(
    name: string,
    options: SpanOptions,
    work: (span: Span) => Promise<Result>,
  ): Promise<Result>
  /** The current context as a W3C `traceparent`; null outside any span. */
  traceparent(): string | null
  /** The current trace id, for logs. */
  traceId(): string | null
  close(): Promise<void>
}

export interface SpanOptions {
  parent?: string | null
  attributes?: Attributes
  kind?: SpanKind
}

export interface TracingOptions {
  /** Base address of an OTLP/HTTP collector; null exports nothing, but ids still travel. */
  endpoint: string | null
  serviceName: string
  serviceVersion: string
}

const propagator = new W3CTraceContextPropagator()

export const createTracing = (options: TracingOptions): Tracing => {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': options.serviceVersion,
    }),
    spanProcessors:
      options.endpoint === null
        ? []
        : [
            new BatchSpanProcessor({
              exporter: new OTLPTraceExporter({
                url: `${options.endpoint.replace(/\/$/, '')}/v1/traces`,
              }),
            }),
          ],
  })
  const contexts = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(contexts)
  propagation.setGlobalPropagator(propagator)
  const tracer = provider.getTracer('cadre', options.serviceVersion)

  return {
    span: (name, { parent, attributes, kind = SpanKind.INTERNAL }, work) =>
      tracer.startActiveSpan(name, { attributes, kind }, contextOf(parent), async (span) => {
        try {
          return await work(span)
        } catch (error) {
          span.recordException(error instanceof Error ? error : String(error))
          span.setStatus({ code: SpanStatusCode.ERROR })
          throw error
        } finally {
          span.end()
        }
      }),
    traceparent: () => {
      const carrier: Record<string, string> = {}
      propagation.inject(context.active(), carrier)
      return carrier['traceparent'] ?? null
    },
    traceId: () => trace.getSpanContext(context.active())?.traceId ?? null,
    close: async () => {
      await provider.shutdown()
      contexts.disable()
    },
  }
}

/** A parent that is no valid `traceparent` is ignored, as the W3C recommendation asks. */
const contextOf = (parent: string | null | undefined): Context =>
  parent ? propagation.extract(context.active(), { traceparent: parent }) : context.active()
