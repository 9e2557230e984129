import type { Workflow, WorkflowSummary } from '@cadre/contract'
import { documentOf } from './definition-view.ts'
import type { WorkflowRecord, WorkflowSource, WorkflowSummaryRecord } from './workflow.ts'

export const workflowView = (workflow: WorkflowRecord, source: WorkflowSource): Workflow => {
  const { definition } = workflow
  return {
    ...summaryView({
      ...workflow,
      name: definition.name,
      version: definition.version,
      description: definition.description,
      tags: [...definition.tags],
      stepCount: definition.steps.length,
    }),
    source: source.text,
    source_format: source.format,
    definition: documentOf(definition),
  }
}

export const summaryView = (workflow: WorkflowSummaryRecord): WorkflowSummary => ({
  id: workflow.id,
  name: workflow.name,
  version: workflow.version,
  description: workflow.description,
  tags: workflow.tags,
  step_count: workflow.stepCount,
  is_saga: workflow.isSaga,
  sha256: workflow.sha256,
  owner: workflow.ownerName,
  created_at: workflow.createdAt.toISOString(),
})
