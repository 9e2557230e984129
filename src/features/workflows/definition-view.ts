import type { CompensationDocument, StepDocument, WorkflowDocument } from '@cadre/contract'
import type { AgentAction, StepAction, StepDefinition, WorkflowDefinition } from './definition.ts'

/** A definition in its author's language, with all defaults written out; reads back as the same. */
export const documentOf = (definition: WorkflowDefinition): WorkflowDocument =>
  present({
    name: definition.name,
    version: definition.version,
    description: definition.description,
    tags: [...definition.tags],
    trigger: present({ schema: definition.trigger.schema }) as WorkflowDocument['trigger'],
    payload: definition.payload as WorkflowDocument['payload'],
    cost_limit: definition.costLimit,
    timeout_seconds: definition.timeoutSeconds,
    steps: Object.fromEntries(definition.steps.map((step) => [step.name, stepOf(step)])),
    output: definition.output as WorkflowDocument['output'],
  })

const stepOf = (step: StepDefinition): StepDocument =>
  present({
    title: step.title,
    ...actionOf(step.action),
    needs: [...step.needs],
    when: step.when,
    for_each:
      step.forEach === null
        ? null
        : { items: step.forEach.items, concurrency: step.forEach.concurrencyMax },
    payload: step.payload as StepDocument['payload'],
    on_failure: step.onFailure,
    compensation:
      step.compensation === null ? null : (agentOf(step.compensation) as CompensationDocument),
  })

const actionOf = (action: StepAction): StepDocument => {
  switch (action.kind) {
    case 'agent':
      return agentOf(action)
    case 'workflow':
      return present({ workflow: action.workflow, input: action.input as StepDocument['input'] })
    case 'approval':
      return {
        approval: present({
          message: String(action.message),
          input: action.input as StepDocument['input'],
          deadline_seconds: action.deadlineSeconds,
          on_deadline: action.onDeadline,
        }),
      }
    case 'signal':
      return { signal: present({ name: action.signal, timeout_seconds: action.timeoutSeconds }) }
    case 'delay':
      return { delay: present({ seconds: action.seconds, until: action.until }) }
  }
}

const agentOf = (action: AgentAction): StepDocument =>
  present({
    agent: action.agent,
    capability: action.capability,
    input: action.input as StepDocument['input'],
    priority: action.priority,
    max_retries: action.maxRetries,
    backoff: action.backoff,
    no_retry_on: action.noRetryOn === null ? null : [...action.noRetryOn],
    timeouts: action.timeouts,
  })

/** Leaves out what is null: in a document, that says the same. */
const present = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], null>
  }
