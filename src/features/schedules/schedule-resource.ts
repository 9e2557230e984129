import type { Entity, Resource } from '#features/access/index.ts'
import type { ScheduleRecord } from './schedule.ts'

/** A schedule as decisions about access see it. */
export const scheduleResource = ({
  id,
  name,
  work,
  createdBy,
  isPaused,
}: Pick<ScheduleRecord, 'name' | 'work' | 'createdBy' | 'isPaused'> & {
  id: string
}): Resource<'Schedule'> => ({
  type: 'Schedule',
  id,
  parents: parentsOf(work),
  attributes: { name, kind: work.kind, owner: createdBy, is_paused: isPaused },
})

/** Agents that are named, not told by their id, are known only when a task is made. */
const parentsOf = (work: ScheduleRecord['work']): Entity[] => {
  if (work.kind === 'workflow') return [{ type: 'Workflow', id: work.workflow.replace(/@.*$/, '') }]
  const { agent_id } = work.task
  return agent_id === undefined ? [] : [{ type: 'Agent', id: agent_id }]
}
