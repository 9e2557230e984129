import { z } from 'zod'
import { RunId, WebhookId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Json, Timestamp } from './text.ts'

export const WEBHOOK_TOLERANCE_SECONDS_DEFAULT = 300
const TOLERANCE_SECONDS_MAX = 86_400
const SECRET_LENGTH_MIN = 16

export const WebhookSignatureScheme = z
  .enum(['standard', 'github', 'stripe'])
  .meta({ id: 'WebhookSignatureScheme' })
export type WebhookSignatureScheme = z.infer<typeof WebhookSignatureScheme>

/** What `POST /workflows/:id/webhooks` takes. */
export const CreateWebhook = z
  .strictObject({
    name: boundedText(100, 1).meta({ description: 'Who sends it; unique' }),
    signature: z
      .strictObject({
        scheme: WebhookSignatureScheme.meta({
          description:
            'How the sender signs (HMAC-SHA256): `standard` as standardwebhooks.com says, `github` in X-Hub-Signature-256, `stripe` in Stripe-Signature',
        }),
        secret: boundedText(200, SECRET_LENGTH_MIN).optional().meta({
          description: 'The one that the sender gave; without it one is made and answered once',
        }),
        tolerance_seconds: z
          .number()
          .int()
          .min(1)
          .max(TOLERANCE_SECONDS_MAX)
          .optional()
          .meta({
            description: `How old a message may be, where its time is signed. Default ${WEBHOOK_TOLERANCE_SECONDS_DEFAULT}`,
          }),
      })
      .optional()
      .meta({ description: 'Without it, knowing the address is enough' }),
    context: Json.optional().meta({
      description:
        'Context of the run: JSON with expressions, in which `trigger` is the body. Default: the body',
    }),
  })
  .meta({ id: 'CreateWebhook' })
export type CreateWebhook = z.infer<typeof CreateWebhook>

export const Webhook = z
  .object({
    id: WebhookId,
    name: z.string(),
    workflow: z.string().meta({
      description: 'Its name (the latest version at each start), or `name@version`',
    }),
    signature: z
      .object({ scheme: WebhookSignatureScheme, tolerance_seconds: z.number().int() })
      .nullable(),
    context: Json.meta({ description: 'Null: the body as it is' }),
    is_enabled: z.boolean(),
    created_by_name: z.string(),
    created_at: Timestamp,
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.infer<typeof Webhook>

export const CreatedWebhook = z
  .object({
    webhook: Webhook,
    path: z.string().meta({
      description: 'Where the sender posts to, with the secret token. It is shown only now',
      example: '/api/v1/hooks/hook_…',
    }),
    signing_secret: z.string().nullable().meta({ description: 'Shown only now' }),
  })
  .meta({ id: 'CreatedWebhook' })
export type CreatedWebhook = z.infer<typeof CreatedWebhook>

export const ChangeWebhook = z
  .strictObject({ is_enabled: z.boolean() })
  .meta({ id: 'ChangeWebhook' })
export type ChangeWebhook = z.infer<typeof ChangeWebhook>

export const WebhookList = listOf(Webhook)
export const WebhookListQuery = z.strictObject({
  workflow: boundedText(200, 1)
    .optional()
    .meta({ description: 'Name of a workflow: webhooks that start it, in whichever version' }),
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type WebhookListQuery = z.input<typeof WebhookListQuery>

/** What the sender of a webhook is answered. */
export const WebhookReceipt = z
  .object({
    run_id: RunId,
    is_replay: z.boolean().meta({ description: 'This delivery had started the run before' }),
  })
  .meta({ id: 'WebhookReceipt' })
export type WebhookReceipt = z.infer<typeof WebhookReceipt>
