import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { AGENT_PAYLOAD_TYPE, AgentStatement, MoneyInput } from '@cadre/contract'
import type { Envelope, Registry } from '#features/registry/index.ts'
import type { AgentRecord, SignedStatement } from './agent.ts'

type Published = Omit<AgentRecord, 'statement'>

/**
 * What is signed of an agent: all that decides what runs, for whom and at what price.
 * @param release of an installed agent, what it was installed from
 */
export const statementOf = (
  agent: Published,
  release: AgentStatement['release'] = null,
): AgentStatement => ({
  schema: 'cadre.agent/v1',
  tenant_id: agent.tenantId,
  name: agent.name,
  version: agent.version,
  runtime: agent.runtime,
  sha256: agent.binary?.sha256 ?? null,
  bytes: agent.binary?.bytes ?? null,
  capabilities: [...agent.capabilities],
  price: MoneyInput.parse(agent.price),
  published_at: agent.createdAt.toISOString(),
  release,
})

/** How a statement names the release that an agent was installed from. */
export const releaseMarkOf = ({ payload, keyId }: Envelope): AgentStatement['release'] => ({
  sha256: hash('sha256', payload, 'hex'),
  key_id: keyId,
})

export const signedStatement = ({ payload, signature, keyId }: Envelope): SignedStatement => ({
  payload,
  signature,
  keyId,
})

export type StatementFault = 'unsigned' | 'corrupt' | 'untrusted' | 'invalid'

/** What was found: the keys that vouch for the agent, or why nothing does. */
export type StatementFinding =
  | { fault: null; keyIds: readonly string[] }
  | { fault: StatementFault; keyId: string }

/**
 * Whether the agent is what was signed. First the statement must say what the record says, then
 * its keys must be trusted, then the signature must be right.
 */
export const examineStatement = (
  agent: AgentRecord,
  registry: Pick<Registry, 'isTrusted' | 'standingOf'>,
): StatementFinding => {
  const { statement, ...published } = agent
  if (statement === null) return { fault: 'unsigned', keyId: '' }
  const { keyId } = statement
  const said = parsed(statement.payload)
  if (said === null || !isDeepStrictEqual(said, statementOf(published, said.release)))
    return { fault: 'corrupt', keyId }
  const standing = registry.standingOf({ ...statement, payloadType: AGENT_PAYLOAD_TYPE })
  if (standing !== 'sound') return { fault: standing, keyId }
  const keyIds = said.release === null ? [keyId] : [keyId, said.release.key_id]
  const untrusted = keyIds.find((id) => !registry.isTrusted(id))
  return untrusted === undefined
    ? { fault: null, keyIds }
    : { fault: 'untrusted', keyId: untrusted }
}

const parsed = (payload: string): AgentStatement | null => {
  try {
    const result = AgentStatement.safeParse(JSON.parse(payload))
    return result.success ? result.data : null
  } catch {
    return null
  }
}
