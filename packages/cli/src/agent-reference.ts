import type { Agent } from '@cadre/contract'
import { CadreError, type Client } from '@cadre/contract/client'
import { CommandError } from './failures.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The agent that a person names: by id, or the newest version by name. */
export const findAgent = async (client: Client, reference: string): Promise<Agent> => {
  if (UUID.test(reference)) return client.agents.get(reference)
  const { items } = await client.agents.list({
    name: reference,
    sort_by: 'created_at',
    sort_order: 'desc',
    limit: 100,
  })
  const found = items.find((agent) => agent.enabled) ?? items[0]
  if (found) return found
  throw await unknownAgent(client, reference)
}

/** Names what the person may have meant. */
export const unknownAgent = async (client: Client, reference: string): Promise<CommandError> => {
  const similar = await client.agents.search(reference).catch(() => undefined)
  const names = [...new Set(similar?.agents.map((agent) => agent.name))].slice(0, 3)
  const hint =
    names.length > 0 ? `Did you mean ${names.join(' or ')}?` : 'See all agents with `cadre agents`.'
  return new CommandError('agent.not_found', `There is no agent "${reference}". ${hint}`)
}

/** Refused because of the agent's name, in a path or in a body. */
export const isAgentMissing = (error: unknown): boolean =>
  error instanceof CadreError &&
  (error.code === 'agent.not_found' || error.details.some(({ field }) => field === 'agent_id'))
