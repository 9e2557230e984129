import type { Queryable, Tx } from '#platform/db/db.ts'
import type { AgentRecord, SignedStatement } from './agent.ts'
import { agentOf, COLUMNS, type AgentRow } from './agent-store.ts'

/** Told when anything that is signed of an agent was changed, which nothing of Cadre's does. */
export const AGENTS_CHANGED_CHANNEL = 'cadre_agents_changed'

/** Agents that nobody signed yet, in the order of their ids. */
export const findUnsignedAgents = async (
  db: Queryable,
  { after, limit }: { after: string; limit: number },
): Promise<AgentRecord[]> => {
  const rows = await db.query<AgentRow>(
    `select ${COLUMNS} from agents as a
     where a.id > $1 and a.deleted_at is null and a.statement_payload is null
     order by a.id limit $2`,
    [after, limit],
  )
  return rows.map(agentOf)
}

export const writeStatements = async (
  tx: Tx,
  signed: readonly { id: string; statement: SignedStatement }[],
): Promise<void> => {
  await tx.query(
    `update agents as a set statement_payload = s.payload,
       statement_signature = decode(s.signature, 'hex'), statement_key_id = s.key_id
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
       as s (id, payload, signature, key_id)
     where a.id = s.id`,
    [
      signed.map(({ id }) => id),
      signed.map(({ statement }) => statement.payload),
      signed.map(({ statement }) => Buffer.from(statement.signature).toString('hex')),
      signed.map(({ statement }) => statement.keyId),
    ],
  )
}
