import { AUDIT_GENESIS, type AuditRecord, type ChainPlace, type TenantId } from '@cadre/contract'
import type { Queryable, SqlValue, Tx } from '#platform/db/db.ts'

interface RecordRow {
  tenant_id: string
  seq: number
  at: Date
  actor_id: string | null
  actor_name: string
  actor_kind: AuditRecord['actor']['kind']
  actor_role: string | null
  action: string
  resource_kind: string
  resource_id: string | null
  resource_name: string | null
  decision: AuditRecord['decision']
  ip: string | null
  user_agent: string | null
  request_id: string | null
  route: string | null
  before: AuditRecord['before']
  after: AuditRecord['after']
  previous_hash: string
  hash: string
}

const COLUMNS = `tenant_id, seq, at, actor_id, actor_name, actor_kind, actor_role, action,
  resource_kind, resource_id, resource_name, decision, ip, user_agent, request_id, route,
  before, after, previous_hash, hash`

/** Locks the end of a tenant's chain until the transaction ends, and makes it if there is none. */
export const lockHead = async (tx: Tx, tenantId: TenantId): Promise<ChainPlace> => {
  const [row] = await tx.query<ChainPlace>(
    `insert into audit_heads as head (tenant_id, seq, hash, removed_hash) values ($1, 0, $2, $2)
     on conflict (tenant_id) do update set seq = head.seq returning seq, hash`,
    [tenantId, AUDIT_GENESIS],
  )
  if (row === undefined) throw new Error('Broken invariant: every chain has a head')
  return row
}

/** Appends behind the head, which the transaction has locked, and moves it. */
export const appendRecord = async (tx: Tx, record: AuditRecord): Promise<void> => {
  const { actor, resource, origin } = record
  await tx.query(
    `with moved as (update audit_heads set seq = $2, hash = $20 where tenant_id = $1)
     insert into audit_records (${COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text::json,
       $18::text::json, $19, $20)`,
    [
      record.tenant_id,
      record.seq,
      record.at,
      actor.id,
      actor.name,
      actor.kind,
      actor.role,
      record.action,
      resource.kind,
      resource.id,
      resource.name,
      record.decision,
      origin?.ip ?? null,
      origin?.user_agent ?? null,
      origin?.request_id ?? null,
      origin?.route ?? null,
      record.before === null ? null : JSON.stringify(record.before),
      record.after === null ? null : JSON.stringify(record.after),
      record.previous_hash,
      record.hash,
    ],
  )
}

export interface AuditFilter {
  actor?: { id: string } | { name: string } | undefined
  /** One action, or how actions begin, such as `agent.`. */
  action?: { name: string } | { prefix: string } | undefined
  /** Id or name. */
  resource?: string | undefined
  decision?: AuditRecord['decision'] | undefined
  since?: Date | undefined
  until?: Date | undefined
  /** Time and number of the last record seen. */
  behind?: readonly [at: string, seq: string] | undefined
  limit: number
}

/** The newest first. */
export const listRecords = async (
  db: Queryable,
  tenantId: TenantId,
  { actor, action, resource, decision, since, until, behind, limit }: AuditFilter,
): Promise<AuditRecord[]> => {
  // Only the filters given: each goes along its own index.
  const values: SqlValue[] = [tenantId, limit]
  const given = (value: SqlValue): string => `$${values.push(value)}`
  const filters: string[] = []
  if (actor !== undefined)
    filters.push(
      'id' in actor ? `actor_id = ${given(actor.id)}` : `actor_name = ${given(actor.name)}`,
    )
  if (action !== undefined)
    filters.push(
      'name' in action
        ? `action = ${given(action.name)}`
        : `starts_with(action, ${given(action.prefix)})`,
    )
  if (resource !== undefined) filters.push(`${given(resource)} in (resource_id, resource_name)`)
  if (decision !== undefined) filters.push(`decision = ${given(decision)}`)
  if (since !== undefined) filters.push(`at >= ${given(since)}`)
  if (until !== undefined) filters.push(`at < ${given(until)}`)
  if (behind !== undefined)
    filters.push(`(at, seq) < (${given(behind[0])}::timestamptz, ${given(behind[1])}::bigint)`)
  const rows = await db.query<RecordRow>(
    `select ${COLUMNS} from audit_records
     where tenant_id = $1 ${filters.map((filter) => `and ${filter}`).join(' ')}
     order by at desc, seq desc limit $2`,
    values,
  )
  return rows.map(recordOf)
}

/** The oldest first, behind `afterSeq` and up to `untilSeq`. */
export const readChain = async (
  db: Queryable,
  tenantId: TenantId,
  { afterSeq, untilSeq, limit }: { afterSeq: number; untilSeq: number; limit: number },
): Promise<AuditRecord[]> => {
  const rows = await db.query<RecordRow>(
    `select ${COLUMNS} from audit_records
     where tenant_id = $1 and seq > $2 and seq <= $3 order by seq limit $4`,
    [tenantId, afterSeq, untilSeq, limit],
  )
  return rows.map(recordOf)
}

export interface ChainBounds {
  /** Behind what retention removed. */
  begin: ChainPlace
  end: ChainPlace
  /** The greatest number of a record at this moment: that of the end, unless somebody meddled. */
  seqMax: number
}

/** Where a tenant's chain begins and ends, by what is noted about it. */
export const readBounds = async (db: Queryable, tenantId: TenantId): Promise<ChainBounds> => {
  const [row] = await db.query<{
    seq: number | null
    hash: string | null
    removed_seq: number | null
    removed_hash: string | null
    seq_max: number | null
  }>(
    `select h.seq, h.hash, h.removed_seq, h.removed_hash,
       (select max(seq) from audit_records where tenant_id = $1) as seq_max
     from (select $1::uuid as tenant_id) as t left join audit_heads as h using (tenant_id)`,
    [tenantId],
  )
  return {
    begin: { seq: row?.removed_seq ?? 0, hash: row?.removed_hash ?? AUDIT_GENESIS },
    end: { seq: row?.seq ?? 0, hash: row?.hash ?? AUDIT_GENESIS },
    seqMax: row?.seq_max ?? row?.seq ?? 0,
  }
}

/**
 * Removes the oldest records before `before`, of all tenants; answers how many went. The heads
 * move first, in a transaction with the records: the database lets nothing else go.
 */
export const removeOldRecords = async (tx: Tx, before: Date, rowsMax: number): Promise<number> => {
  await tx.query(
    `with oldest as (
       select r.tenant_id, r.seq, r.hash,
         bool_and(r.at < $1) over (partition by r.tenant_id order by r.seq) as is_past
       from audit_heads as h cross join lateral (
         select tenant_id, seq, hash, at from audit_records
         where tenant_id = h.tenant_id and seq > h.removed_seq order by seq limit $2) as r),
     past as (
       select distinct on (tenant_id) tenant_id, seq, hash from oldest where is_past
       order by tenant_id, seq desc)
     update audit_heads as head set removed_seq = past.seq, removed_hash = past.hash
     from past where head.tenant_id = past.tenant_id`,
    [before, rowsMax],
  )
  const rows = await tx.query(
    `delete from audit_records as r using audit_heads as h
     where r.tenant_id = h.tenant_id and r.seq <= h.removed_seq returning 1`,
  )
  return rows.length
}

const recordOf = (row: RecordRow): AuditRecord => ({
  tenant_id: row.tenant_id,
  seq: row.seq,
  at: row.at.toISOString(),
  actor: { id: row.actor_id, name: row.actor_name, kind: row.actor_kind, role: row.actor_role },
  action: row.action,
  resource: { kind: row.resource_kind, id: row.resource_id, name: row.resource_name },
  decision: row.decision,
  origin: originOf(row),
  before: row.before,
  after: row.after,
  previous_hash: row.previous_hash,
  hash: row.hash,
})

/** Null only where no column says anything: each one counts when the chain is checked. */
const originOf = ({ ip, user_agent, request_id, route }: RecordRow): AuditRecord['origin'] =>
  [ip, user_agent, request_id, route].every((value) => value === null)
    ? null
    : { ip, user_agent, request_id, route }
