import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { IS_DISABLED, PRINCIPAL_COLUMNS, principalOf, type PrincipalRow } from './principal-rows.ts'

/** A user or service account, as administrators see it. */
export interface MemberRecord {
  principal: Principal
  userId: string | null
  email: string | null
  hasPassword: boolean
  isDisabled: boolean
  /** As a user, in all tenants. */
  isDisabledEverywhere: boolean
  lastSignInAt: Date | null
  createdAt: Date
}

interface MemberRow extends PrincipalRow {
  user_id: string | null
  email: string | null
  has_password: boolean
  disabled_at: Date | null
  is_user_disabled: boolean
  last_sign_in_at: Date | null
  created_at: Date
}

const COLUMNS = `${PRINCIPAL_COLUMNS}, p.user_id, p.disabled_at, p.created_at, u.email,
  u.disabled_at is not null as is_user_disabled,
  coalesce(u.has_password, false) as has_password, u.last_sign_in_at`

const memberOf = (row: MemberRow): MemberRecord => ({
  principal: principalOf(row),
  userId: row.user_id,
  email: row.email,
  hasPassword: row.has_password,
  isDisabled: row.disabled_at !== null,
  isDisabledEverywhere: row.is_user_disabled,
  lastSignInAt: row.last_sign_in_at,
  createdAt: row.created_at,
})

export interface MemberPlace {
  tenantId: TenantId
  kind: 'user' | 'service'
  id: string
}

export const listMembers = async (
  db: Queryable,
  { tenantId, kind }: Omit<MemberPlace, 'id'>,
  { limit, after }: { limit: number; after: readonly [string] | null },
): Promise<MemberRecord[]> => {
  const rows = await db.query<MemberRow>(
    `select ${COLUMNS} from principals as p left join users as u on u.id = p.user_id
     where p.tenant_id = $1 and p.kind = $2 and ($3::uuid is null or p.id < $3::uuid)
     order by p.id desc limit $4`,
    [tenantId, kind, after?.[0] ?? null, limit + 1],
  )
  return rows.map(memberOf)
}

export const findMember = async (
  db: Queryable,
  { tenantId, kind, id }: MemberPlace,
): Promise<MemberRecord | null> => {
  const [row] = await db.query<MemberRow>(
    `select ${COLUMNS} from principals as p left join users as u on u.id = p.user_id
     where p.tenant_id = $1 and p.kind = $2 and p.id = $3::uuid`,
    [tenantId, kind, id],
  )
  return row ? memberOf(row) : null
}

/** Changes of a tenant's members come one after the other: the last administrator is counted. */
export const lockMembers = async (tx: Tx, tenantId: TenantId): Promise<void> => {
  await tx.query('select id from tenants where id = $1 for no key update', [tenantId])
}

/** Whether another administrator could sign in. */
export const hasOtherAdministrator = async (
  tx: Tx,
  { tenantId, id, now }: { tenantId: TenantId; id: string; now: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `select 1 from principals as p
     where p.tenant_id = $1 and p.kind = 'user' and p.role = 'admin' and not ${IS_DISABLED}
       and p.id <> $2 and (p.user_id is not null or exists (
         select 1 from api_keys as k where k.principal_id = p.id and k.revoked_at is null
           and (k.expires_at is null or k.expires_at > $3)))
     limit 1`,
    [tenantId, id, now],
  )
  return rows.length > 0
}

export const changeMember = async (
  tx: Tx,
  { id, role, disabledAt }: { id: string; role: string; disabledAt: Date | null },
): Promise<void> => {
  await tx.query('update principals set role = $2, disabled_at = $3 where id = $1', [
    id,
    role,
    disabledAt,
  ])
}

/** @throws ConstraintError `principals_service_once` */
export const renameAccount = async (tx: Tx, id: string, name: string): Promise<void> => {
  await tx.query('update principals set name = $2 where id = $1', [id, name])
}

/** With its keys, sessions and tokens. */
export const deletePrincipal = async (tx: Tx, id: string): Promise<void> => {
  await tx.query('delete from principals where id = $1', [id])
}
