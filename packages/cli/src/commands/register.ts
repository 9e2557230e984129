import { printable } from '../printable.ts'
import type { Action } from '../session.ts'

export interface AgentOptions {
  version?: string
  description?: string
  capability?: string[]
  price?: string
}

/** `cadre register NAME` */
export const registerAgent: Action<[name: string], AgentOptions> = async (
  { client, connection, terminal },
  [name],
  { version, description, capability, price },
) => {
  const agent = await client.agents.register({
    runtime: 'remote',
    name,
    version,
    description,
    capabilities: capability,
    price,
  })
  if (terminal.isJson) return terminal.document(agent)
  terminal.note(`Registered ${printable(agent.name)} ${printable(agent.version)} (${agent.id}).`)
  terminal.note('Its key follows and is shown only now. Start the agent with:')
  terminal.note(`  CADRE_URL=${connection.url} CADRE_KEY=… node agent.js`)
  terminal.line(printable(agent.key ?? ''))
}
