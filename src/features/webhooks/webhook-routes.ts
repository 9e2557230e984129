import {
  boundedText,
  ChangeWebhook,
  CreatedWebhook,
  CreateWebhook,
  Json,
  Webhook,
  WebhookList,
  WebhookListQuery,
  WebhookReceipt,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of webhooks take and answer. The handlers are in `webhook-handlers.ts`.

const TAG = 'Workflow webhooks'
const REFERENCE_LENGTH_MAX = 300
const byReference = {
  params: z.object({
    id: boundedText(REFERENCE_LENGTH_MAX, 1).meta({ description: 'Id of a webhook, or its name' }),
  }),
}

export const createWebhook = documented(
  {
    summary: 'Let somebody start a workflow by a webhook',
    tag: TAG,
    description:
      'The address and the signing secret are answered this once; only what recognises them is stored.',
    refusals: [404, 409, 413, 422],
  },
  {
    method: 'post',
    path: '/workflows/{id}/webhooks',
    request: {
      params: z.object({
        id: boundedText(REFERENCE_LENGTH_MAX, 1).meta({
          description:
            'Id of a workflow, its name (the latest version at each start), or `name@version`',
        }),
      }),
      body: takes(CreateWebhook),
    },
    responses: { 201: answers(CreatedWebhook, 'Created') },
  },
)

export const listWebhooks = documented(
  { summary: 'List webhooks that start workflows', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/workflow-webhooks',
    request: { query: WebhookListQuery },
    responses: { 200: answers(WebhookList, 'One page, the newest first') },
  },
)

export const changeWebhook = documented(
  { summary: 'Enable or disable a webhook', tag: TAG, refusals: [404, 422] },
  {
    method: 'patch',
    path: '/workflow-webhooks/{id}',
    request: { ...byReference, body: takes(ChangeWebhook) },
    responses: { 200: answers(Webhook, 'Changed') },
  },
)

export const deleteWebhook = documented(
  {
    summary: 'Delete a webhook',
    tag: TAG,
    description: 'Its address is unknown from then on. Runs that it started go on.',
    refusals: [404],
  },
  {
    method: 'delete',
    path: '/workflow-webhooks/{id}',
    request: byReference,
    responses: { 204: { description: 'Deleted' } },
  },
)

export const receiveWebhook = documented(
  {
    summary: 'Start a run by a webhook',
    tag: TAG,
    isOpen: true,
    description:
      'The token in the address identifies the sender; where the webhook asks for signatures, the body must carry one. A delivery that comes again, as told by its signed id, or by the header `Idempotency-Key`, `webhook-id` or `X-GitHub-Delivery`, answers the run that it started.',
    refusals: [404, 409, 413, 422, 503],
  },
  {
    method: 'post',
    path: '/hooks/{token}',
    request: {
      params: z.object({ token: z.string().max(200) }),
      body: { required: false, content: { 'application/json': { schema: Json } } },
    },
    responses: {
      202: answers(WebhookReceipt, 'The run goes on'),
      200: answers(WebhookReceipt, 'The delivery was known: the run that it started'),
    },
  },
)
