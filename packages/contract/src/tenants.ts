import { z } from 'zod'
import { TenantId } from './ids.ts'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Timestamp } from './text.ts'

const WEIGHT_MAX = 1_000

/** Short, for commands and addresses. It never changes. */
export const TenantName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    message: 'must be lower-case letters, digits and hyphens, 63 at the most',
  })
  .meta({ description: 'Unique; it never changes', example: 'acme' })

export const TenantStatus = z.enum(['active', 'suspended', 'deleting']).meta({ id: 'TenantStatus' })
export type TenantStatus = z.infer<typeof TenantStatus>

const DisplayName = boundedText(200).meta({ description: 'For people; default: the name' })
const Weight = z.number().int().min(1).max(WEIGHT_MAX).meta({
  description: 'Its share of queues that tenants share: twice the weight, twice the work',
})

export const Tenant = z
  .object({
    id: TenantId,
    name: z.string(),
    display_name: z.string(),
    status: TenantStatus,
    status_reason: z.string().nullable().meta({ description: 'Why it is suspended' }),
    status_at: z.union([Timestamp, z.null()]).meta({ description: 'Since when' }),
    weight: z.number().int(),
    is_platform: z.boolean().meta({ description: "The operator's own" }),
    created_at: Timestamp,
  })
  .meta({ id: 'Tenant' })
export type Tenant = z.infer<typeof Tenant>

/** What `POST /tenants` takes. */
export const CreateTenant = z
  .strictObject({
    name: TenantName,
    display_name: DisplayName.optional(),
    weight: Weight.optional(),
    admin: z
      .strictObject({ name: boundedText(100, 1).meta({ description: 'Name of the account' }) })
      .meta({ description: 'Its first administrator: a service account' }),
  })
  .meta({ id: 'CreateTenant' })
export type CreateTenant = z.infer<typeof CreateTenant>

export const CreatedTenant = z
  .object({
    tenant: Tenant,
    admin: z.object({
      principal_id: z.string(),
      name: z.string(),
      key: z.string().meta({ description: 'An API key, shown only now' }),
    }),
  })
  .meta({ id: 'CreatedTenant' })
export type CreatedTenant = z.infer<typeof CreatedTenant>

export const ChangeTenant = z
  .strictObject({ display_name: DisplayName.optional(), weight: Weight.optional() })
  .meta({ id: 'ChangeTenant' })
export type ChangeTenant = z.infer<typeof ChangeTenant>

export const SuspendTenant = z
  .strictObject({ reason: boundedText(500, 1).meta({ description: 'For the audit log' }) })
  .meta({ id: 'SuspendTenant' })
export type SuspendTenant = z.infer<typeof SuspendTenant>

export const DeleteTenantQuery = z.strictObject({
  name: z
    .string()
    .max(63)
    .default('')
    .meta({ description: 'Required: its name once more, so that no other is meant' }),
})
export type DeleteTenantQuery = z.infer<typeof DeleteTenantQuery>

export const TenantList = listOf(Tenant)
export const TenantListQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type TenantListQuery = z.input<typeof TenantListQuery>
