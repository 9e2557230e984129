import type {
  AgentExample,
  AgentId,
  AgentRuntime,
  ParsedAgentListQuery,
  TenantId,
} from '@cadre/contract'
import type { Queryable, SqlValue } from '#platform/db/db.ts'
import { versionRank } from '#platform/version-rank.ts'
import type { AgentRecord } from './agent.ts'
import type { ModuleReport } from './module-inspector.ts'

export interface AgentRow {
  id: string
  tenant_id: string
  name: string
  version: string
  description: string
  owner_id: string
  owner_name: string
  runtime: AgentRuntime
  capabilities: string[]
  examples: AgentExample[]
  is_enabled: boolean
  price: string
  binary_key: string | null
  binary_sha256: string | null
  binary_bytes: number | null
  module_report: ModuleReport | null
  rating: number | null
  concurrency_max: number | null
  last_error: string | null
  last_seen_at: Date | null
  created_at: Date
  updated_at: Date
  statement_payload: string | null
  statement_signature: Uint8Array | null
  statement_key_id: string | null
}

export const COLUMNS = `a.id, a.tenant_id, a.name, a.version, a.description, a.owner_id, a.owner_name,
  a.runtime, a.capabilities, a.examples, a.is_enabled, a.price, a.binary_key, a.binary_sha256,
  a.binary_bytes, a.module_report, a.rating, a.last_error, a.last_seen_at, a.created_at,
  a.updated_at, a.concurrency_max, a.statement_payload, a.statement_signature, a.statement_key_id`

export const agentOf = (row: AgentRow): AgentRecord => ({
  id: row.id as AgentId,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  version: row.version,
  description: row.description,
  ownerId: row.owner_id,
  ownerName: row.owner_name,
  runtime: row.runtime,
  capabilities: row.capabilities,
  examples: row.examples,
  isEnabled: row.is_enabled,
  price: row.price,
  binary:
    row.binary_key === null ||
    row.binary_sha256 === null ||
    row.binary_bytes === null ||
    row.module_report === null
      ? null
      : {
          key: row.binary_key,
          sha256: row.binary_sha256,
          bytes: row.binary_bytes,
          report: row.module_report,
        },
  rating: row.rating,
  concurrencyMax: row.concurrency_max,
  lastError: row.last_error,
  lastSeenAt: row.last_seen_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  statement:
    row.statement_payload === null ||
    row.statement_signature === null ||
    row.statement_key_id === null
      ? null
      : {
          payload: row.statement_payload,
          signature: row.statement_signature,
          keyId: row.statement_key_id,
        },
})

/** Throws `ConstraintError` `agents_version_once` when this version ever existed. */
export const insertAgent = async (db: Queryable, agent: AgentRecord): Promise<void> => {
  await db.query(
    `insert into agents (id, tenant_id, name, version, version_rank, description, owner_id,
       owner_name, runtime, capabilities, examples, is_enabled, price, binary_key, binary_sha256,
       binary_bytes, module_report, created_at, updated_at, statement_payload, statement_signature,
       statement_key_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, $22)`,
    [
      agent.id,
      agent.tenantId,
      agent.name,
      agent.version,
      versionRank(agent.version),
      agent.description,
      agent.ownerId,
      agent.ownerName,
      agent.runtime,
      agent.capabilities,
      JSON.stringify(agent.examples),
      agent.isEnabled,
      agent.price,
      agent.binary?.key ?? null,
      agent.binary?.sha256 ?? null,
      agent.binary?.bytes ?? null,
      agent.binary ? JSON.stringify(agent.binary.report) : null,
      agent.createdAt,
      agent.updatedAt,
      agent.statement?.payload ?? null,
      agent.statement?.signature ?? null,
      agent.statement?.keyId ?? null,
    ],
  )
}

export const findAgentById = async (
  db: Queryable,
  tenantId: TenantId,
  id: string,
): Promise<AgentRecord | null> => {
  const [row] = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where a.tenant_id = $1 and a.id = $2 and a.deleted_at is null`,
    [tenantId, id],
  )
  return row ? agentOf(row) : null
}

/** Agents that were not deleted, by id. For work that is not a caller's: asks for no tenant. */
export const findPresentAgents = async (
  db: Queryable,
  ids: readonly AgentId[],
): Promise<Map<string, AgentRecord>> => {
  if (ids.length === 0) return new Map()
  const rows = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a where a.id = any ($1::uuid[]) and a.deleted_at is null`,
    [[...new Set(ids)]],
  )
  return new Map(rows.map((row) => [row.id, agentOf(row)]))
}

/** The greatest version of this name that was not set aside for a lower one. */
export const findLatestByName = async (
  db: Queryable,
  tenantId: TenantId,
  name: string,
): Promise<AgentRecord | null> => {
  const [row] = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where a.tenant_id = $1 and a.name = $2 and a.deleted_at is null
     order by a.is_set_aside, a.version_rank desc limit 1`,
    [tenantId, name],
  )
  return row ? agentOf(row) : null
}

/** One version of a name. */
export const findVersion = async (
  db: Queryable,
  tenantId: TenantId,
  { name, version }: { name: string; version: string },
): Promise<AgentRecord | null> => {
  const [row] = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where a.tenant_id = $1 and a.name = $2 and a.version = $3 and a.deleted_at is null`,
    [tenantId, name, version],
  )
  return row ? agentOf(row) : null
}

export const versionWasPublished = async (
  db: Queryable,
  tenantId: TenantId,
  version: { name: string; version: string },
): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from agents where tenant_id = $1 and name = $2 and version = $3',
    [tenantId, version.name, version.version],
  )
  return rows.length > 0
}

/** Enabled agents that offer a capability, greatest version first. */
export const findByCapability = async (
  db: Queryable,
  tenantId: TenantId,
  capability: string,
): Promise<AgentRecord[]> => {
  const rows = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where a.tenant_id = $1 and a.capabilities @> array[$2] and a.is_enabled
       and a.deleted_at is null
     order by a.version_rank desc, a.id limit 100`,
    [tenantId, capability],
  )
  return rows.map(agentOf)
}

/** What enabled WASM agents offer, for the worker's subscriptions. */
export const wasmCapabilities = (db: Queryable) =>
  db.query<{ tenant_id: string; capability: string }>(
    `select distinct a.tenant_id, c.capability
     from agents as a cross join lateral unnest(a.capabilities) as c (capability)
     where a.runtime = 'wasm' and a.is_enabled and a.deleted_at is null`,
  )

const SORT_COLUMNS = {
  name: { column: 'a.name', cast: 'text' },
  created_at: { column: 'a.created_at', cast: 'timestamptz' },
} as const

export interface AgentPage {
  agents: AgentRecord[]
  total: number
}

/** One page behind `after` (sort value and id of the last agent seen). */
export const listAgents = async (
  db: Queryable,
  tenantId: TenantId,
  query: ParsedAgentListQuery & { after: readonly [string, string] | null },
): Promise<AgentPage> => {
  const sort = SORT_COLUMNS[query.sort_by]
  const direction = query.sort_order === 'asc' ? 'asc' : 'desc'
  const filters: SqlValue[] = [
    tenantId,
    query.name ?? null,
    query.runtime ?? null,
    query.capability ?? null,
    query.enabled ?? null,
  ]
  const where = `a.tenant_id = $1 and a.deleted_at is null
    and ($2::text is null or a.name = $2) and ($3::text is null or a.runtime = $3)
    and ($4::text is null or a.capabilities @> array[$4::text])
    and ($5::boolean is null or a.is_enabled = $5)`
  const rows = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where ${where} and ($6::text is null or (${sort.column}, a.id)
       ${direction === 'asc' ? '>' : '<'} ($6::text::${sort.cast}, $7::text::uuid))
     order by ${sort.column} ${direction}, a.id ${direction} limit $8`,
    [...filters, query.after?.[0] ?? null, query.after?.[1] ?? null, query.limit + 1],
  )
  const [counted] = await db.query<{ total: number }>(
    `select count(*) as total from agents as a where ${where}`,
    filters,
  )
  return { agents: rows.map(agentOf), total: counted?.total ?? 0 }
}

/** What is looked for as a whole, and its words, ready for `like`. */
interface AgentSearchText {
  q: string
  limit: number
}

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)
const SEARCH_WORDS_MAX = 12
/** How alike a part of a name must be to what was typed (pg_trgm); a slip or two in a word are. */
const ALIKE = 0.4

/**
 * Agents with all of the words in name, capabilities or description: exact names first, then names
 * that begin so, names that hold it, and the rest. Where there are none, those that are spelt alike.
 */
export const searchAgents = async (
  db: Queryable,
  tenantId: TenantId,
  { q, limit }: AgentSearchText,
): Promise<AgentPage> => {
  const text = q.toLowerCase().trim()
  const found = await searchByWords(db, tenantId, { q: text, limit })
  if (found.total > 0 || text.length < 3) return found
  return searchAlike(db, tenantId, { q: text, limit })
}

const searchByWords = async (
  db: Queryable,
  tenantId: TenantId,
  { q, limit }: AgentSearchText,
): Promise<AgentPage> => {
  const words = q.split(/\s+/).filter(Boolean).slice(0, SEARCH_WORDS_MAX).map(escaped)
  const name = escaped(q.replaceAll(/\s+/g, '-'))
  const rows = await db.query<AgentRow & { total: number }>(
    `select ${COLUMNS}, count(*) over () as total from agents as a
     where a.tenant_id = $1 and a.deleted_at is null
       and not exists (
         select 1 from unnest($2::text[]) as w (word)
         where not (a.name like '%' || w.word || '%'
           or lower(a.description) like '%' || w.word || '%'
           or exists (select 1 from unnest(a.capabilities) as c
             where c like '%' || w.word || '%')))
     order by case when a.name like $3 then 0 when a.name like $3 || '%' then 1
         when a.name like '%' || $3 || '%' then 2 else 3 end, a.name, a.version_rank desc
     limit $4`,
    [tenantId, words, name, limit],
  )
  return { agents: rows.map(agentOf), total: rows[0]?.total ?? 0 }
}

const searchAlike = async (
  db: Queryable,
  tenantId: TenantId,
  { q, limit }: AgentSearchText,
): Promise<AgentPage> => {
  const rows = await db.query<AgentRow & { total: number }>(
    `select ${COLUMNS}, count(*) over () as total
     from agents as a cross join lateral (
       select greatest(word_similarity($2, replace(a.name, '-', ' ')),
         0.9 * word_similarity($2, array_to_string(a.capabilities, ' ')),
         0.7 * word_similarity($2, lower(a.description))) as alike) as s
     where a.tenant_id = $1 and a.deleted_at is null and s.alike >= ${ALIKE}
     order by s.alike desc, a.name, a.version_rank desc limit $3`,
    [tenantId, q.replaceAll('-', ' '), limit],
  )
  return { agents: rows.map(agentOf), total: rows[0]?.total ?? 0 }
}

export const setEnabled = async (
  db: Queryable,
  agent: { tenantId: TenantId; id: AgentId; isEnabled: boolean; now: Date },
): Promise<void> => {
  await db.query(
    `update agents set is_enabled = $3, updated_at = $4
     where tenant_id = $1 and id = $2 and deleted_at is null`,
    [agent.tenantId, agent.id, agent.isEnabled, agent.now],
  )
}

export const setConcurrencyMax = async (
  db: Queryable,
  agent: { tenantId: TenantId; id: AgentId; concurrencyMax: number | null; now: Date },
): Promise<void> => {
  await db.query(
    `update agents set concurrency_max = $3, updated_at = $4
     where tenant_id = $1 and id = $2 and deleted_at is null`,
    [agent.tenantId, agent.id, agent.concurrencyMax, agent.now],
  )
}

export const markDeleted = async (
  db: Queryable,
  agent: { tenantId: TenantId; id: AgentId; now: Date },
): Promise<void> => {
  await db.query(
    `update agents set deleted_at = $3, is_enabled = false, updated_at = $3
     where tenant_id = $1 and id = $2`,
    [agent.tenantId, agent.id, agent.now],
  )
}

export const isBinaryUsed = async (db: Queryable, key: string): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from agents where binary_key = $1 and deleted_at is null limit 1',
    [key],
  )
  return rows.length > 0
}

/** Those among these that some agent has. */
export const usedBinaryKeys = async (db: Queryable, keys: readonly string[]): Promise<string[]> => {
  const rows = await db.query<{ binary_key: string }>(
    `select distinct binary_key from agents
     where binary_key = any ($1::text[]) and deleted_at is null`,
    [keys],
  )
  return rows.map((row) => row.binary_key)
}

/** Keeps the latest error of each agent. */
export const setLastErrors = async (
  db: Queryable,
  errors: readonly { agentId: AgentId; error: string }[],
): Promise<void> => {
  await db.query(
    `update agents as a set last_error = e.error
     from unnest($1::uuid[], $2::text[]) as e (id, error) where a.id = e.id`,
    [errors.map((entry) => entry.agentId), errors.map((entry) => entry.error)],
  )
}

export const touchLastSeen = async (
  db: Queryable,
  agentIds: readonly AgentId[],
  now: Date,
): Promise<void> => {
  await db.query('update agents set last_seen_at = $2 where id = any ($1::uuid[])', [agentIds, now])
}

export const namesOfAgents = async (
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, string>> => {
  const rows = await db.query<{ id: string; name: string }>(
    'select id, name from agents where id = any ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row.name]))
}
