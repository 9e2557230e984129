import { hash } from 'node:crypto'
import {
  WEBHOOK_TOLERANCE_SECONDS_DEFAULT,
  type CreateWebhook,
  type EventType,
  type Json,
  type TenantId,
} from '@cadre/contract'
import { authorise } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { RunService, Triggered } from '#features/runs/index.ts'
import {
  compileTemplate,
  ExpressionError,
  runsResource,
  type CompiledTemplate,
  type WorkflowDirectory,
} from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Ids } from '#platform/ids.ts'
import type { Random } from '#platform/random.ts'
import { tenantSuspended, type SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { Principal } from '#platform/web/context.ts'
import { webhookDisabled, webhookNameTaken, webhookNotFound } from './webhook-errors.ts'
import {
  hashOfToken,
  isPlausibleToken,
  newSecret,
  newToken,
  seal,
  unseal,
} from './webhook-secrets.ts'
import { webhookResource } from './webhook-resource.ts'
import { verifySignature, type Delivery } from './webhook-signature.ts'
import {
  deleteWebhook,
  findByToken,
  findWebhook,
  insertWebhook,
  setEnabled,
  type WebhookPlace,
} from './webhook-store.ts'
import type { WebhookRecord } from './webhook.ts'

export interface WebhookServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  random: Random
  workflows: Pick<WorkflowDirectory, 'read'>
  runs: Pick<RunService, 'trigger'>
  suspended: Pick<SuspendedTenants, 'has'>
}

export interface NewWebhook {
  webhook: WebhookRecord
  /** Neither of them can be had again. */
  token: string
  signingSecret: string | null
}

export type WebhookService = ReturnType<typeof createWebhookService>

/** Names of deliveries that senders choose, in the order in which they are believed. */
const DELIVERY_HEADERS = ['idempotency-key', 'webhook-id', 'x-github-delivery'] as const

/** Addresses at which others start workflows, and what comes in there. */
export const createWebhookService = (options: WebhookServiceOptions) => {
  const { db, clock, ids, random, workflows, runs } = options

  const note = async (tx: Tx, type: WebhookChange, webhook: WebhookRecord, by: Principal) => {
    await appendEvents(tx, [
      {
        tenantId: webhook.tenantId,
        type,
        subjectId: webhook.id,
        at: clock.now(),
        data: {
          title: webhook.name,
          workflow_name: webhook.workflow,
          actor_id: by.id,
          actor_name: by.name,
        },
      },
    ])
    const fields = {
      workflow: webhook.workflow,
      is_signed: webhook.signature !== null,
      is_enabled: webhook.isEnabled,
    }
    await recordWithin(tx, {
      tenantId: webhook.tenantId,
      at: clock.now(),
      action: AUDITED_AS[type],
      resource: { kind: 'webhook', id: webhook.id, name: webhook.name },
      [type === 'webhook.deleted' ? 'before' : 'after']: fields,
    })
  }

  return {
    /** @throws AppError 404 for the workflow, 409 for a name in use, 422 for a mapping that cannot be read */
    create: async (
      principal: Principal,
      workflow: string,
      { name, signature, context }: CreateWebhook,
    ): Promise<NewWebhook> => {
      const { tenantId } = principal
      const { definition } = await workflows.read(tenantId, workflow)
      // Whoever lets others start a workflow must be permitted to start it.
      authorise(
        principal,
        'run.start',
        runsResource(definition.name, { version: definition.version, ownerId: principal.id }),
      )
      const named = UUID.test(workflow) ? `${definition.name}@${definition.version}` : workflow
      if (named !== workflow) {
        const given = { id: '', name, workflow: named, createdBy: principal.id, isEnabled: true }
        authorise(principal, 'webhook.manage', webhookResource(given))
      }
      mappingOf(context ?? null)
      const token = newToken(random)
      const signingSecret =
        signature === undefined ? null : (signature.secret ?? newSecret(signature.scheme, random))
      if (signature?.scheme === 'standard') requireStandardSecret(signingSecret ?? '')
      const webhook: WebhookRecord = {
        id: ids.webhook(),
        tenantId,
        name,
        workflow: named,
        tokenSha256: hashOfToken(token),
        signature:
          signature === undefined || signingSecret === null
            ? null
            : {
                scheme: signature.scheme,
                sealedSecret: seal(signingSecret, token, random),
                toleranceSeconds: signature.tolerance_seconds ?? WEBHOOK_TOLERANCE_SECONDS_DEFAULT,
              },
        mapping: context ?? null,
        isEnabled: true,
        createdBy: principal.id,
        createdByName: principal.name,
        createdAt: clock.now(),
      }
      try {
        await db.ofTenant(tenantId).transaction(async (tx) => {
          await insertWebhook(tx, webhook)
          await note(tx, 'webhook.created', webhook, principal)
        })
      } catch (error) {
        const isTaken =
          error instanceof ConstraintError && error.constraint === 'workflow_webhooks_name_once'
        throw isTaken ? webhookNameTaken(name) : error
      }
      return { webhook, token, signingSecret }
    },

    /** By id or name. @throws AppError 404 */
    read: async (tenantId: TenantId, reference: string): Promise<WebhookRecord> => {
      const webhook = await findWebhook(db.ofTenant(tenantId), placeOf(tenantId, reference))
      if (webhook === null) throw webhookNotFound()
      return webhook
    },

    /** @throws AppError 404 */
    enable: (principal: Principal, reference: string, isEnabled: boolean): Promise<WebhookRecord> =>
      db.ofTenant(principal.tenantId).transaction(async (tx) => {
        const webhook = await setEnabled(tx, placeOf(principal.tenantId, reference), isEnabled)
        if (webhook === null) throw webhookNotFound()
        await note(tx, 'webhook.changed', webhook, principal)
        return webhook
      }),

    /** What comes to its address afterwards finds nothing. @throws AppError 404 */
    remove: (principal: Principal, reference: string): Promise<void> =>
      db.ofTenant(principal.tenantId).transaction(async (tx) => {
        const webhook = await deleteWebhook(tx, placeOf(principal.tenantId, reference))
        if (webhook === null) throw webhookNotFound()
        await note(tx, 'webhook.deleted', webhook, principal)
      }),

    /**
     * A message to an address: starts a run, or answers the one that this delivery started before.
     * @throws AppError 404 for a token that is not known, 401 for a signature that does not hold,
     *   409 while it is disabled, and what starting a run throws
     */
    receive: async (token: string, delivery: Delivery): Promise<Triggered> => {
      const webhook = isPlausibleToken(token) ? await findByToken(db, hashOfToken(token)) : null
      if (webhook === null) throw webhookNotFound()
      const { signature } = webhook
      const signedId =
        signature === null
          ? null
          : verifySignature(
              delivery,
              { ...signature, secret: unseal(signature.sealedSecret, token) },
              clock.now(),
            )
      if (!webhook.isEnabled) throw webhookDisabled()
      if (options.suspended.has(webhook.tenantId)) throw tenantSuspended()
      const key = signedId ?? namedDelivery(delivery)
      return runs.trigger(
        { tenantId: webhook.tenantId, id: webhook.createdBy, name: `webhook ${webhook.name}` },
        webhook.workflow,
        {
          context: contextOf(webhook, delivery.value) as Json,
          idempotency_key: key === null ? undefined : keyOfRun(webhook, key),
        },
        'webhook',
      )
    },
  }
}

const AUDITED_AS = {
  'webhook.created': 'webhook.create',
  'webhook.changed': 'webhook.change',
  'webhook.deleted': 'webhook.delete',
} as const satisfies Partial<Record<EventType, string>>
type WebhookChange = keyof typeof AUDITED_AS

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const placeOf = (tenantId: TenantId, reference: string): WebhookPlace => ({
  tenantId,
  id: UUID.test(reference) ? reference : null,
  name: reference,
})

const namedDelivery = ({ header }: Delivery): string | null => {
  const names = DELIVERY_HEADERS.map((name) => header(name))
  return names.find((name) => name !== undefined && name !== '') ?? null
}

/** A name of its own for each webhook's deliveries, however long the sender's are. */
const keyOfRun = ({ id }: WebhookRecord, key: string): string =>
  `webhook:${id}:${hash('sha256', key)}`

/** Standard Webhooks: the secret is base64, behind `whsec_`. */
const requireStandardSecret = (secret: string): void => {
  if (/^(?:whsec_)?[A-Za-z0-9+/]{16,}={0,2}$/.test(secret)) return
  throw invalidField('signature.secret', 'must be base64, with or without "whsec_" before it')
}

const mappingOf = (mapping: unknown): CompiledTemplate => {
  try {
    const template = compileTemplate(mapping)
    const [step] = template.steps
    if (step === undefined) return template
    throw invalidField('context', `reads step ${step}, and no step has run before the start`)
  } catch (error) {
    if (error instanceof ExpressionError) throw invalidField('context', error.message)
    throw error
  }
}

const contextOf = ({ id, workflow, mapping }: WebhookRecord, body: unknown): unknown => {
  if (mapping === null) return body
  const run = { id, workflow, version: '', started_at: '' }
  try {
    return mappingOf(mapping).evaluate({ trigger: body, payload: {}, run, steps: {} })
  } catch (error) {
    if (error instanceof ExpressionError)
      throw invalidField('context', `cannot be made from the body: ${error.message}`)
    throw error
  }
}
