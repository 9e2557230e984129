import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace'

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
const ids = new RandomIdGenerator()

export const createTracing = (options: TracingOptions): Tracing => {
  const contexts = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(contexts)
  propagation.setGlobalPropagator(propagator)
  const spans =
    options.endpoint === null ? unrecordedSpans() : recordedSpans(options, options.endpoint)
  return {
    span: spans.span,
    traceparent: () => {
      const active = trace.getSpanContext(context.active())
      return active === undefined ? null : traceparentOf(active)
    },
    traceId: () => trace.getSpanContext(context.active())?.traceId ?? null,
    close: async () => {
      await spans.close()
      contexts.disable()
    },
  }
}

interface Spans {
  span: Tracing['span']
  close(): Promise<void>
}

/** Nobody looks at them: only the ids are made, for logs and for those whom we call. */
const unrecordedSpans = (): Spans => ({
  span: (_name, { parent }, work) => {
    const around = contextOf(parent)
    const outer = trace.getSpanContext(around)
    const span = trace.wrapSpanContext({
      traceId: outer?.traceId ?? ids.generateTraceId(),
      spanId: ids.generateSpanId(),
      traceFlags: outer?.traceFlags ?? TraceFlags.SAMPLED,
    })
    return context.with(trace.setSpan(around, span), () => work(span))
  },
  close: async () => {},
})

const recordedSpans = (options: TracingOptions, endpoint: string): Spans => {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': options.serviceVersion,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
      }),
    ],
  })
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
    close: () => provider.shutdown(),
  }
}

/** W3C Trace Context, section 3.2. */
const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags.toString(16)}`

/** A parent that is no valid `traceparent` is ignored, as the W3C recommendation asks. */
const contextOf = (parent: string | null | undefined): Context =>
  parent ? propagation.extract(context.active(), { traceparent: parent }) : context.active()
