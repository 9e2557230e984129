import type { TenantId, WorkflowId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** One that was set aside is not what its name means, unless there is no other. */
export const setAside = async (
  tx: Tx,
  workflow: { tenantId: TenantId; id: WorkflowId; isSetAside: boolean },
): Promise<void> => {
  await tx.query('update workflows set is_set_aside = $3 where tenant_id = $1 and id = $2', [
    workflow.tenantId,
    workflow.id,
    workflow.isSetAside,
  ])
}

/** Versions of a name that were not deleted. */
export const findIdsOfName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<WorkflowId[]> => {
  const rows = await db.query<{ id: string }>(
    `select id from workflows
     where tenant_id = $1 and name collate "C" = $2 and deleted_at is null`,
    [tenantId, name],
  )
  return rows.map(({ id }) => id as WorkflowId)
}

/** @returns false when it is there already */
export const reviveWorkflow = async (
  tx: Tx,
  workflow: { tenantId: TenantId; id: WorkflowId },
): Promise<boolean> => {
  const rows = await tx.query(
    `update workflows set deleted_at = null, is_set_aside = false
     where tenant_id = $1 and id = $2 and deleted_at is not null returning 1`,
    [workflow.tenantId, workflow.id],
  )
  return rows.length > 0
}
