import type { Resource } from '#features/access/index.ts'
import type { AgentRecord } from './agent.ts'

/** An agent as decisions about access see it. */
export const agentResource = (agent: AgentRecord): Resource<'Agent'> => ({
  type: 'Agent',
  id: agent.id,
  parents: [],
  attributes: {
    name: agent.name,
    version: agent.version,
    owner: agent.ownerId,
    runtime: agent.runtime,
    capabilities: agent.capabilities,
    is_enabled: agent.isEnabled,
    price: agent.price,
  },
})

/** One that is about to be published by `ownerId`. */
export const newAgentResource = (
  fields: { name: string; version: string; capabilities: readonly string[]; price: string },
  { runtime, ownerId }: { runtime: AgentRecord['runtime']; ownerId: string },
): Resource<'Agent'> => ({
  type: 'Agent',
  id: '',
  parents: [],
  attributes: {
    name: fields.name,
    version: fields.version,
    owner: ownerId,
    runtime,
    capabilities: fields.capabilities,
    is_enabled: true,
    price: fields.price,
  },
})
