import type { Json, Webhook } from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import type { Db } from '#platform/db/db.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import * as routes from './webhook-routes.ts'
import type { WebhookService } from './webhook-service.ts'
import { listWebhooks } from './webhook-store.ts'
import type { WebhookRecord } from './webhook.ts'

export const webhookRoutes = ({ db, webhooks }: { db: Db; webhooks: WebhookService }) => {
  const router = createRouter()

  router.openapi(routes.createWebhook, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'webhook.manage')
    const { webhook, token, signingSecret } = await webhooks.create(
      principal,
      context.req.valid('param').id,
      context.req.valid('json'),
    )
    const path = `/api/v1/hooks/${token}`
    return context.json({ webhook: viewOf(webhook), path, signing_secret: signingSecret }, 201)
  })

  router.openapi(routes.listWebhooks, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'webhook.read')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])
    const found = await listWebhooks(db.ofTenant(principal.tenantId), principal.tenantId, {
      limit,
      after,
    })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    return context.json(
      { items: page.map(viewOf), next_cursor: last ? encodeCursor([last.id]) : null },
      200,
    )
  })

  router.openapi(routes.changeWebhook, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'webhook.manage')
    const { is_enabled } = context.req.valid('json')
    const webhook = await webhooks.enable(principal, context.req.valid('param').id, is_enabled)
    return context.json(viewOf(webhook), 200)
  })

  router.openapi(routes.deleteWebhook, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'webhook.manage')
    await webhooks.remove(principal, context.req.valid('param').id)
    return context.body(null, 204)
  })

  // Open: the token decides, in the service.
  router.openapi(routes.receiveWebhook, async (context) => {
    const { req } = context
    const body = await req.text()
    const { run, isReplay } = await webhooks.receive(req.valid('param').token, {
      header: (name) => req.header(name),
      body,
      value: body === '' ? null : await req.json(),
    })
    return context.json({ run_id: run.id, is_replay: isReplay }, isReplay ? 200 : 202)
  })
  return router
}

const viewOf = (webhook: WebhookRecord): Webhook => ({
  id: webhook.id,
  name: webhook.name,
  workflow: webhook.workflow,
  signature: webhook.signature && {
    scheme: webhook.signature.scheme,
    tolerance_seconds: webhook.signature.toleranceSeconds,
  },
  context: webhook.mapping as Json,
  is_enabled: webhook.isEnabled,
  created_by_name: webhook.createdByName,
  created_at: webhook.createdAt.toISOString(),
})
