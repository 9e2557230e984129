import { ErrorBody } from '@cadre/contract'
import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi'
import type { z } from 'zod'
import { AppError } from '../errors.ts'
import type { AppEnv } from './context.ts'

/**
 * A router whose validation errors are `AppError`s that name the field. An address that cannot
 * name anything names nothing: it is absent, not invalid.
 */
export const createRouter = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return
      throw result.target === 'param' ? nothingThere() : invalidRequest(result.error)
    },
  })

const nothingThere = () =>
  new AppError({
    kind: 'not_found',
    code: 'resource.not_found',
    publicMessage: 'There is nothing under this address.',
  })

const DETAILS_MAX = 20
const MESSAGE_LENGTH_MAX = 300

/** Well-formed but invalid: 422, with every field at fault. */
export const invalidRequest = (error: { issues: readonly z.core.$ZodIssue[] }): AppError => {
  const details = error.issues.slice(0, DETAILS_MAX).map((issue) => ({
    field: fieldOf(issue),
    message: shortened(issue.message),
  }))
  const [first] = details
  return new AppError({
    kind: 'invalid',
    code: 'request.invalid',
    publicMessage: first ? `${first.field}: ${first.message}` : 'The request is invalid.',
    details,
  })
}

/** A path such as `tasks[3].agent_id`; an unknown key is named itself. */
const fieldOf = (issue: z.core.$ZodIssue): string => {
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  return shortened(text || 'body')
}

const shortened = (text: string): string =>
  text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text

const REASONS = {
  400: 'The request is malformed',
  401: 'No identity, or one that is not known',
  403: 'Not permitted',
  404: 'Absent, or not yours',
  409: 'Conflicts with the present state',
  410: 'Removed',
  413: 'Too large',
  422: 'Well-formed but invalid; `details` name the fields',
  429: 'Too many requests; `Retry-After` says when to come back',
  503: 'Unavailable for now',
} as const
type Refusal = keyof typeof REASONS

const refusals = (statuses: readonly Refusal[]) =>
  Object.fromEntries(
    [400, 401, 403, 429, ...statuses].map((status) => [
      status,
      {
        description: REASONS[status as Refusal],
        content: { 'application/json': { schema: ErrorBody } },
      },
    ]),
  )

interface JsonRouteOptions {
  summary: string
  tag: string
  refusals?: readonly Refusal[]
  description?: string
  /** Needs no identity. */
  isOpen?: boolean
}

/** The documentation that routes share: security, tag, and the refusals in the one error shape. */
export const documented = <Config extends Omit<RouteConfig, 'tags' | 'summary'>>(
  { summary, tag, description, refusals: statuses = [], isOpen = false }: JsonRouteOptions,
  config: Config,
) =>
  createRoute({
    ...config,
    summary,
    description,
    tags: [tag],
    security: isOpen ? [] : [{ key: [] }],
    responses: { ...config.responses, ...(refusals(statuses) as Record<never, never>) },
  } as Config & { tags: string[] })

/** A JSON answer of one schema. */
export const answers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON body of one schema. */
export const takes = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})
