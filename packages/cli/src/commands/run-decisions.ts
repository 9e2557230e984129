import type { Json, RunStep } from '@cadre/contract'
import { readJsonOption } from '../run-input.ts'
import { stepName } from '../run-wording.ts'
import { findStep, type StepChoice } from '../run-step-reference.ts'
import type { Action, Session } from '../session.ts'

interface DecisionOptions extends StepChoice {
  comment?: string
}

type Kind = 'approve' | 'reject' | 'skip' | 'retry' | 'complete'

const DONE: Record<Kind, string> = {
  approve: 'approved',
  reject: 'rejected',
  skip: 'left out',
  retry: 'tried again',
  complete: 'declared done',
}

interface Decision {
  runId: string
  step: string | undefined
  kind: Kind
  options: DecisionOptions
  result?: Json | undefined
}

const decide = async ({ client, terminal }: Session, decision: Decision): Promise<void> => {
  const { runId, kind, options, result } = decision
  const found: RunStep = await findStep(client, runId, {
    ...options,
    name: decision.step,
    isApproval: kind === 'approve' || kind === 'reject',
  })
  const body = { comment: options.comment, ...(result !== undefined && { result }) }
  const step = await client.runs.decide(runId, found.id, kind, body)
  if (terminal.isJson) return terminal.document(step)
  terminal.line(`${stepName(step)} is ${DONE[kind]}.`)
}

/** `cadre approve RUN [STEP]` */
export const approveStep: Action<[run: string, step: string | undefined], DecisionOptions> = (
  session,
  [runId, step],
  options,
) => decide(session, { runId, step, kind: 'approve', options })

/** `cadre reject RUN [STEP]` */
export const rejectStep: Action<[run: string, step: string | undefined], DecisionOptions> = (
  session,
  [runId, step],
  options,
) => decide(session, { runId, step, kind: 'reject', options })

/** `cadre run skip RUN STEP` */
export const skipStep: Action<[run: string, step: string], DecisionOptions> = (
  session,
  [runId, step],
  options,
) => decide(session, { runId, step, kind: 'skip', options })

/** `cadre run retry RUN STEP` */
export const retryStep: Action<[run: string, step: string], DecisionOptions> = (
  session,
  [runId, step],
  options,
) => decide(session, { runId, step, kind: 'retry', options })

/** `cadre run complete RUN STEP` */
export const completeStep: Action<
  [run: string, step: string],
  DecisionOptions & { result?: string }
> = async (session, [runId, step], options) => {
  const result =
    options.result === undefined
      ? undefined
      : await readJsonOption(session, options.result, '--result')
  return decide(session, { runId, step, kind: 'complete', options, result })
}
