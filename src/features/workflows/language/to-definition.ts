import {
  FAN_OUT_CONCURRENCY_DEFAULT,
  type ParsedCompensationDocument,
  type ParsedStepDocument,
  type ParsedWorkflowDocument,
} from '@cadre/contract'
import type {
  AgentAction,
  DelayAction,
  OnFailure,
  StepAction,
  StepDefinition,
  WorkflowDefinition,
} from '../definition.ts'
import { bareExpression } from './expression-sites.ts'

/** The uniform form of a document in which nothing is wrong. */
export const toDefinition = (document: ParsedWorkflowDocument): WorkflowDefinition => {
  const steps = Object.entries(document.steps)
  const isSaga = steps.some(([, step]) => step.compensation !== undefined)
  const onFailure = document.on_failure ?? (isSaga ? 'compensate' : 'fail')
  return {
    name: document.name,
    version: document.version,
    description: document.description ?? '',
    tags: document.tags ?? [],
    trigger: { schema: document.trigger?.schema ?? null },
    payload: document.payload ?? {},
    steps: steps.map(([name, step]) => stepOf(name, step, onFailure)),
    output: document.output ?? null,
    costLimit: document.cost_limit ?? null,
    timeoutSeconds: document.timeout_seconds ?? null,
  }
}

const stepOf = (name: string, step: ParsedStepDocument, onFailure: OnFailure): StepDefinition => ({
  name,
  title: step.title ?? null,
  needs: typeof step.needs === 'string' ? [step.needs] : (step.needs ?? []),
  when: step.when === undefined ? null : bareExpression(step.when).text,
  forEach: forEachOf(step),
  action: actionOf(step),
  payload: step.payload ?? null,
  onFailure: step.on_failure ?? onFailure,
  compensation: step.compensation === undefined ? null : agentAction(step.compensation),
})

const forEachOf = ({ for_each: forEach }: ParsedStepDocument): StepDefinition['forEach'] => {
  if (forEach === undefined) return null
  const { items, concurrency } =
    typeof forEach === 'string' ? { items: forEach, concurrency: undefined } : forEach
  return {
    items: bareExpression(items).text,
    concurrencyMax: concurrency ?? FAN_OUT_CONCURRENCY_DEFAULT,
  }
}

const actionOf = (step: ParsedStepDocument): StepAction => {
  const { approval, signal, delay, workflow } = step
  if (workflow !== undefined) return { kind: 'workflow', workflow, input: step.input ?? null }
  if (approval !== undefined) {
    const given = typeof approval === 'string' ? { message: approval } : approval
    return {
      kind: 'approval',
      message: given.message,
      input: given.input ?? null,
      deadlineSeconds: given.deadline_seconds ?? null,
      onDeadline: given.on_deadline ?? 'reject',
    }
  }
  if (signal !== undefined) {
    const given = typeof signal === 'string' ? { name: signal } : signal
    return {
      kind: 'signal',
      signal: given.name,
      timeoutSeconds: given.timeout_seconds ?? null,
    }
  }
  return delay === undefined ? agentAction(step) : delayOf(delay)
}

const delayOf = (delay: NonNullable<ParsedStepDocument['delay']>): DelayAction => {
  const { seconds, until } =
    typeof delay === 'object' ? delay : { seconds: delay, until: undefined }
  return {
    kind: 'delay',
    seconds: typeof seconds === 'string' ? bareExpression(seconds).text : (seconds ?? null),
    until: until === undefined ? null : bareExpression(until).text,
  }
}

const agentAction = (given: ParsedCompensationDocument): AgentAction => ({
  kind: 'agent',
  agent: given.agent ?? null,
  capability: given.capability ?? null,
  input: given.input ?? null,
  priority: given.priority ?? 'medium',
  maxRetries: given.max_retries ?? null,
  backoff: given.backoff ?? null,
  noRetryOn: given.no_retry_on ?? null,
  timeouts: given.timeouts ?? null,
})
