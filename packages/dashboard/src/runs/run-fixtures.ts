import type { Run, RunStep } from '@cadre/contract'

const START_MS = Date.parse('2026-07-01T08:00:00Z')

/** The given second after a fixed moment. */
export const second = (seconds: number): string =>
  new Date(START_MS + seconds * 1_000).toISOString()

export const stepOf = (fields: Partial<RunStep> & { step: string }): RunStep => ({
  id: `00000000-0000-4000-8000-${fields.step.padStart(12, '0').slice(-12)}` as RunStep['id'],
  run_id: '00000000-0000-7000-8000-000000000001' as RunStep['run_id'],
  item: null,
  is_compensation: false,
  kind: 'agent',
  status: 'DONE',
  task_id: null,
  child_run_id: null,
  message: null,
  error: null,
  category: null,
  attempts: 1,
  cost: null,
  items: null,
  items_left: null,
  wait_ms: null,
  duration_ms: null,
  due_at: null,
  decision: null,
  decided_by_name: null,
  comment: null,
  is_reused: false,
  released_at: second(0),
  ended_at: second(1),
  ...fields,
})

export const runOf = (fields: Partial<Run> = {}): Run => ({
  id: '00000000-0000-7000-8000-000000000001' as Run['id'],
  workflow_id: '00000000-0000-7000-8000-00000000000f' as Run['workflow_id'],
  workflow_name: 'order',
  workflow_version: '1.0.0',
  status: 'RUNNING',
  is_paused: false,
  is_ending: false,
  trigger: 'api',
  error: null,
  failed_step: null,
  cost: '0',
  cost_limit: null,
  deadline_at: null,
  parent_run_id: null,
  rerun_of: null,
  rerun_from: null,
  created_by_name: 'somebody',
  created_at: second(0),
  updated_at: second(0),
  stuck_since: null,
  finished_at: null,
  duration_ms: null,
  ...fields,
})
