import type { TenantId } from '@cadre/contract'
import type { Db, Queryable } from '#platform/db/db.ts'
import { isAction } from './actions.ts'
import type { SampledDecision } from './sampled-decision.ts'

export const DECISIONS_KEPT_MAX = 1_000

/** Adds to the samples, and removes what is too much of them. */
export const keepDecisions = (db: Db, decisions: readonly SampledDecision[]): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.query(
      `insert into access_decisions
         (id, tenant_id, at, principal_id, principal, action, resource, context)
       select (d ->> 'id')::uuid, (d ->> 'tenantId')::uuid, (d ->> 'at')::timestamptz,
         (d -> 'principal' ->> 'id')::uuid, d -> 'principal', d ->> 'action',
         nullif(d -> 'resource', 'null'::jsonb), d -> 'circumstances'
       from jsonb_array_elements($1::jsonb) as d`,
      [JSON.stringify(decisions)],
    )
    for (const tenantId of new Set(decisions.map((decision) => decision.tenantId)))
      await tx.query(
        `delete from access_decisions where tenant_id = $1 and id <= (
           select id from access_decisions where tenant_id = $1
           order by id desc offset $2 limit 1)`,
        [tenantId, DECISIONS_KEPT_MAX],
      )
  })

interface DecisionRow {
  id: string
  tenant_id: string
  at: Date
  principal: SampledDecision['principal']
  action: string
  resource: SampledDecision['resource']
  context: SampledDecision['circumstances']
}

/** The newest first. What is about actions that there are no more is left out. */
export const recentDecisions = async (
  db: Queryable,
  tenantId: TenantId,
): Promise<SampledDecision[]> => {
  const rows = await db.query<DecisionRow>(
    `select id, tenant_id, at, principal, action, resource, context from access_decisions
     where tenant_id = $1 order by id desc limit $2`,
    [tenantId, DECISIONS_KEPT_MAX],
  )
  return rows.flatMap(({ action, ...row }) =>
    isAction(action)
      ? [
          {
            id: row.id,
            tenantId: row.tenant_id as TenantId,
            at: row.at,
            principal: row.principal,
            action,
            resource: row.resource,
            circumstances: row.context,
          },
        ]
      : [],
  )
}
