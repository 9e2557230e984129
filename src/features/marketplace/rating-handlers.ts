import type { ItemRating } from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import * as routes from './marketplace-routes.ts'
import type { RatingService } from './rating-service.ts'
import type { RatingRecord } from './rating-store.ts'

export const ratingRoutes = (ratings: RatingService) => {
  const router = createRouter()

  router.openapi(routes.listRatings, async (context) => {
    authorise(context.get('principal'), 'marketplace.read')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['time', 'uuid'])
    const found = await ratings.list(context.req.valid('param').name, { limit, after })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const next_cursor = last && encodeCursor([last.updatedAt.toISOString(), last.tenantId])
    return context.json({ items: page.map(viewOf), next_cursor: next_cursor ?? null }, 200)
  })

  router.openapi(routes.rateItem, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'marketplace.rate')
    const { name } = context.req.valid('param')
    return context.json(viewOf(await ratings.rate(principal, name, context.req.valid('json'))), 200)
  })
  return router
}

const viewOf = (rating: RatingRecord): ItemRating => ({
  tenant: rating.tenantName,
  rating: rating.rating,
  review: rating.review,
  version: rating.version,
  author: rating.authorName,
  created_at: rating.createdAt.toISOString(),
  updated_at: rating.updatedAt.toISOString(),
})
