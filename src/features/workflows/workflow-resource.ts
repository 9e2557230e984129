import type { Resource } from '#features/access/index.ts'
import type { WorkflowRecord, WorkflowSummaryRecord } from './workflow.ts'

/** A workflow as decisions about access see it. All its versions are one object: its name. */
export const workflowResource = ({ definition }: WorkflowRecord): Resource<'Workflow'> =>
  summaryResource(definition)

export const summaryResource = ({
  name,
  version,
  tags,
}: Pick<WorkflowSummaryRecord, 'name' | 'version'> & {
  tags: readonly string[]
}): Resource<'Workflow'> => ({
  type: 'Workflow',
  id: name,
  parents: [],
  attributes: { version, tags },
})

/** The runs of a workflow taken together, or one that is about to be started by `ownerId`. */
export const runsResource = (
  workflow: string,
  { version = '', ownerId = '' }: { version?: string; ownerId?: string } = {},
): Resource<'Run'> => ({
  type: 'Run',
  id: '',
  parents: [{ type: 'Workflow', id: workflow }],
  attributes: { workflow, version, status: 'RUNNING', owner: ownerId, cost: '0' },
})
