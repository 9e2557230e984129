import type { RunService } from './features/runs/index.ts'
import { createWebhookService } from './features/webhooks/index.ts'
import type { WorkflowDirectory } from './features/workflows/index.ts'

type Options = Parameters<typeof createWebhookService>[0]

/** Webhooks that start workflows, on the parts of other rooms that they need. */
export const openWebhooks = ({
  workflows,
  runs,
  ...parts
}: Omit<Options, 'workflows' | 'runs'> & {
  workflows: { directory: WorkflowDirectory }
  runs: { runs: RunService }
}) => createWebhookService({ ...parts, workflows: workflows.directory, runs: runs.runs })
