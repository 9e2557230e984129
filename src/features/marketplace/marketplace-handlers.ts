import { Version } from '@cadre/contract'
import type { AdmissionState, MarketplacePage, ParsedMarketplaceQuery } from '@cadre/contract'
import { authorise, isPermitted } from '#features/access/index.ts'
import { envelopeView } from '#features/registry/index.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import type { VersionRecord } from './item.ts'
import { itemNotFound, notReviewer } from './marketplace-errors.ts'
import * as routes from './marketplace-routes.ts'
import { itemView, unlistedView, versionSummaryView, versionView } from './marketplace-view.ts'
import type { PublishItem } from './publish-service.ts'
import type { TrialService } from './trial-service.ts'
import type { Reputations } from './reputations.ts'
import { searchOf } from './search-request.ts'
import { searchMarketplace } from './search-service.ts'
import { diffOf } from './version-diff.ts'
import type { VersionService } from './version-service.ts'
import type { Sight } from './version-store.ts'

export interface MarketplaceRouteOptions {
  db: Db
  publish: PublishItem
  versions: VersionService
  trials: TrialService
  reputations: Reputations
  /** Its members review what is published. */
  platformTenantId: string
}

export const marketplaceRoutes = (options: MarketplaceRouteOptions) => {
  const { db, versions } = options
  const router = createRouter()

  const isReviewer = (principal: Principal): boolean =>
    principal.tenantId === options.platformTenantId && isPermitted(principal, 'marketplace.review')
  const sightOf = (principal: Principal): Sight => {
    authorise(principal, 'marketplace.read')
    return { tenantId: principal.tenantId, isReviewer: isReviewer(principal) }
  }
  /** What waits for a reviewer is absent to those who review for another tenant. */
  const reviewer = (principal: Principal, refusal: () => Error): Principal => {
    authorise(principal, 'marketplace.review')
    if (!isReviewer(principal)) throw refusal()
    return principal
  }
  const publisher = (principal: Principal): Principal => {
    authorise(principal, 'marketplace.publish')
    return principal
  }

  router.openapi(routes.publishItem, async (context) => {
    const by = publisher(context.get('principal'))
    return context.json(versionView(await options.publish(by, context.req.valid('json'))), 201)
  })

  router.openapi(routes.searchItems, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'marketplace.read')
    const query = context.req.valid('query')
    const { status } = query
    if (status === undefined || status === 'approved' || status === 'deprecated')
      return context.json(await searched(query), 200)
    return context.json(await ownIn(principal, status, query), 200)
  })
  const searched = async (query: ParsedMarketplaceQuery): Promise<MarketplacePage> => {
    const search = searchOf(query)
    const found = await searchMarketplace(db, search)
    const items = found.items.slice(0, search.limit)
    const last = found.items.length > search.limit ? items.at(-1) : undefined
    return {
      items: items.map(itemView),
      next_cursor: last === undefined ? null : encodeCursor([last.sortValue, last.itemId]),
      total: found.total,
      page: query.cursor === undefined ? (query.page ?? 1) : null,
      limit: search.limit,
      query: search.q,
      corrected: found.corrected,
      ...(found.facets === null ? {} : { facets: found.facets }),
    }
  }
  /** What one's own tenant published and others do not see. */
  const ownIn = async (
    { tenantId }: Principal,
    state: AdmissionState,
    query: ParsedMarketplaceQuery,
  ): Promise<MarketplacePage> => {
    const { limit } = query
    const after = decodeCursor(query.cursor, ['uuid'])?.[0] ?? null
    const own = await versions.listOwn({ tenantId, state, limit, after })
    const { page, next_cursor } = pageOf(own.versions, limit, ({ id }) => id)
    return {
      items: page.map(unlistedView),
      next_cursor,
      total: own.total,
      page: null,
      limit,
      query: '',
      corrected: null,
    }
  }

  router.openapi(routes.listReviews, async (context) => {
    reviewer(context.get('principal'), notReviewer)
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])?.[0] ?? null
    const held = await versions.listHeld({ limit, after })
    const { page, next_cursor } = pageOf(held, limit, ({ id }) => id)
    return context.json({ items: page.map(versionSummaryView), next_cursor }, 200)
  })

  router.openapi(routes.listPublications, async (context) => {
    const { tenantId } = publisher(context.get('principal'))
    const { state, limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])?.[0] ?? null
    const own = await versions.listOwn({ tenantId, state, limit, after })
    const { page, next_cursor } = pageOf(own.versions, limit, ({ id }) => id)
    return context.json({ items: page.map(versionSummaryView), next_cursor }, 200)
  })

  router.openapi(routes.approveVersion, async (context) => {
    const principal = reviewer(context.get('principal'), itemNotFound)
    const { reason } = context.req.valid('json')
    const decision = { state: 'approved', reason } as const
    const version = await versions.decide(principal, context.req.valid('param').id, decision)
    return context.json(versionView(version), 200)
  })

  router.openapi(routes.rejectVersion, async (context) => {
    const principal = reviewer(context.get('principal'), itemNotFound)
    const { reason } = context.req.valid('json')
    const decision = { state: 'rejected', reason } as const
    const version = await versions.decide(principal, context.req.valid('param').id, decision)
    return context.json(versionView(version), 200)
  })

  router.openapi(routes.readItem, async (context) => {
    const sight = sightOf(context.get('principal'))
    const version = await versions.standing(sight, context.req.valid('param').name)
    const standing = await options.reputations.of(version.itemId)
    return context.json({ ...versionView(version), ...standing }, 200)
  })

  router.openapi(routes.readReputation, async (context) => {
    const sight = sightOf(context.get('principal'))
    const { itemId } = await versions.standing(sight, context.req.valid('param').name)
    const { days } = context.req.valid('query')
    return context.json(await options.reputations.series(itemId, days), 200)
  })

  router.openapi(routes.readIcon, async (context) => {
    const sight = sightOf(context.get('principal'))
    const { icon } = await versions.standing(sight, context.req.valid('param').name)
    if (icon === null) throw itemNotFound()
    return new Response(new Uint8Array(icon), {
      headers: { 'content-type': 'image/png', 'cache-control': 'private, max-age=300' },
    }) as never
  })

  router.openapi(routes.listVersions, async (context) => {
    const sight = sightOf(context.get('principal'))
    const { name } = context.req.valid('param')
    const { limit, cursor } = context.req.valid('query')
    const after = versionOf(decodeCursor(cursor, ['text']))
    const found = await versions.list(sight, { name, limit, after })
    const { page, next_cursor } = pageOf(found, limit, ({ version }) => version)
    return context.json({ items: page.map(versionSummaryView), next_cursor }, 200)
  })

  router.openapi(routes.readVersion, async (context) => {
    const sight = sightOf(context.get('principal'))
    return context.json(versionView(await versions.visible(sight, context.req.valid('param'))), 200)
  })

  router.openapi(routes.readRelease, async (context) => {
    const sight = sightOf(context.get('principal'))
    const release = await versions.release(sight, context.req.valid('param'))
    return context.json(envelopeView(release), 200)
  })

  router.openapi(routes.tryVersion, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'marketplace.try')
    const trial = { ...context.req.valid('param'), ...context.req.valid('json') }
    const input = trial.input ?? ''
    return context.json(
      await options.trials.tryVersion(sightOf(principal), { ...trial, input }),
      200,
    )
  })

  router.openapi(routes.diffVersions, async (context) => {
    const sight = sightOf(context.get('principal'))
    const reference = context.req.valid('param')
    const to = await versions.visible(sight, reference)
    const earlier = { name: reference.name, version: context.req.valid('query').from }
    return context.json(diffOf(await versions.visible(sight, earlier), to), 200)
  })

  router.openapi(routes.changeVersion, async (context) => {
    const by = publisher(context.get('principal'))
    const change = context.req.valid('json')
    const version = await versions.changeStatus(by, context.req.valid('param'), change)
    return context.json(versionView(version), 200)
  })

  router.openapi(routes.deleteVersion, async (context) => {
    await versions.remove(publisher(context.get('principal')), context.req.valid('param'))
    return context.body(null, 204)
  })

  router.openapi(routes.checkVersion, async (context) => {
    const by = publisher(context.get('principal'))
    return context.json(versionView(await versions.checkAgain(by, context.req.valid('param'))), 200)
  })
  return router
}

const pageOf = (
  found: readonly VersionRecord[],
  limit: number,
  keyOf: (version: VersionRecord) => string,
) => {
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return { page, next_cursor: last === undefined ? null : encodeCursor([keyOf(last)]) }
}

const versionOf = (cursor: readonly [string] | null): string | null => {
  if (cursor === null) return null
  const version = Version.safeParse(cursor[0])
  if (!version.success) throw invalidField('cursor', 'is not a cursor of this list')
  return version.data
}
