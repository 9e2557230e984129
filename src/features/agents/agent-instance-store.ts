import type { AgentId, AgentPresence, AgentTransport, TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

/** One process of a remote agent. */
export interface AgentInstanceRecord {
  id: string
  agentId: AgentId
  tenantId: TenantId
  name: string
  transport: AgentTransport
  /** Null: it did not say. */
  concurrency: number | null
  /** Null: it did not say. */
  inFlight: number | null
  connectedAt: Date
  seenAt: Date
  isLost: boolean
}

interface InstanceRow {
  id: string
  agent_id: string
  tenant_id: string
  name: string
  transport: AgentTransport
  concurrency: number | null
  in_flight: number | null
  connected_at: Date
  seen_at: Date
  is_lost: boolean
}

const COLUMNS = `i.id, i.agent_id, i.tenant_id, i.name, i.transport, i.concurrency, i.in_flight,
  i.connected_at, i.seen_at, i.is_lost`

const instanceOf = (row: InstanceRow): AgentInstanceRecord => ({
  id: row.id,
  agentId: row.agent_id as AgentId,
  tenantId: row.tenant_id as TenantId,
  name: row.name,
  transport: row.transport,
  concurrency: row.concurrency,
  inFlight: row.in_flight,
  connectedAt: row.connected_at,
  seenAt: row.seen_at,
  isLost: row.is_lost,
})

export const countInstances = async (db: Queryable, agentId: AgentId): Promise<number> => {
  const [row] = await db.query<{ count: number }>(
    'select count(*) as count from agent_instances where agent_id = $1',
    [agentId],
  )
  return row?.count ?? 0
}

/** Refreshes a process that is known and was not lost; false where there is none. */
export const refreshInstance = async (
  db: Queryable,
  instance: AgentInstanceRecord,
): Promise<boolean> => {
  const rows = await db.query(
    `update agent_instances set name = $3, transport = $4, concurrency = $5, in_flight = $6,
       seen_at = greatest(seen_at, $7)
     where agent_id = $1 and id = $2 and not is_lost returning 1`,
    [
      instance.agentId,
      instance.id,
      instance.name,
      instance.transport,
      instance.concurrency,
      instance.inFlight,
      instance.seenAt,
    ],
  )
  return rows.length > 0
}

/** Makes a process known, or known again; false when it was not lost. */
export const insertInstance = async (tx: Tx, instance: AgentInstanceRecord): Promise<boolean> => {
  const rows = await tx.query(
    `insert into agent_instances as i (agent_id, id, tenant_id, name, transport, concurrency,
       in_flight, connected_at, seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (agent_id, id) do update set name = excluded.name, transport = excluded.transport,
       concurrency = excluded.concurrency, in_flight = excluded.in_flight,
       connected_at = excluded.connected_at, seen_at = excluded.seen_at, is_lost = false
     where i.is_lost returning 1`,
    [
      instance.agentId,
      instance.id,
      instance.tenantId,
      instance.name,
      instance.transport,
      instance.concurrency,
      instance.inFlight,
      instance.connectedAt,
      instance.seenAt,
    ],
  )
  return rows.length > 0
}

/** Notes by which stream a process that is known is heard of now. */
export const noteStream = async (
  db: Queryable,
  { agentId, id, streamId }: { agentId: AgentId; id: string; streamId: string },
): Promise<void> => {
  await db.query('update agent_instances set stream_id = $3 where agent_id = $1 and id = $2', [
    agentId,
    id,
    streamId,
  ])
}

/** When a process reported itself last; null where it is not known, or lost. */
export const seenAtOf = async (
  db: Queryable,
  { agentId, id }: { agentId: AgentId; id: string },
): Promise<Date | null> => {
  const [row] = await db.query<{ seen_at: Date }>(
    'select seen_at from agent_instances where agent_id = $1 and id = $2 and not is_lost',
    [agentId, id],
  )
  return row?.seen_at ?? null
}

/**
 * Marks a process as lost, unless it has another stream, reported itself since, said goodbye or
 * was lost before.
 */
export const loseWithStream = async (
  tx: Tx,
  last: { agentId: AgentId; id: string; streamId: string; seenAt: Date },
): Promise<AgentInstanceRecord | null> => {
  const [row] = await tx.query<InstanceRow>(
    `update agent_instances as i set is_lost = true
     where i.agent_id = $1 and i.id = $2 and not i.is_lost
       and coalesce(i.stream_id, $3) = $3 and i.seen_at = $4 returning ${COLUMNS}`,
    [last.agentId, last.id, last.streamId, last.seenAt],
  )
  return row === undefined ? null : instanceOf(row)
}

/** Connected ones first, the latest of them first. */
export const listInstances = async (
  db: Queryable,
  agentId: AgentId,
  limit: number,
): Promise<AgentInstanceRecord[]> => {
  const rows = await db.query<InstanceRow>(
    `select ${COLUMNS} from agent_instances as i where i.agent_id = $1
     order by i.is_lost, i.connected_at desc, i.id limit $2`,
    [agentId, limit],
  )
  return rows.map(instanceOf)
}

export const deleteInstance = async (
  tx: Tx,
  agentId: AgentId,
  id: string,
): Promise<AgentInstanceRecord | null> => {
  const [row] = await tx.query<InstanceRow>(
    `delete from agent_instances as i where i.agent_id = $1 and i.id = $2 returning ${COLUMNS}`,
    [agentId, id],
  )
  return row === undefined ? null : instanceOf(row)
}

/** Marks as lost what was seen last before `before`; each process is answered once. */
export const loseInstances = async (
  tx: Tx,
  before: Date,
  limit: number,
): Promise<AgentInstanceRecord[]> => {
  const rows = await tx.query<InstanceRow>(
    `update agent_instances as i set is_lost = true
     where (i.agent_id, i.id) in (
       select agent_id, id from agent_instances where seen_at < $1 and not is_lost
       order by agent_id, id limit $2 for update skip locked)
     returning ${COLUMNS}`,
    [before, limit],
  )
  return rows.map(instanceOf)
}

export const deleteInstancesSeenBefore = async (db: Queryable, before: Date): Promise<void> => {
  await db.query('delete from agent_instances where seen_at < $1 and is_lost', [before])
}

/** The connected processes of each agent together; agents without any are left out. */
export const presenceOfAgents = async (
  db: Queryable,
  agentIds: readonly AgentId[],
): Promise<Map<string, AgentPresence>> => {
  const rows = await db.query<AgentPresence & { agent_id: string }>(
    `select i.agent_id, count(*) as instances, coalesce(sum(i.in_flight), 0)::bigint as in_flight,
       coalesce(sum(i.concurrency), 0)::bigint as concurrency
     from agent_instances as i where i.agent_id = any ($1::uuid[]) and not i.is_lost
     group by i.agent_id`,
    [agentIds],
  )
  return new Map(rows.map(({ agent_id, ...presence }) => [agent_id, presence]))
}
