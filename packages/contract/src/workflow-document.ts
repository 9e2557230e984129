import { z } from 'zod'
import { AgentName, Version } from './agents.ts'
import {
  Backoff,
  BackoffJitter,
  BackoffKind,
  FailureCategory,
  TaskPriority,
  Timeouts,
  TITLE_LENGTH_MAX,
} from './tasks.ts'
import { boundedText, Json, MoneyInput } from './text.ts'

// The language of definitions as authors write it. The published JSON Schema is made from this.

export const WorkflowName = AgentName
export const WorkflowVersion = Version
export const STEP_NAME_LENGTH_MAX = 64
/** Ten years. */
const SECONDS_MAX = 315_576_000
const CONCURRENCY_MAX = 10_000
/** Elements of a fan-out that are worked on at the same time where a step says nothing. */
export const FAN_OUT_CONCURRENCY_DEFAULT = 100

const Reference = boundedText(200, 1)
const Expression = z.string().min(1)
const seconds = z.number().positive().max(SECONDS_MAX)
const Template = Json
const TemplateObject = z.record(z.string(), z.unknown())

const OnFailure = z.enum(['fail', 'compensate', 'continue', 'hold'])

/** What the task of an action carries beside its input; as in `POST /tasks`. */
const taskFields = {
  priority: TaskPriority.optional().meta({
    description: 'Which waiting task goes first. Default medium',
  }),
  max_retries: z.number().int().min(0).max(100).optional().meta({
    description: 'Failures that are tried again before the step has failed',
  }),
  backoff: Backoff.partial()
    .extend({
      kind: BackoffKind.optional().meta({
        description: 'Doubling, growing by the first delay each time, or not at all',
      }),
      jitter: BackoffJitter.optional().meta({
        description: 'What part is left to chance: equal (half of it), full or none',
      }),
    })
    .optional()
    .meta({ description: 'How the delay before a retry grows' }),
  no_retry_on: z.array(FailureCategory).max(FailureCategory.options.length).optional().meta({
    description: 'Categories of failure that are not tried again',
  }),
  timeouts: Timeouts.optional().meta({
    description: 'Time limits in seconds: waiting for an agent, one execution, everything together',
  }),
}

export const CompensationDocument = z.strictObject({
  agent: Reference.optional().meta({ description: 'Agent that undoes the step: name or id' }),
  capability: Reference.optional().meta({
    description: 'Capability whose agents may undo the step, instead of an agent',
  }),
  input: Template.optional().meta({
    description:
      'JSON with expressions; `result` is what the step answered, `error` why the run is undone',
  }),
  ...taskFields,
})

export const ForEachDocument = z.strictObject({
  items: Expression.meta({ description: 'Expression that gives the list' }),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(CONCURRENCY_MAX)
    .optional()
    .meta({
      description: `Elements worked on at the same time. Default ${FAN_OUT_CONCURRENCY_DEFAULT}`,
    }),
})

export const ApprovalDocument = z.strictObject({
  message: z.string().min(1).meta({ description: 'What the person reads; text with expressions' }),
  input: Template.optional().meta({ description: 'What the person may look at beside it' }),
  deadline_seconds: seconds.optional().meta({ description: 'Wait so long at the most' }),
  on_deadline: z.enum(['approve', 'reject']).optional().meta({
    description: 'What happens at the deadline. Default reject',
  }),
})

export const SignalDocument = z.strictObject({
  name: boundedText(100, 1).meta({ description: 'Name of the signal' }),
  timeout_seconds: seconds.optional().meta({
    description: 'The step fails when nothing came until then',
  }),
})

export const DelayDocument = z.strictObject({
  seconds: z
    .union([z.number().min(0).max(SECONDS_MAX), Expression])
    .optional()
    .meta({
      description: 'How long: a number, or an expression that gives one',
    }),
  until: Expression.optional().meta({
    description: 'Expression that gives a timestamp (RFC 3339)',
  }),
})

const StepName = z
  .string()
  .max(STEP_NAME_LENGTH_MAX)
  .regex(
    /^[a-z][a-z0-9_]*$/,
    'a step’s name is made of lower-case letters, digits and underscores and begins with a letter',
  )

export const StepDocument = z.strictObject({
  title: boundedText(TITLE_LENGTH_MAX).optional().meta({ description: 'Shown beside the name' }),
  agent: Reference.optional().meta({
    description: 'Runs an agent: its name (the latest version), name@version or id',
  }),
  capability: Reference.optional().meta({
    description: 'Runs whichever agent offers this capability',
  }),
  workflow: Reference.optional().meta({
    description: 'Runs another workflow: its name (the latest version) or name@version',
  }),
  approval: z
    .union([z.string().min(1), ApprovalDocument])
    .optional()
    .meta({
      description: 'Waits until a person approves; a rejection fails the step',
    }),
  signal: z
    .union([boundedText(100, 1), SignalDocument])
    .optional()
    .meta({
      description: 'Waits until the run is sent this signal; its body is the result',
    }),
  delay: z
    .union([z.number().min(0).max(SECONDS_MAX), Expression, DelayDocument])
    .optional()
    .meta({
      description: 'Waits: seconds, an expression that gives them, or until a moment',
    }),
  needs: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .meta({
      description: 'Steps that must have ended before',
    }),
  when: Expression.optional().meta({
    description: 'Condition in CEL; the step is skipped where it is false',
  }),
  for_each: z.union([Expression, ForEachDocument]).optional().meta({
    description: 'Runs once per element of a list; `item` and `index` stand for it in `input`',
  }),
  input: Template.optional().meta({
    description: 'JSON with expressions between ${ and }, for the agent or workflow',
  }),
  ...taskFields,
  payload: TemplateObject.optional().meta({
    description:
      'Merged into the shared payload when the step is done (RFC 7396); `result` is what it answered',
  }),
  on_failure: OnFailure.optional().meta({
    description:
      'fail: the run fails. compensate: what was done is undone. continue: what needs the step goes on. hold: it waits for a person',
  }),
  compensation: CompensationDocument.optional().meta({
    description: 'Undoes the step when the run is undone',
  }),
})

export const TriggerDocument = z.strictObject({
  schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .optional()
    .meta({
      description: 'JSON Schema (2020-12) of what the run is started with',
    }),
})

export const WorkflowDocument = z
  .strictObject({
    $schema: boundedText(2_000).optional().meta({
      description: 'Address of this schema, for editors; means nothing else',
    }),
    name: WorkflowName.meta({ description: 'Lower-case words joined by hyphens' }),
    version: WorkflowVersion.meta({
      description: 'Semantic version; what was published under it never changes',
    }),
    description: boundedText(2_000).optional().meta({ description: 'What it is for' }),
    tags: z.array(boundedText(64, 1)).max(32).optional().meta({ description: 'To find it by' }),
    trigger: TriggerDocument.optional().meta({ description: 'What starts a run' }),
    payload: TemplateObject.optional().meta({
      description: 'First value of the object that the steps of a run share',
    }),
    cost_limit: MoneyInput.optional().meta({
      description: 'Dollars; a run that has cost more fails',
    }),
    timeout_seconds: seconds.optional().meta({ description: 'The run as a whole' }),
    on_failure: OnFailure.optional().meta({
      description:
        'For steps that say nothing. Default compensate where a step declares a compensation, else fail',
    }),
    steps: z.record(StepName, StepDocument).meta({
      description: 'By name. Steps without needs start at once',
    }),
    output: Template.optional().meta({
      description:
        'What a completed run answers. Default: the results of the steps that nothing needs',
    }),
  })
  .meta({ title: 'Cadre workflow' })
/** A definition as its author writes it. */
export type WorkflowDocument = z.input<typeof WorkflowDocument>
export type ParsedWorkflowDocument = z.output<typeof WorkflowDocument>
export type StepDocument = z.input<typeof StepDocument>
export type ParsedStepDocument = z.output<typeof StepDocument>
export type CompensationDocument = z.input<typeof CompensationDocument>
export type ParsedCompensationDocument = z.output<typeof CompensationDocument>

export const STEP_ACTIONS = [
  'agent',
  'capability',
  'workflow',
  'approval',
  'signal',
  'delay',
] as const
export type StepActionKey = (typeof STEP_ACTIONS)[number]

/** Keys of a step that only some actions take. */
export const KEYS_OF_ACTIONS: Readonly<Record<string, readonly StepActionKey[]>> = {
  input: ['agent', 'capability', 'workflow'],
  for_each: ['agent', 'capability', 'workflow'],
  priority: ['agent', 'capability'],
  max_retries: ['agent', 'capability'],
  backoff: ['agent', 'capability'],
  no_retry_on: ['agent', 'capability'],
  timeouts: ['agent', 'capability'],
  compensation: ['agent', 'capability'],
}
