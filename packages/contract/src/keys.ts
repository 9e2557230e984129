import { z } from 'zod'
import { listOf, listQuery } from './lists.ts'
import { PersonName } from './members.ts'
import { boundedText, Timestamp } from './text.ts'

const SCOPES_MAX = 50
const ROTATION_OVERLAP_SECONDS_MAX = 604_800
const page = { limit: listQuery.limit, cursor: listQuery.cursor }

/** A pattern of actions: one of them, all of a noun, or all. */
export const Scope = z
  .string()
  .max(100)
  .regex(/^(?:\*|[a-z][a-z_]*\.(?:\*|[a-z][a-z_]*))$/, 'must be "*", "task.*" or "task.read"')
  .meta({ description: 'Actions that are permitted', example: 'task.*' })
export const Scopes = z.array(Scope).min(1).max(SCOPES_MAX)

/** A program of one's own, that has keys. */
export const ServiceAccount = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.string(),
    is_disabled: z.boolean(),
    created_at: Timestamp,
  })
  .meta({ id: 'ServiceAccount' })
export type ServiceAccount = z.infer<typeof ServiceAccount>
export const ServiceAccountList = listOf(ServiceAccount)
export const ServiceAccountListQuery = z.strictObject(page)
export type ServiceAccountListQuery = z.input<typeof ServiceAccountListQuery>

export const CreateServiceAccount = z
  .strictObject({ name: PersonName, role: boundedText(100, 1) })
  .meta({ id: 'CreateServiceAccount' })
export type CreateServiceAccount = z.infer<typeof CreateServiceAccount>

export const ChangeServiceAccount = z
  .strictObject({
    name: PersonName.optional(),
    role: boundedText(100, 1).optional(),
    is_disabled: z.boolean().optional().meta({ description: 'Its keys and tokens sleep or end' }),
  })
  .meta({ id: 'ChangeServiceAccount' })
export type ChangeServiceAccount = z.infer<typeof ChangeServiceAccount>

export const ApiKey = z
  .object({
    id: z.string(),
    prefix: z.string().meta({ description: 'Tells keys apart in lists and logs; not secret' }),
    label: z.string(),
    principal_id: z.string(),
    principal_name: z.string(),
    scopes: z.array(z.string()).nullable().meta({ description: 'Null: whatever its role permits' }),
    expires_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable().meta({ description: 'To the minute' }),
    created_by_name: z.string().nullable().meta({ description: 'Null: Cadre made it by itself' }),
    created_at: Timestamp,
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>
export const ApiKeyList = listOf(ApiKey)

export const ApiKeyListQuery = z.strictObject({
  ...page,
  of: z
    .union([z.literal('me'), z.literal('all'), z.guid()])
    .default('me')
    .meta({ description: '`me`, `all`, or the id of a service account or member' }),
})
export type ApiKeyListQuery = z.input<typeof ApiKeyListQuery>

export const CreateApiKey = z
  .strictObject({
    label: PersonName.meta({ description: 'What it is for' }),
    service_account_id: z.guid().optional().meta({ description: 'Default: a key for oneself' }),
    scopes: Scopes.optional().meta({
      description: 'Narrow what the role permits. Default: as wide as what asks for the key',
    }),
    expires_at: Timestamp.optional().meta({
      description: 'Default: CADRE_KEY_DAYS_MAX from now, or never where that is not set',
    }),
  })
  .meta({ id: 'CreateApiKey' })
export type CreateApiKey = z.infer<typeof CreateApiKey>

export const CreatedApiKey = z
  .object({ key: z.string().meta({ description: 'Shown only now' }), api_key: ApiKey })
  .meta({ id: 'CreatedApiKey' })
export type CreatedApiKey = z.infer<typeof CreatedApiKey>

export const RotateApiKey = z
  .strictObject({
    overlap_seconds: z.number().int().min(0).max(ROTATION_OVERLAP_SECONDS_MAX).default(0).meta({
      description: 'The key before is good for so much longer',
    }),
  })
  .meta({ id: 'RotateApiKey' })
export type RotateApiKey = z.input<typeof RotateApiKey>
