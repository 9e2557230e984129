import type { CadreEvent } from '@cadre/contract'
import type { Client } from '@cadre/contract/client'
import { unknownAgent } from './agent-reference.ts'

const VERSIONS_MAX = 100
const ENDS = new Set(['task.completed', 'task.purged', 'task.cancelled'])

/**
 * Tells events of one agent, in all its versions. Events name the agent by id, by name or, while
 * nobody has claimed the task, not at all: then the task's earlier events tell.
 */
export const agentFilter = async (
  client: Client,
  agent: string,
): Promise<(event: CadreEvent) => boolean> => {
  const { items } = await client.agents.list({ name: agent, limit: VERSIONS_MAX })
  const known = items.length > 0 ? items : [await client.agents.get(agent).catch(() => undefined)]
  const ids = new Set<string>(known.flatMap((found) => (found ? [found.id] : [])))
  if (ids.size === 0) throw await unknownAgent(client, agent)
  const tasks = new Set<string>()

  return ({ type, subject_id, data }) => {
    const isMine =
      ids.has(subject_id) ||
      (typeof data.agent_id === 'string' && ids.has(data.agent_id)) ||
      data.agent_name === agent ||
      tasks.has(subject_id)
    if (!isMine) return false
    if (ENDS.has(type)) tasks.delete(subject_id)
    else if (data.task_id !== undefined) tasks.add(subject_id)
    return true
  }
}
