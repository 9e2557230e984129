import { agentQueue, capabilityQueue, type AgentRecord } from '#features/agents/index.ts'
import type { TaskRecord } from './task.ts'

/** Where an attempt of a task waits. */
export interface Dispatch {
  queue: string
  /** False while nobody may take it: its agent is disabled or gone. */
  isAdmissible: boolean
  /** The agent has a limit of its own. */
  isAgentLimited: boolean
}

/** Where the next attempt goes: to its agent, or to whoever offers the capability. */
export const dispatchOf = (
  task: Pick<TaskRecord, 'tenantId' | 'agentId' | 'capability'>,
  agent: AgentRecord | null,
): Dispatch => {
  if (task.agentId === null)
    return {
      queue: capabilityQueue(task.tenantId, task.capability ?? ''),
      isAdmissible: true,
      isAgentLimited: false,
    }
  return agent === null
    ? { queue: DELETED_AGENTS_QUEUE, isAdmissible: false, isAgentLimited: false }
    : {
        queue: agentQueue(agent),
        isAdmissible: agent.isEnabled,
        isAgentLimited: agent.concurrencyMax !== null,
      }
}

/** Nobody takes from it: the task waits, held, until somebody cancels it. */
const DELETED_AGENTS_QUEUE = 'tasks.deleted_agent'
