import { z } from 'zod'
import { listOf, listQuery } from './lists.ts'
import { boundedText, Timestamp } from './text.ts'

/** Kinds of objects that permissions, grants and policies speak of. */
export const RESOURCE_TYPES = [
  'Agent',
  'Task',
  'Workflow',
  'Run',
  'Schedule',
  'Webhook',
  'Queue',
  'DeadLetter',
  'Member',
  'Key',
  'Role',
  'Grant',
  'Policy',
  'Tenant',
  'Audit',
  'System',
] as const
export const ResourceType = z.enum(RESOURCE_TYPES).meta({ id: 'ResourceType' })
export type ResourceType = z.infer<typeof ResourceType>

export const ROLES_PER_TENANT_MAX = 100
export const ROLE_PERMISSIONS_MAX = 50
export const ROLE_INHERITS_MAX = 10
const ACTIONS_MAX = 100

/** `task.read`, `task.*` for all that concern tasks, or `*`. */
export const ActionPattern = z
  .string()
  .max(60)
  .regex(
    /^(?:\*|[a-z][a-z_]*\.(?:\*|[a-z][a-z_]*))$/,
    'must be an action such as "task.read", or "task.*", or "*"',
  )
  .meta({ example: 'task.*' })

/** One object: its type and id. Workflows, queues and roles are known by their names. */
export const ObjectReference = z
  .strictObject({ type: ResourceType, id: boundedText(300, 1) })
  .meta({ id: 'ObjectReference' })
export type ObjectReference = z.infer<typeof ObjectReference>

export const Permission = z
  .strictObject({
    actions: z.array(ActionPattern).min(1).max(ACTIONS_MAX),
    resource: ObjectReference.optional().meta({
      description: 'Only on this object and on what belongs to it. Default: on all',
    }),
  })
  .meta({ id: 'Permission' })
export type Permission = z.infer<typeof Permission>

/** Lower case, so that no two roles look alike. */
export const RoleName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,49}$/,
    'must begin with a letter and hold lower-case letters, digits and hyphens, 50 at the most',
  )
  .meta({ description: 'Name of a role', example: 'release-manager' })

const roleFields = {
  description: boundedText(500).default(''),
  inherits: z
    .array(RoleName)
    .max(ROLE_INHERITS_MAX)
    .default([])
    .meta({ description: 'Roles whose permissions this one has as well' }),
  permissions: z.array(Permission).max(ROLE_PERMISSIONS_MAX).default([]),
}

export const CreateRole = z
  .strictObject({ name: RoleName, ...roleFields })
  .meta({ id: 'CreateRole' })
export type CreateRole = z.input<typeof CreateRole>
export type ParsedCreateRole = z.output<typeof CreateRole>

export const ReplaceRole = z.strictObject(roleFields).meta({ id: 'ReplaceRole' })
export type ReplaceRole = z.input<typeof ReplaceRole>
export type ParsedReplaceRole = z.output<typeof ReplaceRole>

export const Role = z
  .object({
    name: z.string(),
    description: z.string(),
    is_built_in: z.boolean().meta({ description: 'Every tenant has it, and nobody changes it' }),
    inherits: z.array(z.string()),
    permissions: z.array(Permission),
    actions: z.array(z.string()).meta({
      description: 'All that it permits on every object, with what it inherits',
    }),
    created_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
  })
  .meta({ id: 'Role' })
export type Role = z.infer<typeof Role>
export const RoleList = listOf(Role)

export const GRANTS_PER_SUBJECT_MAX = 200
export const GRANTS_PER_TENANT_MAX = 10_000

/** What `POST /grants` takes: to one principal, or to all who have a role. */
export const CreateGrant = z
  .strictObject({
    principal_id: z.guid().toLowerCase().optional(),
    role: RoleName.optional(),
    actions: z.array(ActionPattern).min(1).max(ACTIONS_MAX),
    resource: ObjectReference,
    expires_at: Timestamp.optional().meta({ description: 'Default: until it is withdrawn' }),
    reason: boundedText(500, 1).meta({ description: 'Why; for whoever looks at it later' }),
  })
  .refine(({ principal_id, role }) => (principal_id === undefined) !== (role === undefined), {
    message: 'name either a principal or a role',
    path: ['principal_id'],
  })
  .meta({ id: 'CreateGrant' })
export type CreateGrant = z.infer<typeof CreateGrant>

export const Grant = z
  .object({
    id: z.string(),
    principal_id: z.string().nullable(),
    principal_name: z.string().nullable(),
    role: z.string().nullable(),
    actions: z.array(z.string()),
    resource: ObjectReference,
    expires_at: Timestamp.nullable(),
    is_expired: z.boolean(),
    reason: z.string(),
    created_by_name: z.string(),
    created_at: Timestamp,
  })
  .meta({ id: 'Grant' })
export type Grant = z.infer<typeof Grant>
export const GrantList = listOf(Grant)

export const GrantListQuery = z.strictObject({
  principal_id: z.guid().toLowerCase().optional(),
  role: RoleName.optional(),
  limit: listQuery.limit,
  cursor: listQuery.cursor,
})
export type GrantListQuery = z.input<typeof GrantListQuery>
