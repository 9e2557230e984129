import type { Json, Webhook } from '@cadre/contract'
import { authorise, authoriseOn, authoriseSome, permittedPage } from '#features/access/index.ts'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { webhookNotFound } from './webhook-errors.ts'
import { webhookResource } from './webhook-resource.ts'
import * as routes from './webhook-routes.ts'
import type { WebhookService } from './webhook-service.ts'
import { listWebhooks } from './webhook-store.ts'
import type { WebhookRecord } from './webhook.ts'

export const webhookRoutes = ({ db, webhooks }: { db: Db; webhooks: WebhookService }) => {
  const router = createRouter()

  const authoriseOne = (principal: Principal, reference: string) =>
    authoriseOn(
      principal,
      'webhook.manage',
      async () => webhookResource(await webhooks.read(principal.tenantId, reference)),
      webhookNotFound,
    )

  router.openapi(routes.createWebhook, async (context) => {
    const principal = context.get('principal')
    const { id: workflow } = context.req.valid('param')
    const body = context.req.valid('json')
    const given = { id: '', name: body.name, workflow, createdBy: principal.id, isEnabled: true }
    authorise(principal, 'webhook.manage', webhookResource(given))
    const { webhook, token, signingSecret } = await webhooks.create(principal, workflow, body)
    const path = `/api/v1/hooks/${token}`
    return context.json({ webhook: viewOf(webhook), path, signing_secret: signingSecret }, 201)
  })

  router.openapi(routes.listWebhooks, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'webhook.read')
    const { workflow, limit, cursor } = context.req.valid('query')
    const { items, next } = await permittedPage(principal, 'webhook.read', {
      limit,
      after: decodeCursor(cursor, ['uuid']),
      fetch: (after) =>
        listWebhooks(db.ofTenant(principal.tenantId), principal.tenantId, {
          workflow,
          limit,
          after,
        }),
      placeOf: ({ id }) => [id] as const,
      resourcesOf: (found) => found.map(webhookResource),
    })
    return context.json({ items: items.map(viewOf), next_cursor: next && encodeCursor(next) }, 200)
  })

  router.openapi(routes.changeWebhook, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, context.req.valid('param').id)
    const { is_enabled } = context.req.valid('json')
    const webhook = await webhooks.enable(principal, context.req.valid('param').id, is_enabled)
    return context.json(viewOf(webhook), 200)
  })

  router.openapi(routes.deleteWebhook, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, context.req.valid('param').id)
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
