import type { ResourceType, TenantId } from '@cadre/contract'
import { GRANTS_PER_SUBJECT_MAX } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { GrantRecord } from './grants.ts'

interface GrantRow {
  id: string
  tenant_id: string
  principal_id: string | null
  role: string | null
  actions: string[]
  resource_type: string
  resource_id: string
  expires_at: Date | null
  reason: string
  created_by: string
  created_by_name: string
  created_at: Date
}

const COLUMNS = `id, tenant_id, principal_id, role, actions, resource_type, resource_id, expires_at,
  reason, created_by, created_by_name, created_at`

const grantOf = (row: GrantRow): GrantRecord => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  principalId: row.principal_id,
  role: row.role,
  actions: row.actions,
  resource: { type: row.resource_type as ResourceType, id: row.resource_id },
  expiresAt: row.expires_at,
  reason: row.reason,
  createdBy: row.created_by,
  createdByName: row.created_by_name,
  createdAt: row.created_at,
})

export const insertGrant = async (tx: Tx, grant: GrantRecord): Promise<void> => {
  await tx.query(
    `insert into access_grants (${COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      grant.id,
      grant.tenantId,
      grant.principalId,
      grant.role,
      grant.actions,
      grant.resource.type,
      grant.resource.id,
      grant.expiresAt,
      grant.reason,
      grant.createdBy,
      grant.createdByName,
      grant.createdAt,
    ],
  )
}

/** What still holds of a principal's own grants and of those to its roles. */
export const grantsOfPrincipal = async (
  db: Queryable,
  tenantId: TenantId,
  { principalId, roles, now }: { principalId: string; roles: readonly string[]; now: Date },
): Promise<GrantRecord[]> => {
  const rows = await db.query<GrantRow>(
    `(select ${COLUMNS} from access_grants
      where tenant_id = $1 and principal_id = $2 and (expires_at is null or expires_at > $4)
      order by id desc limit $5)
     union all
     (select ${COLUMNS} from access_grants
      where tenant_id = $1 and role = any($3) and (expires_at is null or expires_at > $4)
      order by id desc limit $6)`,
    [
      tenantId,
      principalId,
      [...roles],
      now,
      GRANTS_PER_SUBJECT_MAX,
      GRANTS_PER_SUBJECT_MAX * roles.length,
    ],
  )
  return rows.map(grantOf)
}

export interface ShownGrant extends GrantRecord {
  principalName: string | null
}

export const listGrants = async (
  db: Queryable,
  tenantId: TenantId,
  filter: {
    principalId: string | null
    role: string | null
    limit: number
    after: readonly [string] | null
  },
): Promise<ShownGrant[]> => {
  const conditions = ['g.tenant_id = $1']
  const values: (string | number)[] = [tenantId, filter.limit + 1]
  const where = (condition: string, value: string | null | undefined) => {
    if (value === null || value === undefined) return
    values.push(value)
    conditions.push(`${condition} $${values.length}`)
  }
  where('g.principal_id =', filter.principalId)
  where('g.role =', filter.role)
  where('g.id <', filter.after?.[0])
  const columns = COLUMNS.split(',').map((column) => `g.${column.trim()}`)
  const rows = await db.query<GrantRow & { principal_name: string | null }>(
    `select ${columns.join()}, p.name as principal_name
     from access_grants as g
     left join principals as p on p.id = g.principal_id and p.tenant_id = g.tenant_id
     where ${conditions.join(' and ')} order by g.id desc limit $2`,
    values,
  )
  return rows.map((row) => ({ ...grantOf(row), principalName: row.principal_name }))
}

export const findGrant = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<GrantRecord | null> => {
  const [row] = await db.query<GrantRow>(
    `select ${COLUMNS} from access_grants where tenant_id = $1 and id = $2`,
    [tenantId, id],
  )
  return row ? grantOf(row) : null
}

/** Answers whether it was there. */
export const deleteGrant = async (tx: Tx, tenantId: TenantId, id: string): Promise<boolean> => {
  const rows = await tx.query(
    'delete from access_grants where tenant_id = $1 and id = $2 returning id',
    [tenantId, id],
  )
  return rows.length > 0
}

/** Of the tenant, and of one subject among them; only up to the limits that matter. */
export const countGrants = async (
  tx: Tx,
  tenantId: TenantId,
  subject: { principalId: string | null; role: string | null; now: Date; upTo: number },
): Promise<{ ofTenant: number; ofSubject: number }> => {
  const [row] = await tx.query<{ of_tenant: number; of_subject: number }>(
    `select
       (select count(*)::int from (
          select 1 from access_grants where tenant_id = $1 limit $5) as all_of_them) as of_tenant,
       (select count(*)::int from access_grants where tenant_id = $1
          and (principal_id = $2::uuid or role = $3)
          and (expires_at is null or expires_at > $4)) as of_subject`,
    [tenantId, subject.principalId, subject.role, subject.now, subject.upTo],
  )
  return { ofTenant: row?.of_tenant ?? 0, ofSubject: row?.of_subject ?? 0 }
}

/** Grants that ended before `before`; what is refused long since need not be listed for ever. */
export const deleteEndedGrants = async (
  tx: Tx,
  tenantId: TenantId,
  before: Date,
): Promise<void> => {
  await tx.query('delete from access_grants where tenant_id = $1 and expires_at < $2', [
    tenantId,
    before,
  ])
}

export const grantsToRole = async (
  db: Queryable,
  tenantId: TenantId,
  role: string,
): Promise<number> => {
  const [row] = await db.query<{ grants: number }>(
    'select count(*)::int as grants from access_grants where tenant_id = $1 and role = $2',
    [tenantId, role],
  )
  return row?.grants ?? 0
}
