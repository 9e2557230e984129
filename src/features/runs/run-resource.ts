import type { Resource } from '#features/access/index.ts'
import type { RunRecord } from './run.ts'

/** A run as decisions about access see it. */
export const runResource = (run: RunRecord): Resource<'Run'> => ({
  type: 'Run',
  id: run.id,
  parents: [
    { type: 'Workflow', id: run.workflowName },
    ...(run.parentRunId === null ? [] : [{ type: 'Run' as const, id: run.parentRunId }]),
  ],
  attributes: {
    workflow: run.workflowName,
    version: run.workflowVersion,
    status: run.status,
    owner: run.createdBy,
    cost: run.cost,
  },
})
