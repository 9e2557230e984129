import { forgetInstalled, guardInstalledName } from './features/installs/index.ts'
import {
  createDefinitionReader,
  createWorkflowDirectory,
  createWorkflowService,
} from './features/workflows/index.ts'
import type { Config } from './config.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'

type Parts = Omit<
  Parameters<typeof createWorkflowService>[0],
  'directory' | 'reader' | 'guardName' | 'onDeleted'
>

/** Definitions: found for those who run them, read and kept for those who publish them. */
export const openWorkflows = (
  config: Config,
  { lifecycle, ...parts }: Parts & { lifecycle: ReturnType<typeof createLifecycle> },
) => {
  const { db, clock } = parts
  const directory = createWorkflowDirectory({ db, clock, ttlMs: 1_000 })
  const reader = createDefinitionReader({
    limits: {
      bytesMax: config.CADRE_BODY_BYTES_MAX,
      stepsMax: config.CADRE_WORKFLOW_STEPS_MAX,
    },
    timeoutMs: config.CADRE_WORKFLOW_READ_SECONDS * 1_000,
  })
  lifecycle.onStop('reader of definitions', reader.close)
  const guards = { guardName: guardInstalledName('workflow'), onDeleted: forgetInstalled }
  return { directory, service: createWorkflowService({ ...parts, ...guards, directory, reader }) }
}
