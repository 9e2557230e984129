import type { CadreEvent, Run, RunStep, RunTrigger } from '@cadre/contract'
import { printable } from './printable.ts'
import { duration } from './wording.ts'

/** `order@1.2.0` */
export const workflowOf = (run: Run): string => `${run.workflow_name}@${run.workflow_version}`

/** The status, with what stands in its way. */
export const runState = (run: Run): string => {
  if (run.is_paused) return `${run.status}, paused`
  return run.is_ending && run.status === 'RUNNING' ? `${run.status}, ending` : run.status
}

const TRIGGERS: Record<RunTrigger, string> = {
  api: 'by hand or program',
  schedule: 'by a schedule',
  webhook: 'by a webhook',
  workflow: 'by another workflow',
  rerun: 'again',
}
export const triggerWords = (trigger: RunTrigger): string => TRIGGERS[trigger] ?? trigger

/** `pay`, `read [3]`, `undo pay` */
export const stepName = (
  step: Pick<RunStep, 'step' | 'is_compensation'> & { item: number | null | undefined },
): string => {
  const item = step.item === null || step.item === undefined ? '' : ` [${step.item}]`
  return `${step.is_compensation ? 'undo ' : ''}${step.step}${item}`
}

/** A sum of money; nothing where it was for nothing. */
export const money = (cost: string | null): string =>
  cost === null || Number(cost) === 0 ? '' : `$${cost.replace(/(\.\d\d\d*?)0+$/, '$1')}`

/** How long a run has taken or takes. */
export const runDuration = (run: Run, now = Date.now()): string =>
  duration(run.duration_ms ?? Math.max(0, now - Date.parse(run.created_at)))

const CHANGES: Readonly<Record<string, string>> = {
  started: 'begins',
  completed: 'is done',
  failed: 'has failed',
  skipped: 'is left out',
  cancelled: 'is cancelled',
  held: 'is held: a person must decide',
}

/** One event of a run as a sentence; nothing for those that say nothing to a person. */
export const eventWords = ({ type, data }: CadreEvent, runId: string): string | undefined => {
  const [kind = '', change = ''] = type.split('.')
  const details = [
    data.attempts !== undefined && data.attempts > 1 ? `${data.attempts} attempts` : undefined,
    data.duration_ms ? `in ${duration(data.duration_ms)}` : undefined,
    money(data.cost ?? null) || undefined,
    data.error ?? undefined,
  ].filter((detail) => detail !== undefined)
  const behind = details.length === 0 ? '' : ` (${details.join(', ')})`
  const name = stepName({
    step: data.step ?? '',
    item: data.item,
    is_compensation: kind === 'compensation',
  })
  const said = (text: string) => printable(text)
  if (kind === 'step' && change === 'decided')
    return said(`${name}: ${data.message} by ${data.actor_name}`)
  // Elements come by the hundred: that they begin says little beside that they are done.
  if (change === 'started' && data.item !== undefined) return undefined
  if (kind === 'step' || kind === 'compensation')
    return change in CHANGES ? said(`${name} ${CHANGES[change]}${behind}`) : undefined
  if (type === 'approval.requested')
    return said(`${name} asks: ${data.message ?? ''}`) + decide(runId, data.step)
  if (type === 'signal.received') return said(`signal ${data.message} from ${data.actor_name}`)
  if (type === 'run.compensating') return said(`What was done is undone: ${data.error}`)
  if (type === 'run.stuck') return 'The run has not moved for too long.'
  if (type === 'run.paused') return 'The run is paused.'
  if (type === 'run.resumed') return 'The run goes on.'
  return undefined
}

const decide = (runId: string, step: string | undefined): string =>
  `\n  cadre approve ${runId} ${step}   or   cadre reject ${runId} ${step}`
