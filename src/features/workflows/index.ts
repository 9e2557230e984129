export { compileDefinition } from './compile-definition.ts'
export type {
  CompiledStep,
  CompiledWorkflow,
  ExpressionContext,
  StepOutcome,
} from './compiled-workflow.ts'
export type {
  AgentAction,
  ApprovalAction,
  DelayAction,
  ForEach,
  OnFailure,
  SignalAction,
  StepAction,
  StepDefinition,
  WorkflowAction,
  WorkflowDefinition,
} from './definition.ts'
export { ExpressionError } from './expression/expression-error.ts'
export { createDefinitionReader } from './definition-reader.ts'
export { compileTemplate, type CompiledTemplate } from './expression/template.ts'
export { createWorkflowDirectory, type WorkflowDirectory } from './workflow-directory.ts'
export { noSuchWorkflow, workflowNotFound } from './workflow-errors.ts'
export type { WorkflowRecord, WorkflowSource } from './workflow.ts'
export { runsResource, workflowResource } from './workflow-resource.ts'
export { workflowRoutes } from './workflow-handlers.ts'
export { createWorkflowService, type WorkflowService } from './workflow-service.ts'
export { workflowSchemaRoutes } from './workflow-schema.ts'
