import { AGENT_PAYLOAD_TYPE } from '@cadre/contract'
import type { SignValue } from '#features/registry/index.ts'
import type { Tx } from '#platform/db/db.ts'
import { findUnsignedAgents, writeStatements } from './agent-signing-store.ts'
import { signedStatement, statementOf } from './agent-statement.ts'

const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Signs all agents as they are now: for those that are older than the registry's first key. */
export const signUnsignedAgents = async (tx: Tx, sign: SignValue): Promise<void> => {
  let after = FIRST_ID
  for (;;) {
    const agents = await findUnsignedAgents(tx, { after, limit: PAGE })
    const last = agents.at(-1)
    if (last === undefined) return
    const signed = agents.map((agent) => ({
      id: agent.id,
      statement: signedStatement(sign(AGENT_PAYLOAD_TYPE, statementOf(agent))),
    }))
    await writeStatements(tx, signed)
    after = last.id
  }
}
