import type { Client, RunStep } from '@cadre/contract'

export type Decision = Parameters<Client['runs']['decide']>[2]

/** What a person may decide about a step in this state. */
export const decisionsOf = (
  step: Pick<RunStep, 'kind' | 'status'>,
  { canWork, canManage }: { canWork: boolean; canManage: boolean },
): Decision[] => {
  const { kind, status } = step
  if (kind === 'approval' && status === 'RUNNING') return canWork ? ['approve', 'reject'] : []
  const isHeld = status === 'HELD'
  const isEndable = isHeld || (status === 'RUNNING' && kind !== 'fan_out' && kind !== 'workflow')
  return [
    ...(isHeld && kind === 'agent' && canWork ? (['retry'] as const) : []),
    ...(isEndable && canManage ? (['skip', 'complete'] as const) : []),
  ]
}
