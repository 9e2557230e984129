import type { ParsedCreateTask } from '@cadre/contract'
import type { Entity, Resource, RunWorkflows } from '#features/access/index.ts'
import type { AgentRecord } from '#features/agents/index.ts'
import type { TaskRecord } from './task.ts'

/**
 * A task as decisions about access see it: it belongs to the agent that it is for and the one that
 * holds it, to its schedule, its run, and the workflow of that where the caller looked it up.
 */
export const taskResource = (task: TaskRecord, workflows?: RunWorkflows): Resource<'Task'> => ({
  type: 'Task',
  id: task.id,
  parents: parentsOf(task, workflows),
  attributes: {
    kind: task.kind,
    status: task.status,
    priority: task.priority,
    capability: task.capability ?? '',
    tags: task.tags,
    cost: task.cost ?? '0',
  },
})

const parentsOf = (task: TaskRecord, workflows: RunWorkflows | undefined): Entity[] => {
  const { agentId, assignedAgentId, runId, scheduleId } = task
  const agents = [...new Set([agentId, assignedAgentId])].flatMap((id) => id ?? [])
  const workflow = runId === null ? undefined : workflows?.get(runId)
  return [
    ...agents.map((id): Entity => ({ type: 'Agent', id })),
    ...(runId === null ? [] : [{ type: 'Run' as const, id: runId }]),
    ...(workflow === undefined ? [] : [{ type: 'Workflow' as const, id: workflow }]),
    ...(scheduleId === null ? [] : [{ type: 'Schedule' as const, id: scheduleId }]),
  ]
}

/** A task that is about to be made. Its cost is the price of its agent. */
export const newTaskResource = (
  request: Pick<ParsedCreateTask, 'priority' | 'capability' | 'tags'>,
  agent: AgentRecord | null,
): Resource<'Task'> => ({
  type: 'Task',
  id: '',
  parents: agent === null ? [] : [{ type: 'Agent', id: agent.id }],
  attributes: {
    kind: 'queued',
    status: 'TODO',
    priority: request.priority,
    capability: request.capability ?? '',
    tags: request.tags,
    cost: agent?.price ?? '0',
  },
})
