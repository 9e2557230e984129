import type { RunId, TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'

/** Of which workflows runs are: what a task of a run belongs to as well. */
export type RunWorkflows = ReadonlyMap<RunId, string>

export const workflowsOfRuns = async (
  db: Queryable,
  tenantId: TenantId,
  runIds: readonly RunId[],
): Promise<RunWorkflows> => {
  if (runIds.length === 0) return new Map()
  const rows = await db.query<{ id: string; workflow_name: string }>(
    'select id, workflow_name from workflow_runs where tenant_id = $1 and id = any($2)',
    [tenantId, [...new Set(runIds)]],
  )
  return new Map(rows.map((row) => [row.id as RunId, row.workflow_name]))
}
