import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { Context } from 'hono'
import { onBehalfOf, type Caller } from '#platform/web/caller.ts'
import type { AppEnv } from '#platform/web/context.ts'

/** Lets the code that answers a request know, however deep, on whose behalf it runs. */
export const knownCaller = () =>
  createMiddleware<AppEnv>((context, next) => onBehalfOf(() => callerOf(context), next))

const callerOf = (context: Context<AppEnv>): Caller => ({
  principal: context.get('principal') ?? null,
  ip: context.get('client').address,
  userAgent: context.req.header('user-agent') ?? null,
  requestId: context.get('requestId'),
  route: `${context.req.method} ${routePath(context, -1)}`,
})
