import { z } from 'zod'
import { answers, createRouter, documented } from '#platform/web/router.ts'

type Router = ReturnType<typeof createRouter>

const route = documented(
  { summary: 'This document', tag: 'System' },
  {
    method: 'get',
    path: '/openapi.json',
    responses: { 200: answers(z.record(z.string(), z.unknown()), 'OpenAPI 3.1') },
  },
)

/** Serves the OpenAPI 3.1 document of `api`, written once at the first request. */
export const openApiRoute = (api: Router, version: string) => {
  const router = createRouter()
  let document: Record<string, unknown> | null = null
  router.openapi(route, (context) => {
    document ??= documentOf(api, version)
    return context.json(document, 200)
  })
  return router
}

/** @returns a document that stands alone: every route of `api`, with its schemas */
export const documentOf = (api: Router, version: string): Record<string, unknown> => {
  api.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: the administrator’s, or an agent’s own',
  })
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Cadre',
      version,
      description: 'Publish agents, give them work, see the results.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/api/v1' }],
  }) as unknown as Record<string, unknown>
}
