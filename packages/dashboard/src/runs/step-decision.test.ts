import type { StepKind, StepStatus } from '@cadre/contract'
import { expect, test } from 'vitest'
import { decisionsOf } from './step-decision.ts'

const VIEWER: string[] = []
const WORKER = ['run.approve', 'run.control']
const MANAGER = [...WORKER, 'run.decide']

test.each<[string, StepKind, StepStatus, string[], string[]]>([
  ['approval that waits', 'approval', 'RUNNING', WORKER, ['approve', 'reject']],
  ['approval, for a viewer', 'approval', 'RUNNING', VIEWER, []],
  ['approval that is over', 'approval', 'DONE', MANAGER, []],
  ['held step, for a manager', 'agent', 'HELD', MANAGER, ['retry', 'skip', 'complete']],
  ['held step, for a worker', 'agent', 'HELD', WORKER, ['retry']],
  ['held child run', 'workflow', 'HELD', MANAGER, ['skip', 'complete']],
  ['running step', 'agent', 'RUNNING', MANAGER, ['skip', 'complete']],
  ['running step, for a worker', 'agent', 'RUNNING', WORKER, []],
  ['signal that is waited for', 'signal', 'RUNNING', MANAGER, ['skip', 'complete']],
  ['list under way', 'fan_out', 'RUNNING', MANAGER, []],
  ['child run under way', 'workflow', 'RUNNING', MANAGER, []],
  ['recorded compensation', 'agent', 'RECORDED', MANAGER, []],
  ['failed step', 'agent', 'FAILED', MANAGER, []],
])('%s → what may be decided', (_, kind, status, actions, decisions) => {
  const may = (action: string) => actions.includes(action)
  expect(decisionsOf({ kind, status }, may)).toEqual(decisions)
})
