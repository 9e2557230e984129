import type { AgentId, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/**
 * One that was set aside is not what its name means, unless there is no other.
 * @returns false where it was so already
 */
export const setAside = async (
  tx: Tx,
  agent: { tenantId: TenantId; id: AgentId; isSetAside: boolean },
): Promise<boolean> => {
  const rows = await tx.query(
    `update agents set is_set_aside = $3
     where tenant_id = $1 and id = $2 and is_set_aside <> $3 returning 1`,
    [agent.tenantId, agent.id, agent.isSetAside],
  )
  return rows.length > 0
}

/** Versions of a name that were not deleted. */
export const findIdsOfName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<AgentId[]> => {
  const rows = await db.query<{ id: string }>(
    'select id from agents where tenant_id = $1 and name = $2 and deleted_at is null',
    [tenantId, name],
  )
  return rows.map(({ id }) => id as AgentId)
}

/** A version that was deleted; null where it is there, or never was. */
export const findDeletedId = async (
  db: Queryable,
  tenantId: TenantId,
  { name, version }: { name: string; version: string },
): Promise<AgentId | null> => {
  const [row] = await db.query<{ id: string }>(
    `select id from agents
     where tenant_id = $1 and name = $2 and version = $3 and deleted_at is not null`,
    [tenantId, name, version],
  )
  return row === undefined ? null : (row.id as AgentId)
}

/** @returns false when it is there already */
export const reviveAgent = async (
  tx: Tx,
  agent: { tenantId: TenantId; id: AgentId; now: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `update agents set deleted_at = null, is_enabled = true, is_set_aside = false, updated_at = $3
     where tenant_id = $1 and id = $2 and deleted_at is not null returning 1`,
    [agent.tenantId, agent.id, agent.now],
  )
  return rows.length > 0
}
