import { manifestSchema } from '@cadre/contract'
import { z } from 'zod'
import { answers, createRouter, documented } from '#platform/web/router.ts'

const route = documented(
  {
    summary: 'JSON Schema of manifests',
    tag: 'Marketplace',
    description:
      'Of `cadre.yaml`, by which `cadre publish` publishes. For editors; needs no identity. Also at `/schemas/manifest.json`.',
    isOpen: true,
  },
  {
    method: 'get',
    path: '/schemas/manifest.json',
    responses: { 200: answers(z.record(z.string(), z.unknown()), 'JSON Schema, draft 2020-12') },
  },
)

/** Editors fetch it again now and then. */
const MAX_AGE_SECONDS = 3_600

export const manifestSchemaRoutes = () => {
  const router = createRouter()
  router.openapi(route, (context) => {
    const { origin, pathname } = new URL(context.req.url)
    context.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
    return context.json(manifestSchema(`${origin}${pathname}`), 200)
  })
  return router
}
