import type { TenantId } from '@cadre/contract'
import { POLICIES_PER_TENANT_MAX } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'
import type { ActivePolicy } from './policy-engine.ts'

export interface PolicyRecord {
  id: string
  tenantId: TenantId
  name: string
  description: string
  version: number
  /** Null: none decides. */
  activeVersion: number | null
  /** Of the latest version. */
  text: string
  createdByName: string
  createdAt: Date
  updatedAt: Date
}

export interface PolicyVersionRecord {
  version: number
  text: string
  createdByName: string
  createdAt: Date
}

interface PolicyRow {
  id: string
  tenant_id: string
  name: string
  description: string
  version: number
  active_version: number | null
  text: string
  created_by_name: string
  created_at: Date
  updated_at: Date
}

const SELECTED = `select p.id, p.tenant_id, p.name, p.description, p.version, p.active_version,
    p.created_by_name, p.created_at, p.updated_at, v.text
  from access_policies as p
  join access_policy_versions as v on v.policy_id = p.id and v.version = p.version`

const policyOf = (row: PolicyRow): PolicyRecord => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  description: row.description,
  version: row.version,
  activeVersion: row.active_version,
  text: row.text,
  createdByName: row.created_by_name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** Throws `ConstraintError` `access_policies_name_once` when the tenant has one of this name. */
export const insertPolicy = async (tx: Tx, policy: PolicyRecord): Promise<void> => {
  await tx.query(
    `insert into access_policies
       (id, tenant_id, name, description, version, active_version, created_by_name, created_at,
        updated_at)
     values ($1, $2, $3, $4, $5, null, $6, $7, $8)`,
    [
      policy.id,
      policy.tenantId,
      policy.name,
      policy.description,
      policy.version,
      policy.createdByName,
      policy.createdAt,
      policy.updatedAt,
    ],
  )
  await insertVersion(tx, policy, policy)
}

const insertVersion = async (
  tx: Tx,
  { id, tenantId }: PolicyRecord,
  { version, text, createdByName, createdAt }: PolicyVersionRecord,
): Promise<void> => {
  await tx.query(
    `insert into access_policy_versions
       (policy_id, tenant_id, version, text, created_by_name, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, tenantId, version, text, createdByName, createdAt],
  )
}

/** Adds the version that the record names as its latest. */
export const revisePolicy = async (
  tx: Tx,
  policy: PolicyRecord,
  createdByName: string,
): Promise<void> => {
  await tx.query(
    `update access_policies set version = $3, description = $4, updated_at = $5
     where tenant_id = $1 and id = $2`,
    [policy.tenantId, policy.id, policy.version, policy.description, policy.updatedAt],
  )
  await insertVersion(tx, policy, { ...policy, createdByName, createdAt: policy.updatedAt })
}

export const setActiveVersion = async (
  tx: Tx,
  { tenantId, id }: PolicyRecord,
  version: number | null,
  now: Date,
): Promise<void> => {
  await tx.query(
    `update access_policies set active_version = $3, updated_at = $4
     where tenant_id = $1 and id = $2`,
    [tenantId, id, version, now],
  )
}

export const deletePolicy = async (tx: Tx, tenantId: TenantId, id: string): Promise<void> => {
  await tx.query('delete from access_policies where tenant_id = $1 and id = $2', [tenantId, id])
}

export const findPolicy = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<PolicyRecord | null> => {
  const [row] = await db.query<PolicyRow>(`${SELECTED} where p.tenant_id = $1 and p.id = $2`, [
    tenantId,
    id,
  ])
  return row ? policyOf(row) : null
}

export const lockPolicy = async (
  tx: Tx,
  tenantId: TenantId,
  id: string,
): Promise<PolicyRecord | null> => {
  const [row] = await tx.query<PolicyRow>(
    `${SELECTED} where p.tenant_id = $1 and p.id = $2 for update of p`,
    [tenantId, id],
  )
  return row ? policyOf(row) : null
}

export const countPolicies = async (tx: Tx, tenantId: TenantId): Promise<number> => {
  const [row] = await tx.query<{ policies: number }>(
    'select count(*)::int as policies from access_policies where tenant_id = $1',
    [tenantId],
  )
  return row?.policies ?? 0
}

export const listPolicies = async (
  db: Queryable,
  tenantId: TenantId,
  { limit, after }: { limit: number; after: readonly [string] | null },
): Promise<PolicyRecord[]> => {
  const rows = await db.query<PolicyRow>(
    `${SELECTED} where p.tenant_id = $1 and ($2::uuid is null or p.id < $2::uuid)
     order by p.id desc limit $3`,
    [tenantId, after?.[0] ?? null, limit + 1],
  )
  return rows.map(policyOf)
}

/** The newest first; a policy has a bounded number of versions. */
export const listVersions = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<PolicyVersionRecord[]> => {
  const rows = await db.query<{
    version: number
    text: string
    created_by_name: string
    created_at: Date
  }>(
    `select version, text, created_by_name, created_at from access_policy_versions
     where tenant_id = $1 and policy_id = $2 order by version desc`,
    [tenantId, id],
  )
  return rows.map((row) => ({
    version: row.version,
    text: row.text,
    createdByName: row.created_by_name,
    createdAt: row.created_at,
  }))
}

/** Those that decide, in an order of their own. */
export const activePolicies = (db: Queryable, tenantId: TenantId): Promise<ActivePolicy[]> =>
  db.query<{ id: string; name: string; text: string }>(
    `select p.id, p.name, v.text from access_policies as p
     join access_policy_versions as v on v.policy_id = p.id and v.version = p.active_version
     where p.tenant_id = $1 order by p.id limit $2`,
    [tenantId, POLICIES_PER_TENANT_MAX],
  )
