import type { AgentAction, StepDefinition, WorkflowDefinition } from '#features/workflows/index.ts'

// Definitions as publishing makes them, for tests of what comes after publishing.

export const agentAction = (fields: Partial<AgentAction> = {}): AgentAction => ({
  kind: 'agent',
  agent: null,
  capability: 'work',
  input: null,
  priority: 'medium',
  maxRetries: 0,
  backoff: { base_seconds: 0 },
  noRetryOn: null,
  timeouts: null,
  ...fields,
})

export const stepNamed = (name: string, fields: Partial<StepDefinition> = {}): StepDefinition => ({
  name,
  title: null,
  needs: [],
  when: null,
  forEach: null,
  action: agentAction(),
  payload: null,
  onFailure: 'fail',
  compensation: null,
  ...fields,
})

export const workflowOf = (
  name: string,
  steps: readonly StepDefinition[],
  fields: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({
  name,
  version: '1.0.0',
  description: '',
  tags: [],
  trigger: { schema: null },
  payload: {},
  steps,
  output: null,
  costLimit: null,
  timeoutSeconds: null,
  ...fields,
})
