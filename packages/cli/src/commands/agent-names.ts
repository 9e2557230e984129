import { printable } from '../printable.ts'
import type { Action } from '../session.ts'

/** For completion scripts: names only, and silence where Cadre does not answer. */
export const printAgentNames: Action = async ({ client, terminal }) => {
  const agents = await client.agents.list({ limit: 100, enabled: 'true' }).catch(() => undefined)
  for (const name of new Set(agents?.items.map((agent) => agent.name))) {
    terminal.line(printable(name))
  }
}
