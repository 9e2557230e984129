import type { AgentId, AttemptToken, RunId, StepId, TaskId, TenantId } from '@cadre/contract'
import { insertRuns } from '#features/runs/run-store.ts'
import type { RunRecord, StepWrite } from '#features/runs/run.ts'
import { writeSteps } from '#features/runs/step-store.ts'
import { insertTasks, type NewTask } from '#features/tasks/task-insert-store.ts'
import { claimDue, completeHeld, type Claim, type Completion } from '#features/tasks/task-store.ts'
import type { Tx } from '#platform/db/db.ts'
import { anyTask } from './any-task.ts'

// Many tasks, runs and steps at once, one of each for every id.

type Ids = readonly string[]

export interface WideRows {
  tenantId: TenantId
  agentId: AgentId
  queue: string
  now: Date
  later: Date
}

export const claimsOf = ({ tenantId, agentId, later }: WideRows, ids: Ids): Claim[] =>
  ids.map((id) => ({
    taskId: id as TaskId,
    tenantId,
    agentId,
    agentName: 'a',
    capabilities: [],
    token: id as AttemptToken,
    leaseExpiresAt: later,
    holder: null,
    instance: null,
  }))

export const completionsOf = (of: WideRows, ids: Ids): Completion[] =>
  claimsOf(of, ids).map(({ taskId, tenantId, agentId, token }) => ({
    taskId,
    tenantId,
    agentId,
    token,
    result: null,
    cost: null,
    execution: null,
    failure: null,
  }))

export const newTasksOf = ({ tenantId, agentId, queue, now }: WideRows, ids: Ids): NewTask[] =>
  ids.map((id) => ({
    task: { ...anyTask(tenantId, now), id: id as TaskId, agentId },
    inputText: 'null',
    queue,
    agentName: 'a',
    isAdmissible: true,
    isAgentLimited: false,
    isQueueShared: true,
  }))

export const createTasks = (tx: Tx, of: WideRows, ids: Ids): Promise<unknown> =>
  insertTasks(tx, newTasksOf(of, ids), {
    now: of.now,
    windowPerQueue: 1_000,
    redeliverAt: of.later,
  })

export const createClaimedTasks = async (tx: Tx, of: WideRows, ids: Ids): Promise<void> => {
  await createTasks(tx, of, ids)
  await claimDue(tx, claimsOf(of, ids), of.now)
}

export const runsOf = ({ tenantId, now }: WideRows, ids: Ids): RunRecord[] =>
  ids.map((id) => ({
    id: id as RunId,
    tenantId,
    workflowId: tenantId as string as RunRecord['workflowId'],
    workflowName: 'w',
    workflowVersion: '1.0.0',
    status: 'RUNNING',
    outcome: null,
    isPaused: false,
    triggerKind: 'api',
    trigger: null,
    payload: {},
    error: null,
    failedStep: null,
    cost: '0',
    costLimit: null,
    deadlineAt: null,
    parentRunId: null,
    nesting: 0,
    rerunOf: null,
    rerunFrom: null,
    createdBy: tenantId,
    createdByName: 'somebody',
    idempotencyKey: null,
    requestSha256: null,
    traceparent: null,
    createdAt: now,
    updatedAt: now,
    stuckSince: null,
    finishedAt: null,
    durationMs: null,
  }))

/** A running step of an agent in each run; the step's id is the run's. */
export const stepsOf = (
  { tenantId, now }: WideRows,
  ids: Ids,
  change: Partial<StepWrite> = {},
): StepWrite[] =>
  ids.map((id) => ({
    id: id as StepId,
    runId: id as RunId,
    tenantId,
    step: 's',
    item: -1,
    isCompensation: false,
    isHolding: false,
    kind: 'agent',
    status: 'RUNNING',
    depth: 1,
    items: null,
    input: null,
    output: null,
    message: null,
    error: null,
    category: null,
    dueAt: null,
    releasedAt: now,
    endedAt: null,
    ...change,
  }))

/** Runs, each with one step, whose task is claimed. */
export const createRuns = async (tx: Tx, of: WideRows, ids: Ids): Promise<void> => {
  await insertRuns(tx, runsOf(of, ids))
  await writeSteps(tx, stepsOf(of, ids))
  await createClaimedTasks(tx, of, ids)
}

/** The same, with the task done and its step still open. */
export const createRunsWithDoneTasks = async (tx: Tx, of: WideRows, ids: Ids): Promise<void> => {
  await createRuns(tx, of, ids)
  await completeHeld(tx, completionsOf(of, ids), of.now, 'of_runs')
}
