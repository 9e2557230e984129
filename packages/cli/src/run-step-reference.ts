import type { RunStep } from '@cadre/contract'
import type { Client } from '@cadre/contract/client'
import { CommandError, usageError } from './failures.ts'
import { printable } from './printable.ts'
import { stepName } from './run-wording.ts'
import { count } from './wording.ts'

const STEPS_READ_MAX = 1_000
const NAMES_TOLD_MAX = 5

/** Which of the things called by a step's name is meant. */
export interface StepChoice {
  /** What undoes the step, not the step. */
  compensation?: boolean
  /** Element of its list, from 0. */
  item?: number
}

export interface StepReference extends StepChoice {
  /** Name or id; undefined: the only one that asks for an approval. */
  name: string | undefined
  isApproval: boolean
}

/** The step of a run that a person names. What it is, and whether it can be decided, Cadre says. */
export const findStep = async (
  client: Client,
  runId: string,
  { name, isApproval, compensation, item }: StepReference,
): Promise<RunStep> => {
  if (name === undefined) return theOnlyApproval(client, runId)
  const { items } = await client.runs.steps(runId, { step: name, limit: STEPS_READ_MAX })
  const found = items.filter(
    (step) =>
      (compensation === undefined || step.is_compensation === compensation) &&
      (item === undefined || step.item === item),
  )
  if (found.length === 0) throw await unknownStep(client, runId, name)
  const isOpen = ({ status }: RunStep) => status === 'HELD' || status === 'RUNNING'
  const whole = found.filter((step) => item !== undefined || step.item === null)
  const held = found.filter(({ status }) => status === 'HELD')
  const open = isApproval ? found : held.length > 0 ? held : whole.filter(isOpen)
  if (open.length > 1) {
    const names = open.slice(0, NAMES_TOLD_MAX).map(stepName).join(', ')
    throw usageError(
      `${count(open.length, 'step')} could be meant: ${printable(names)}. Choose with --item or --compensation.`,
    )
  }
  return open[0] ?? whole[0] ?? found[0] ?? Promise.reject(await unknownStep(client, runId, name))
}

const theOnlyApproval = async (client: Client, runId: string): Promise<RunStep> => {
  const { items } = await client.runs.steps(runId, { status: 'RUNNING', limit: STEPS_READ_MAX })
  const [only, ...others] = items.filter(({ kind }) => kind === 'approval')
  if (only === undefined)
    throw new CommandError('run.no_approval', `Run ${runId} asks nobody for an approval now.`)
  if (others.length === 0) return only
  const names = [only, ...others].map(({ step }) => printable(step)).join(', ')
  throw usageError(`Several steps ask for an approval: ${names}. Name one of them.`)
}

const unknownStep = async (client: Client, runId: string, name: string): Promise<CommandError> => {
  const { items } = await client.runs.steps(runId, { with_items: 'false', limit: STEPS_READ_MAX })
  const names = [...new Set(items.map(({ step }) => printable(step)))]
  return new CommandError(
    'run.step_not_found',
    `The run has no such step "${name}", or has not come to it. It has: ${names.join(', ')}.`,
  )
}
