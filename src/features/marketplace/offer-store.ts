import type { TenantId, VersionStatus } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'

/** An approved version, as those who install see it. */
export interface OfferedVersion {
  id: string
  version: string
  status: VersionStatus
  statusMessage: string | null
  artefactId: string | null
}

/** Versions of each item that are looked at, the greatest first. */
const VERSIONS_MAX = 500

/** Approved versions of items whose publisher is there, by item, the greatest first. */
export const findOffered = async (
  db: Queryable,
  itemIds: readonly string[],
): Promise<Map<string, OfferedVersion[]>> => {
  const rows = await db.query<{
    item_id: string
    id: string
    version: string
    status: VersionStatus
    status_message: string | null
    artefact_id: string | null
  }>(
    `select i.id as item_id, v.id, v.version, v.status, v.status_message, v.artefact_id
     from marketplace_items as i
       join tenants as t on t.id = i.tenant_id and t.status <> 'deleting'
       cross join lateral (
         select o.id, o.version, o.version_rank, o.status, o.status_message, o.artefact_id
         from marketplace_versions as o
         where o.item_id = i.id and o.state = 'approved' and o.deleted_at is null
         order by o.version_rank desc limit ${VERSIONS_MAX}) as v
     where i.id = any ($1::uuid[])
     order by i.id, v.version_rank desc`,
    [[...new Set(itemIds)]],
  )
  const offered = new Map<string, OfferedVersion[]>()
  for (const row of rows) {
    const versions = offered.get(row.item_id) ?? []
    offered.set(row.item_id, versions)
    const { id, version, status } = row
    versions.push({
      id,
      version,
      status,
      statusMessage: row.status_message,
      artefactId: row.artefact_id,
    })
  }
  return offered
}

/** Those of the names that are listed. */
export const findListedNames = async (
  db: Queryable,
  names: readonly string[],
): Promise<Set<string>> => {
  const rows = await db.query<{ name: string }>(
    'select name from marketplace_listings where name = any ($1::text[])',
    [names],
  )
  return new Set(rows.map(({ name }) => name))
}

/** The listed agent of best quality for each capability. */
export const findListedFor = async (
  db: Queryable,
  capabilities: readonly string[],
): Promise<Map<string, string>> => {
  const rows = await db.query<{ capability: string; name: string }>(
    `select c.capability, l.name from unnest($1::text[]) as c (capability)
       cross join lateral (
         select name from marketplace_listings as l
         where l.capabilities @> array[c.capability] and l.item_type = 'agent'
         order by l.quality desc, l.item_id limit 1) as l`,
    [capabilities],
  )
  return new Map(rows.map(({ capability, name }) => [capability, name]))
}

/** Whether an agent of the tenant was a version of this item. */
export const isSourceOf = async (
  db: Queryable,
  source: { agentId: string; tenantId: TenantId; itemId: string },
): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from marketplace_sources
     where agent_id = $1 and tenant_id = $2 and item_id = $3`,
    [source.agentId, source.tenantId, source.itemId],
  )
  return rows.length > 0
}
