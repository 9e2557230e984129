import type { TenantId, WebhookId, WebhookSignatureScheme } from '@cadre/contract'

/** An address at which somebody without an account may start one workflow. */
export interface WebhookRecord {
  id: WebhookId
  tenantId: TenantId
  name: string
  /** Its name (the latest version at each start), or `name@version`. */
  workflow: string
  tokenSha256: string
  signature: SealedSignature | null
  /** JSON with expressions; null takes the body as it is. */
  mapping: unknown
  isEnabled: boolean
  createdBy: string
  createdByName: string
  createdAt: Date
}

export interface SealedSignature {
  scheme: WebhookSignatureScheme
  /** Only the token opens it: see `webhook-secrets.ts`. */
  sealedSecret: string
  toleranceSeconds: number
}
