import type { Client, RunStep } from '@cadre/contract'
import type { May } from '../sign-in/permissions.ts'

export type Decision = Parameters<Client['runs']['decide']>[2]

/** What a person may decide about a step in this state. */
export const decisionsOf = (step: Pick<RunStep, 'kind' | 'status'>, may: May): Decision[] => {
  const { kind, status } = step
  if (kind === 'approval' && status === 'RUNNING')
    return may('run.approve') ? ['approve', 'reject'] : []
  const isHeld = status === 'HELD'
  const isEndable = isHeld || (status === 'RUNNING' && kind !== 'fan_out' && kind !== 'workflow')
  return [
    ...(isHeld && kind === 'agent' && may('run.control') ? (['retry'] as const) : []),
    ...(isEndable && may('run.decide') ? (['skip', 'complete'] as const) : []),
  ]
}
