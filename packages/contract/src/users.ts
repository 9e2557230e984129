import { z } from 'zod'
import { Timestamp } from './text.ts'

/** A person, who may be a member of several tenants. */
export const User = z
  .object({
    id: z.string(),
    email: z.string(),
    is_disabled: z.boolean().meta({ description: 'Everywhere: in all tenants' }),
    last_sign_in_at: Timestamp.nullable(),
    created_at: Timestamp,
    memberships: z
      .array(
        z.object({
          tenant_id: z.string(),
          tenant: z.string(),
          member_id: z.string(),
          role: z.string(),
          is_disabled: z.boolean().meta({ description: 'Everywhere, or in this tenant' }),
        }),
      )
      .meta({ description: 'For the operator all, up to 1,000; for others the one they see' }),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof User>

export const ChangeUser = z.strictObject({ is_disabled: z.boolean() }).meta({ id: 'ChangeUser' })
export type ChangeUser = z.infer<typeof ChangeUser>
