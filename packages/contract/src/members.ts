import { z } from 'zod'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Timestamp } from './text.ts'

export const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 256
const INVITATION_HOURS_DEFAULT = 72
const INVITATION_HOURS_MAX = 720

/** Compared without regard to case, so kept in lower case. */
export const EmailAddress = z.string().trim().toLowerCase().max(254).pipe(z.email())
/** A name on one line: it is shown in lists and logs. */
export const PersonName = boundedText(100, 1).refine(
  (name) => name.trim() === name && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name),
  'must be on one line, without space around it',
)
const RoleName = boundedText(100, 1).meta({ description: 'Name of a role', example: 'developer' })
/** A new one; the server also refuses what is commonly guessed. */
export const NewPassword = boundedText(PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN)
/** One that is shown, whatever rules it was made by. */
export const ShownPassword = z.string().min(1).max(PASSWORD_LENGTH_MAX)
export const ShownToken = z.string().min(1).max(200)

const page = { limit: listQuery.limit, cursor: listQuery.cursor }

/** A user in a tenant. */
export const Member = z
  .object({
    id: z.string(),
    user_id: z.string().nullable().meta({ description: 'The person, whatever the tenant' }),
    name: z.string(),
    email: z.string().nullable().meta({
      description: 'Null for the first administrator, who signs in with a key',
    }),
    role: z.string(),
    is_disabled: z.boolean(),
    is_disabled_everywhere: z.boolean().meta({ description: 'As a user, in all tenants' }),
    has_password: z.boolean(),
    last_sign_in_at: Timestamp.nullable(),
    created_at: Timestamp,
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>
export const MemberList = listOf(Member)
export const MemberListQuery = z.strictObject(page)
export type MemberListQuery = z.input<typeof MemberListQuery>

/** For the first set-up: a user with a password. Everybody else is invited. */
export const CreateMember = z
  .strictObject({
    email: EmailAddress,
    name: PersonName.optional().meta({ description: 'Default: the address' }),
    role: RoleName,
    password: NewPassword,
  })
  .meta({ id: 'CreateMember' })
export type CreateMember = z.input<typeof CreateMember>

export const ChangeMember = z
  .strictObject({ role: RoleName.optional(), is_disabled: z.boolean().optional() })
  .meta({ id: 'ChangeMember' })
export type ChangeMember = z.infer<typeof ChangeMember>

export const Invitation = z
  .object({
    id: z.string(),
    email: z.string(),
    role: z.string(),
    status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
    created_by_name: z.string(),
    created_at: Timestamp,
    expires_at: Timestamp,
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>
export const InvitationList = listOf(Invitation)
export const InvitationListQuery = z.strictObject(page)
export type InvitationListQuery = z.input<typeof InvitationListQuery>

export const CreateInvitation = z
  .strictObject({
    email: EmailAddress,
    role: RoleName,
    expires_in_hours: z
      .number()
      .positive()
      .max(INVITATION_HOURS_MAX)
      .default(INVITATION_HOURS_DEFAULT),
  })
  .meta({ id: 'CreateInvitation' })
export type CreateInvitation = z.input<typeof CreateInvitation>

const link = {
  token: z.string().meta({ description: 'Shown only now. Cadre sends no mail: hand it over' }),
  link: z.string().nullable().meta({
    description: 'The page that takes it; null unless CADRE_PUBLIC_URL says where Cadre is',
  }),
}
export const CreatedInvitation = z
  .object({ invitation: Invitation, ...link })
  .meta({ id: 'CreatedInvitation' })
export type CreatedInvitation = z.infer<typeof CreatedInvitation>

export const AcceptInvitation = z
  .strictObject({
    token: ShownToken,
    password: ShownPassword.meta({
      description: `A new one of ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters; where the address has an account already, its own`,
    }),
    name: PersonName.optional().meta({ description: 'Default: the address' }),
  })
  .meta({ id: 'AcceptInvitation' })
export type AcceptInvitation = z.infer<typeof AcceptInvitation>

export const AcceptedInvitation = z
  .object({ member: Member, tenant_id: z.string(), tenant: z.string() })
  .meta({ id: 'AcceptedInvitation' })
export type AcceptedInvitation = z.infer<typeof AcceptedInvitation>

export const ChangePassword = z
  .strictObject({ current_password: ShownPassword, new_password: NewPassword })
  .meta({ id: 'ChangePassword' })
export type ChangePassword = z.infer<typeof ChangePassword>

export const CreatedPasswordReset = z
  .object({ ...link, expires_at: Timestamp })
  .meta({ id: 'CreatedPasswordReset' })
export type CreatedPasswordReset = z.infer<typeof CreatedPasswordReset>

export const ResetPassword = z
  .strictObject({ token: ShownToken, new_password: NewPassword })
  .meta({ id: 'ResetPassword' })
export type ResetPassword = z.infer<typeof ResetPassword>
