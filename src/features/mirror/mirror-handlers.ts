import { Readable } from 'node:stream'
import { authorise } from '#features/access/index.ts'
import { receiveForm } from '#features/agents/index.ts'
import type { VersionService } from '#features/marketplace/index.ts'
import { envelopeView, notOperator, type SignValue } from '#features/registry/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { createRouter } from '#platform/web/router.ts'
import { findArtefactOf, type ArtefactDownloadOptions } from './artefact-download.ts'
import { readChangeFeed } from './change-feed.ts'
import { notAForm } from './mirror-errors.ts'
import * as routes from './mirror-routes.ts'
import type { MirroredService } from './mirrored-service.ts'
import { signIndex } from './signed-index.ts'

export interface MirrorRouteOptions extends ArtefactDownloadOptions {
  db: Db
  clock: Clock
  sign: SignValue
  versions: Pick<VersionService, 'visible'>
  mirrored: MirroredService
  binaryBytesMax: number
  /** Whoever may see what waits for a reviewer may have its binary. */
  isReviewer: (principal: Principal) => boolean
  platformTenantId: string
}

/** An index of everything travels as a field. */
const PAYLOAD_BYTES_MAX = 64 * 1_048_576

export const mirrorRoutes = (options: MirrorRouteOptions) => {
  const { db } = options
  const router = createRouter()

  router.openapi(routes.readChanges, async (context) => {
    authorise(context.get('principal'), 'marketplace.read')
    return context.json(await readChangeFeed(db, context.req.valid('query')), 200)
  })

  router.openapi(routes.readIndex, async (context) => {
    authorise(context.get('principal'), 'marketplace.read')
    return context.json(envelopeView(await signIndex(options)), 200)
  })

  router.openapi(routes.readArtefact, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'marketplace.read')
    const sight = { tenantId: principal.tenantId, isReviewer: options.isReviewer(principal) }
    const version = await options.versions.visible(sight, context.req.valid('param'))
    const artefact = await findArtefactOf(version, options)
    const etag = `"${artefact.sha256}"`
    const digest = Buffer.from(artefact.sha256, 'hex').toString('base64')
    context.header('etag', etag)
    context.header('repr-digest', `sha-256=:${digest}:`)
    if (context.req.header('if-none-match') === etag) return context.body(null, 304)
    if (artefact.address !== null) return context.redirect(artefact.address, 302)
    const { content, bytes } = await artefact.open()
    return context.body(Readable.toWeb(content) as ReadableStream, 200, {
      'content-type': artefact.mediaType,
      'content-length': String(bytes),
      'content-disposition': `attachment; filename="${artefact.fileName}"`,
    })
  })

  // Ahead of the documented form of the same route, which knows JSON only.
  router.use('/marketplace/mirrored', async (context, next) => {
    const mediaType = context.req.header('content-type')?.toLowerCase() ?? ''
    if (context.req.method !== 'POST') return next()
    const principal = context.get('principal')
    authorise(principal, 'registry.manage')
    if (principal.tenantId !== options.platformTenantId) throw notOperator()
    if (!mediaType.startsWith('multipart/form-data')) throw notAForm()
    const { fields, binary } = await receiveForm(context.env.incoming, {
      blobs: options.blobs,
      bytesMax: options.binaryBytesMax,
      fieldBytesMax: PAYLOAD_BYTES_MAX,
    })
    try {
      return context.json(await options.mirrored.take(principal, fields, binary), 200)
    } finally {
      await binary?.discard()
    }
  })

  router.openapi(routes.takeMirrored, () => {
    throw notAForm()
  })
  return router
}
