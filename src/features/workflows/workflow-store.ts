import type {
  ParsedWorkflowListQuery,
  TenantId,
  WorkflowId,
  WorkflowSourceFormat,
} from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { versionRank } from '#platform/version-rank.ts'
import type { WorkflowDefinition } from './definition.ts'
import type { WorkflowRecord, WorkflowSource, WorkflowSummaryRecord } from './workflow.ts'

interface WorkflowRow {
  id: string
  tenant_id: string
  definition: WorkflowDefinition
  sha256: string
  is_saga: boolean
  owner_id: string
  owner_name: string
  created_at: Date
}

const COLUMNS = `w.id, w.tenant_id, w.definition, w.sha256, w.is_saga, w.owner_id, w.owner_name,
  w.created_at`

const workflowOf = (row: WorkflowRow): WorkflowRecord => ({
  id: row.id as WorkflowId,
  tenantId: row.tenant_id as TenantId,
  definition: row.definition,
  sha256: row.sha256,
  isSaga: row.is_saga,
  ownerId: row.owner_id,
  ownerName: row.owner_name,
  createdAt: row.created_at,
})

/** Throws `ConstraintError` `workflows_version_once` when this version ever existed. */
export const insertWorkflow = async (
  db: Queryable,
  workflow: WorkflowRecord & { source: WorkflowSource; definitionText: string },
): Promise<void> => {
  const { definition } = workflow
  await db.query(
    `insert into workflows (id, tenant_id, name, version, version_rank, description, tags, source,
       source_format, definition, sha256, step_count, is_saga, owner_id, owner_name, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      workflow.id,
      workflow.tenantId,
      definition.name,
      definition.version,
      versionRank(definition.version),
      definition.description,
      definition.tags,
      workflow.source.text,
      workflow.source.format,
      workflow.definitionText,
      workflow.sha256,
      definition.steps.length,
      workflow.isSaga,
      workflow.ownerId,
      workflow.ownerName,
      workflow.createdAt,
    ],
  )
}

/** Deleted ones as well: runs that began go on. For work that is not a caller's: asks for no tenant. */
export const loadWorkflow = async (
  db: Queryable,
  id: WorkflowId,
): Promise<WorkflowRecord | null> => {
  const [row] = await db.query<WorkflowRow>(
    `select ${COLUMNS} from workflows as w where w.id = $1`,
    [id],
  )
  return row ? workflowOf(row) : null
}

export const findIdById = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<WorkflowId | null> => {
  const [row] = await db.query<{ id: string }>(
    `select w.id from workflows as w
     where w.tenant_id = $1 and w.id = $2 and w.deleted_at is null`,
    [tenantId, id],
  )
  return row ? (row.id as WorkflowId) : null
}

/** The id of the greatest version of this name that was not set aside for a lower one. */
export const findLatestId = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<WorkflowId | null> => {
  const [row] = await db.query<{ id: string }>(
    `select w.id from workflows as w
     where w.tenant_id = $1 and w.name collate "C" = $2 and w.deleted_at is null
     order by w.is_set_aside, w.version_rank desc limit 1`,
    [tenantId, name],
  )
  return row ? (row.id as WorkflowId) : null
}

export interface PublishedVersion {
  id: WorkflowId
  sha256: string
  isDeleted: boolean
}

/** A version that was published at any time, deleted or not. */
export const findVersion = async (
  db: Queryable,
  tenantId: TenantId,
  { name, version }: { name: string; version: string },
): Promise<PublishedVersion | null> => {
  const [row] = await db.query<{ id: string; sha256: string; is_deleted: boolean }>(
    `select w.id, w.sha256, w.deleted_at is not null as is_deleted from workflows as w
     where w.tenant_id = $1 and w.name = $2 and w.version = $3`,
    [tenantId, name, version],
  )
  return row ? { id: row.id as WorkflowId, sha256: row.sha256, isDeleted: row.is_deleted } : null
}

/** Of these references (`name` or `name@version`), those that name a version that is there. */
export const findKnownReferences = async (
  db: Queryable,
  tenantId: TenantId,
  references: readonly string[],
): Promise<Set<string>> => {
  const rows = await db.query<{ reference: string }>(
    `select r.reference from unnest($2::text[]) as r (reference)
     where exists (
       select 1 from workflows as w
       where w.tenant_id = $1 and w.name collate "C" = split_part(r.reference, '@', 1)
         and w.deleted_at is null
         and (position('@' in r.reference) = 0
           or w.version = substr(r.reference, position('@' in r.reference) + 1)))`,
    [tenantId, references],
  )
  return new Set(rows.map((row) => row.reference))
}

export const readSource = async (db: Queryable, id: WorkflowId): Promise<WorkflowSource | null> => {
  const [row] = await db.query<{ source: string; source_format: WorkflowSourceFormat }>(
    'select w.source, w.source_format from workflows as w where w.id = $1',
    [id],
  )
  return row ? { text: row.source, format: row.source_format } : null
}

interface SummaryRow {
  id: string
  name: string
  version: string
  description: string
  tags: string[]
  sha256: string
  step_count: number
  is_saga: boolean
  owner_name: string
  created_at: Date
}

const SUMMARY = `w.id, w.name, w.version, w.description, w.tags, w.sha256, w.step_count, w.is_saga,
  w.owner_name, w.created_at`

const summaryOf = (row: SummaryRow): WorkflowSummaryRecord => ({
  id: row.id as WorkflowId,
  name: row.name,
  version: row.version,
  description: row.description,
  tags: row.tags,
  sha256: row.sha256,
  stepCount: row.step_count,
  isSaga: row.is_saga,
  ownerName: row.owner_name,
  createdAt: row.created_at,
})

/** The latest version of each name, by name, behind the name `after`; one more than `limit`. */
export const listLatest = async (
  db: Queryable,
  tenantId: TenantId,
  query: ParsedWorkflowListQuery & { after: string | null },
): Promise<WorkflowSummaryRecord[]> => {
  const text = query.q?.toLowerCase().replaceAll(/[\\%_]/g, (sign) => `\\${sign}`) ?? null
  const rows = await db.query<SummaryRow>(
    `select ${SUMMARY} from (
       select distinct on (v.name collate "C") v.* from workflows as v
       where v.tenant_id = $1 and v.deleted_at is null
         and ($2::text is null or v.name collate "C" > $2)
       order by v.name collate "C", v.is_set_aside, v.version_rank desc) as w
     where ($3::text is null or w.name like '%' || $3 || '%'
         or lower(w.description) like '%' || $3 || '%')
       and ($4::text is null or w.tags @> array[$4::text])
     order by w.name collate "C" limit $5`,
    [tenantId, query.after, text, query.tag ?? null, query.limit + 1],
  )
  return rows.map(summaryOf)
}

/** Versions of a name, the greatest first, behind the version `after`; one more than `limit`. */
export const listVersions = async (
  db: Queryable,
  tenantId: TenantId,
  query: { name: string; limit: number; after: string | null },
): Promise<WorkflowSummaryRecord[]> => {
  const rows = await db.query<SummaryRow>(
    `select ${SUMMARY} from workflows as w
     where w.tenant_id = $1 and w.name collate "C" = $2 and w.deleted_at is null
       and ($3::text is null or w.version_rank < $3)
     order by w.version_rank desc limit $4`,
    [tenantId, query.name, query.after === null ? null : versionRank(query.after), query.limit + 1],
  )
  return rows.map(summaryOf)
}

/** @returns false when somebody else deleted it first */
export const markDeleted = async (
  db: Queryable,
  workflow: { tenantId: TenantId; id: WorkflowId; now: Date },
): Promise<boolean> => {
  const rows = await db.query(
    `update workflows set deleted_at = $3
     where tenant_id = $1 and id = $2 and deleted_at is null returning id`,
    [workflow.tenantId, workflow.id, workflow.now],
  )
  return rows.length > 0
}
