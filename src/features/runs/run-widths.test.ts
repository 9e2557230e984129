import { randomUUID } from 'node:crypto'
import type { AgentId, RunId, StepId, TaskId, TenantId } from '@cadre/contract'
import { completeHeld } from '#features/tasks/task-store.ts'
import type { Tx } from '#platform/db/db.ts'
import { describeWidths, type Widening } from '../../../test/support/plan-work.ts'
import {
  completionsOf,
  createRuns,
  createRunsWithDoneTasks,
  runsOf,
  stepsOf,
  type WideRows,
} from '../../../test/support/wide-rows.ts'
import { findEarlySignals, insertSignal, takeSignals } from './run-signal-store.ts'
import {
  closeRuns,
  findOrigins,
  insertMessages,
  insertRunEvents,
  insertRuns,
  lockRuns,
  takeMessages,
  writeMoved,
  writeOutputs,
} from './run-store.ts'
import {
  countDownItems,
  countDownNeeds,
  findNextItems,
  findOpenFanOuts,
  findReady,
} from './step-counts-store.ts'
import {
  cancelOpenSteps,
  dropNeedlessCompensations,
  findDueCompensations,
  findUndoable,
  markCancelled,
} from './step-end-store.ts'
import { endFanOuts, findOutcomes, findResults } from './step-outcome-store.ts'
import { endChildSteps, endSteps, endTaskSteps, writeSteps } from './step-store.ts'

// What moves a hundred runs at once must cost each of them what it costs one of ten, however many
// others there are.

const now = new Date('2026-01-02T00:00:00Z')
const of: WideRows = {
  tenantId: randomUUID() as TenantId,
  agentId: randomUUID() as AgentId,
  queue: 'tasks.queue.0',
  now,
  later: new Date(now.getTime() + 60_000),
}
const OTHERS = Array.from({ length: 300 }, () => randomUUID())

type Ids = readonly string[]
const runIds = (ids: Ids) => ids as readonly RunId[]
const stepIds = (ids: Ids) => ids as readonly StepId[]
const taskIds = (ids: Ids) => ids as readonly TaskId[]
const create = (tx: Tx, ids: Ids) => createRuns(tx, of, ids)
const createDone = (tx: Tx, ids: Ids) => createRunsWithDoneTasks(tx, of, ids)
/** Beside each run's step, what would undo it. */
const createRecorded = async (tx: Tx, ids: Ids) => {
  await createDone(tx, ids)
  const compensations = stepsOf(of, ids, { isCompensation: true, status: 'RECORDED' })
  await writeSteps(
    tx,
    compensations.map((step) => ({ ...step, id: randomUUID() as StepId })),
  )
}
/** Beside each run's step, a fan-out with one element that waits. */
const createFanOuts = async (tx: Tx, ids: Ids) => {
  await createDone(tx, ids)
  const wholes = stepsOf(of, ids, { step: 'each', kind: 'fan_out', items: 1 })
  const elements = stepsOf(of, ids, { step: 'each', item: 0, status: 'WAITING', releasedAt: null })
  await writeSteps(
    tx,
    [...wholes, ...elements].map((step) => ({ ...step, id: randomUUID() as StepId })),
  )
}
/** Each run is a step of another one. */
const createChildren = async (tx: Tx, ids: Ids) => {
  const parents = ids.map(() => randomUUID())
  await insertRuns(tx, runsOf(of, parents))
  await insertRuns(
    tx,
    runsOf(of, ids).map((run, at) => ({ ...run, parentRunId: parents[at] as RunId })),
  )
  await writeSteps(
    tx,
    stepsOf(of, ids, { kind: 'workflow' }).map((step, at) => ({
      ...step,
      runId: parents[at] as RunId,
    })),
  )
  await tx.query("update workflow_runs set status = 'COMPLETED' where id = any ($1::uuid[])", [ids])
}
const createSignals = async (tx: Tx, ids: Ids) => {
  await create(tx, ids)
  for (const runId of runIds(ids))
    await insertSignal(
      tx,
      {
        runId,
        tenantId: of.tenantId,
        name: 's',
        body: null,
        sentByName: 'x',
        idempotencyKey: null,
      },
      now,
    )
}
const signalsOf = async (tx: Tx, ids: Ids) =>
  (await findEarlySignals(tx, runIds(ids))).map(({ id }) => id)
const messagesOf = (ids: Ids) =>
  runIds(ids).map((runId) => ({ runId, kind: 'cancel' as const, body: { reason: 'r' } }))

const STATEMENTS: Record<string, Widening> = {
  'insert runs': { work: (tx, ids) => insertRuns(tx, runsOf(of, ids)) },
  'lock runs': { seed: create, work: (tx, ids) => lockRuns(tx, runIds(ids)) },
  'find origins': { seed: create, work: (tx, ids) => findOrigins(tx, runIds(ids)) },
  'write what moved': {
    seed: create,
    work: (tx, ids) =>
      writeMoved(
        tx,
        { runs: runsOf(of, ids).map((record) => ({ record, isPayloadNew: false })), events: [] },
        now,
      ),
  },
  'write outputs': {
    seed: create,
    work: (tx, ids) =>
      writeOutputs(
        tx,
        runIds(ids).map((runId) => ({ runId, output: null })),
      ),
  },
  'close runs': { seed: createDone, work: (tx, ids) => closeRuns(tx, runIds(ids), now) },
  'tell what happened': {
    work: (tx, ids) =>
      insertRunEvents(
        tx,
        runIds(ids).map((runId) => ({ tenantId: of.tenantId, runId, type: 'run.x', data: {} })),
        now,
      ),
  },
  'leave messages': { seed: create, work: (tx, ids) => insertMessages(tx, messagesOf(ids)) },
  'take messages': {
    seed: async (tx, ids) => {
      await create(tx, ids)
      await insertMessages(tx, messagesOf(ids))
    },
    work: (tx, ids) => takeMessages(tx, runIds(ids)),
  },
  'write steps': { work: (tx, ids) => writeSteps(tx, stepsOf(of, ids)) },
  'end steps that are tasks': {
    seed: createDone,
    work: (tx, ids) => endTaskSteps(tx, taskIds(ids), now),
  },
  'end steps that are runs': {
    seed: createChildren,
    work: (tx, ids) => endChildSteps(tx, runIds(ids), now),
  },
  'end steps': {
    seed: create,
    work: (tx, ids) =>
      endSteps(
        tx,
        stepIds(ids).map((id) => ({
          id,
          status: 'DONE',
          output: null,
          error: null,
          category: null,
          cost: null,
          decision: null,
        })),
        now,
      ),
  },
  'mark steps as cancelled': {
    seed: create,
    work: (tx, ids) => markCancelled(tx, taskIds(ids), now),
  },
  'count down needs': {
    seed: create,
    work: (tx, ids) =>
      countDownNeeds(
        tx,
        runIds(ids).map((runId) => ({
          id: randomUUID() as StepId,
          runId,
          tenantId: of.tenantId,
          step: 's',
          kind: 'agent',
          depth: 2,
          needs: 2,
          ended: 1,
        })),
      ),
  },
  'count down elements': {
    seed: createFanOuts,
    work: (tx, ids) =>
      countDownItems(
        tx,
        runIds(ids).map((runId) => ({ runId, step: 'each', ended: 1 })),
      ),
  },
  'find next elements': {
    seed: createFanOuts,
    work: (tx, ids) =>
      findNextItems(
        tx,
        runIds(ids).map((runId) => ({ runId, step: 'each', items: 3 })),
      ),
  },
  'find open fan-outs': {
    seed: createFanOuts,
    work: (tx, ids) => findOpenFanOuts(tx, runIds(ids)),
  },
  'find what is ready': { seed: createFanOuts, work: (tx, ids) => findReady(tx, runIds(ids)) },
  'end fan-outs': {
    seed: createFanOuts,
    given: async (tx, ids) => {
      const fanOuts = await findOpenFanOuts(tx, runIds(ids))
      const rows = await tx.query<{ id: string }>(
        `select id from workflow_steps where run_id = any ($1::uuid[]) and kind = 'fan_out'`,
        [fanOuts.map(({ runId }) => runId)],
      )
      return rows.map(({ id }) => id)
    },
    givenFirst: [randomUUID()],
    work: (tx, ids) => endFanOuts(tx, stepIds(ids), { now, bytesMax: 1_000 }),
  },
  'read outcomes': {
    seed: createDone,
    work: (tx, ids) =>
      findOutcomes(
        tx,
        runIds(ids).map((runId) => ({ runId, step: 's' })),
      ),
  },
  'read results': { seed: createDone, work: (tx, ids) => findResults(tx, stepIds(ids)) },
  'cancel open steps': {
    seed: createFanOuts,
    work: (tx, ids) => cancelOpenSteps(tx, runIds(ids), now),
  },
  'drop compensations': {
    seed: createRecorded,
    work: (tx, ids) => dropNeedlessCompensations(tx, runIds(ids), now),
  },
  'find due compensations': {
    seed: createRecorded,
    work: (tx, ids) => findDueCompensations(tx, runIds(ids)),
  },
  'find what can be undone': {
    seed: createRecorded,
    work: (tx, ids) => findUndoable(tx, runIds(ids)),
  },
  'find early signals': {
    seed: createSignals,
    work: (tx, ids) => findEarlySignals(tx, runIds(ids)),
  },
  'take signals': {
    seed: createSignals,
    given: signalsOf,
    work: (tx, signals) =>
      takeSignals(
        tx,
        signals.map((id) => ({ signalId: Number(id), stepId: randomUUID() as StepId })),
      ),
  },
}

describeWidths(STATEMENTS, {
  idle: async (db) => {
    await db.transaction((tx) => createRecorded(tx, OTHERS))
    await db.query("update workflow_steps set status = 'DONE', ended_at = released_at")
    await db.query("update workflow_runs set status = 'COMPLETED', finished_at = created_at")
  },
  busy: async (db) => {
    const others = () => Array.from({ length: 100 }, () => randomUUID())
    await db.transaction((tx) => createFanOuts(tx, others()))
    await db.transaction((tx) => createRecorded(tx, others()))
    await db.transaction(async (tx) => {
      const ids = others()
      await create(tx, ids)
      await completeHeld(tx, completionsOf(of, ids.slice(50)), now, 'of_runs')
    })
  },
})
