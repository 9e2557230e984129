import type { Permission, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { RoleDefinition } from './roles.ts'

/** A role as it is kept. */
export interface RoleRecord extends RoleDefinition {
  tenantId: TenantId
  description: string
  createdAt: Date
  updatedAt: Date
}

interface RoleRow {
  tenant_id: string
  name: string
  description: string
  inherits: string[]
  permissions: Permission[]
  created_at: Date
  updated_at: Date
}

const COLUMNS = 'tenant_id, name, description, inherits, permissions, created_at, updated_at'

const roleOf = (row: RoleRow): RoleRecord => ({
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  description: row.description,
  inherits: row.inherits,
  permissions: row.permissions,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** All of them: a tenant has a bounded number of roles. */
export const listRoles = async (db: Queryable, tenantId: TenantId): Promise<RoleRecord[]> => {
  const rows = await db.query<RoleRow>(
    `select ${COLUMNS} from access_roles where tenant_id = $1 order by name`,
    [tenantId],
  )
  return rows.map(roleOf)
}

/** Answers whether it is new: a name in use stays whose it is. */
export const insertRole = async (tx: Tx, role: RoleRecord): Promise<boolean> => {
  const rows = await tx.query(
    `insert into access_roles (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (tenant_id, name) do nothing returning name`,
    valuesOf(role),
  )
  return rows.length > 0
}

export const replaceRole = async (tx: Tx, role: RoleRecord): Promise<void> => {
  await tx.query(
    `update access_roles set description = $3, inherits = $4, permissions = $5,
       created_at = $6, updated_at = $7
     where tenant_id = $1 and name = $2`,
    valuesOf(role),
  )
}

export const deleteRole = async (tx: Tx, tenantId: TenantId, name: string): Promise<void> => {
  await tx.query('delete from access_roles where tenant_id = $1 and name = $2', [tenantId, name])
}

/** One after the other may change the roles of a tenant, so that no circle arises between two. */
export const lockRoles = async (tx: Tx, tenantId: TenantId): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('access roles ' || $1, 0))`, [
    tenantId,
  ])
}

const valuesOf = (role: RoleRecord) => [
  role.tenantId,
  role.name,
  role.description,
  role.inherits,
  JSON.stringify(role.permissions),
  role.createdAt,
  role.updatedAt,
]
