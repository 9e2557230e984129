import type { TenantId, WebhookId, WebhookSignatureScheme } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { WebhookRecord } from './webhook.ts'

interface WebhookRow {
  id: string
  tenant_id: string
  name: string
  workflow: string
  token_sha256: string
  signature_scheme: WebhookSignatureScheme | null
  sealed_secret: string | null
  tolerance_seconds: number | null
  mapping: unknown
  is_enabled: boolean
  created_by: string
  created_by_name: string
  created_at: Date
}

const COLUMNS = `id, tenant_id, name, workflow, token_sha256, signature_scheme, sealed_secret,
  tolerance_seconds, mapping, is_enabled, created_by, created_by_name, created_at`

const webhookOf = (row: WebhookRow): WebhookRecord => ({
  id: row.id as WebhookId,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  workflow: row.workflow,
  tokenSha256: row.token_sha256,
  signature:
    row.signature_scheme === null || row.sealed_secret === null || row.tolerance_seconds === null
      ? null
      : {
          scheme: row.signature_scheme,
          sealedSecret: row.sealed_secret,
          toleranceSeconds: row.tolerance_seconds,
        },
  mapping: row.mapping,
  isEnabled: row.is_enabled,
  createdBy: row.created_by,
  createdByName: row.created_by_name,
  createdAt: row.created_at,
})

/** Throws `ConstraintError` `workflow_webhooks_name_once` when the tenant has one of this name. */
export const insertWebhook = async (tx: Tx, webhook: WebhookRecord): Promise<void> => {
  const { signature } = webhook
  await tx.query(
    `insert into workflow_webhooks (${COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      webhook.id,
      webhook.tenantId,
      webhook.name,
      webhook.workflow,
      webhook.tokenSha256,
      signature?.scheme ?? null,
      signature?.sealedSecret ?? null,
      signature?.toleranceSeconds ?? null,
      webhook.mapping === null ? null : JSON.stringify(webhook.mapping),
      webhook.isEnabled,
      webhook.createdBy,
      webhook.createdByName,
      webhook.createdAt,
    ],
  )
}

/** Whatever its tenant: who knows the token is who may send. */
export const findByToken = async (
  db: Queryable,
  tokenSha256: string,
): Promise<WebhookRecord | null> => {
  const [row] = await db.query<WebhookRow>(
    `select ${COLUMNS} from workflow_webhooks where token_sha256 = $1`,
    [tokenSha256],
  )
  return row ? webhookOf(row) : null
}

export interface WebhookPage {
  /** Name of a workflow, of which webhooks may start any version. Left out: of all. */
  workflow?: string | undefined
  limit: number
  after: readonly [string] | null
}

export const listWebhooks = async (
  db: Queryable,
  tenantId: TenantId,
  { workflow, limit, after }: WebhookPage,
): Promise<WebhookRecord[]> => {
  const rows = await db.query<WebhookRow>(
    `select ${COLUMNS} from workflow_webhooks
     where tenant_id = $1 and ($2::uuid is null or id < $2::uuid)
       ${workflow === undefined ? '' : `and workflow_name = $4`}
     order by id desc limit $3`,
    [tenantId, after?.[0] ?? null, limit + 1, ...(workflow === undefined ? [] : [workflow])],
  )
  return rows.map(webhookOf)
}

/** By id or name. */
export interface WebhookPlace {
  tenantId: TenantId
  id: string | null
  name: string
}

export const findWebhook = async (
  db: Queryable,
  { tenantId, id, name }: WebhookPlace,
): Promise<WebhookRecord | null> => {
  const [row] = await db.query<WebhookRow>(
    `select ${COLUMNS} from workflow_webhooks
     where tenant_id = $1 and (id = $2::uuid or ($2::uuid is null and name = $3))`,
    [tenantId, id, name],
  )
  return row ? webhookOf(row) : null
}

export const setEnabled = async (
  tx: Tx,
  { tenantId, id, name }: WebhookPlace,
  isEnabled: boolean,
): Promise<WebhookRecord | null> => {
  const [row] = await tx.query<WebhookRow>(
    `update workflow_webhooks set is_enabled = $4
     where tenant_id = $1 and (id = $2::uuid or ($2::uuid is null and name = $3))
     returning ${COLUMNS}`,
    [tenantId, id, name, isEnabled],
  )
  return row ? webhookOf(row) : null
}

export const deleteWebhook = async (
  tx: Tx,
  { tenantId, id, name }: WebhookPlace,
): Promise<WebhookRecord | null> => {
  const [row] = await tx.query<WebhookRow>(
    `delete from workflow_webhooks
     where tenant_id = $1 and (id = $2::uuid or ($2::uuid is null and name = $3))
     returning ${COLUMNS}`,
    [tenantId, id, name],
  )
  return row ? webhookOf(row) : null
}
