export { createCadre, type Cadre, type CadreOptions } from './cadre.ts'
export {
  startConsuming,
  type Consumer,
  type ConsumeOptions,
  type ConsumerEvent,
} from './start-consuming.ts'
export {
  LeaseLostError,
  ShuttingDownError,
  TaskCancelledError,
  type TaskContext,
  type TaskHandler,
} from './task-context.ts'
export {
  BudgetExceededError,
  PermanentError,
  RateLimitedError,
  RetriableError,
} from './failures.ts'
export { reportFailure, updateTaskStatus, type ReportOptions } from './reports.ts'
export { CadreUnreachableError } from './retrying-fetch.ts'
export { CadreError } from '@cadre/contract/client'
export type {
  Agent,
  Attempt,
  CadreEvent,
  ClaimedTask,
  CreateTask,
  ExecutionResult,
  FailureCategory,
  Json,
  Task,
  TaskStatus,
  TaskSummary,
} from '@cadre/contract'
