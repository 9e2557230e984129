import type { RunId, TaskId } from '@cadre/contract'
import { cancelStepTasks, forbidRetries } from '#features/tasks/index.ts'
import { ExpressionError } from '#features/workflows/index.ts'
import type { Tx } from '#platform/db/db.ts'
import { runEndedEvent, runEvent, stepEndedEvent } from './run-events.ts'
import { contextOf, type RunInHand } from './run-in-hand.ts'
import {
  closeRuns,
  writeMoved,
  writeOutputs,
  type ClosedRun,
  type RunEvent,
  type RunMessage,
} from './run-store.ts'
import type { StepStart, StepStarter } from './step-start.ts'
import { stepOf } from './step-start.ts'
import {
  cancelOpenSteps,
  dropNeedlessCompensations,
  findCompensation,
  findDueCompensations,
  findUndoable,
  markCancelled,
  type DueCompensation,
} from './step-end-store.ts'
import type { EndedStep } from './run.ts'

export interface RunEndingOptions {
  tx: Tx
  now: Date
  /** All that are moved. */
  runs: ReadonlyMap<RunId, RunInHand>
  starter: StepStarter
  note: (event: RunEvent) => void
  tell: (message: RunMessage) => void
  /** Loads outcomes that expressions are going to read. */
  load: (wanted: readonly { run: RunInHand; steps: readonly string[] }[]) => Promise<void>
  /** Writes what begins. */
  write: (starts: readonly StepStart[]) => Promise<void>
}

/** How runs come to rest: stopped, undone, closed. */
export const createRunEnding = (options: RunEndingOptions) => {
  const { tx, now, runs, starter, note, tell, load, write } = options

  /** Stops runs that will not complete. What is to be undone first ends as it will. */
  const windDown = async (): Promise<void> => {
    const given = [...runs.values()].filter(({ fate }) => fate !== null)
    if (given.length === 0) return
    const undone = await findUndoable(tx, idsOf(given.filter(({ fate }) => fate?.isUndone)))
    for (const run of given) giveUp(run, undone.has(run.record.id))
    const { open, cancelled } = await cancelOpenSteps(tx, idsOf(given), now)
    noteCancelled(cancelled)
    for (const { id, runId, kind } of open)
      if (kind === 'workflow')
        tell({
          runId: id as string as RunId,
          kind: 'cancel',
          body: { reason: runs.get(runId)?.record.error ?? '' },
        })
    const tasks = open.filter(({ kind }) => kind === 'agent')
    const tasksOf = (isUndone: boolean) =>
      tasks
        .filter(({ runId }) => undone.has(runId) === isUndone)
        .map(({ id }) => id as string as TaskId)
    await stop(tasksOf(false), 'cancel')
    await stop(tasksOf(true), 'leave')
  }
  const giveUp = (run: RunInHand, isUndone: boolean): void => {
    const { fate } = run
    if (fate === null) return
    run.fate = null
    run.record = {
      ...run.record,
      status: isUndone ? 'COMPENSATING' : run.record.status,
      outcome: isUndone ? 'COMPENSATED' : fate.outcome,
      error: fate.error,
      failedStep: fate.failedStep,
    }
    if (isUndone)
      note(
        runEvent(run.record, 'run.compensating', { run_status: 'COMPENSATING', error: fate.error }),
      )
  }
  const stop = async (taskIds: TaskId[], inProgress: 'cancel' | 'leave'): Promise<void> => {
    if (taskIds.length === 0) return
    const reason = 'Its run was stopped.'
    const cancelled = await cancelStepTasks(tx, taskIds, { reason, now, inProgress })
    if (cancelled.length > 0) noteCancelled(await markCancelled(tx, cancelled, now))
    if (inProgress === 'leave') await forbidRetries(tx, taskIds)
  }
  const noteCancelled = (cancelled: readonly EndedStep[]): void => {
    for (const step of cancelled) {
      const run = runs.get(step.runId)
      if (run !== undefined) note(stepEndedEvent(run.record, step))
    }
  }

  /** Closes those of the idle runs that are over; begins what has to be undone next. */
  const closeIdle = async (idle: ReadonlySet<RunId>): Promise<ClosedRun[]> => {
    if (idle.size === 0) return []
    const resting = [...runs.values()].filter(({ record }) => idle.has(record.id))
    if (resting.length === 0) return []
    await reckonOutputs(resting.filter(({ record }) => isCompleting(record)))
    const undoing = resting.filter(({ record }) => record.status === 'COMPENSATING')
    const going = await undoNext(undoing)
    const over = resting.filter(({ record }) => !going.has(record.id))
    if (over.length === 0) return []
    const closed = await closeRuns(tx, idsOf(over), now)
    for (const end of closed) tellOf(end)
    return closed
  }
  const tellOf = ({ runId, status, cost, durationMs }: ClosedRun): void => {
    const run = runs.get(runId)
    if (run === undefined) return
    const { parentRunId } = run.record
    run.record = { ...run.record, status, cost }
    note(runEndedEvent(run.record, { cost, durationMs }))
    if (parentRunId !== null)
      tell({ runId: parentRunId, kind: 'child_ended', body: { run_id: runId } })
  }

  const reckonOutputs = async (completing: readonly RunInHand[]): Promise<void> => {
    if (completing.length === 0) return
    await load(completing.map((run) => ({ run, steps: run.workflow.outputReads })))
    const outputs: { runId: RunId; output: unknown }[] = []
    const failed: RunInHand[] = []
    for (const run of completing) {
      try {
        const output = run.workflow.output(contextOf(run, run.workflow.outputReads))
        outputs.push({ runId: run.record.id, output })
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        const message = `The output could not be reckoned: ${error.message}`
        run.record = { ...run.record, outcome: 'FAILED', error: message }
        failed.push(run)
      }
    }
    if (outputs.length > 0) await writeOutputs(tx, outputs)
    if (failed.length > 0)
      await writeMoved(
        tx,
        { runs: failed.map(({ record }) => ({ record, isPayloadNew: false })), events: [] },
        now,
      )
  }

  /** @returns the runs that have more to undo */
  const undoNext = async (undoing: readonly RunInHand[]): Promise<Set<RunId>> => {
    if (undoing.length === 0) return new Set()
    await dropNeedlessCompensations(tx, idsOf(undoing), now)
    const due = await findDueCompensations(tx, idsOf(undoing))
    await load(due.map((undo) => ({ run: runOf(undo), steps: readsOf(undo) })))
    const starts = due.map((undo) => starter.startCompensation(runOf(undo), undo))
    for (const undo of due) if (undo.kind === 'workflow') tell(undoChild(undo))
    if (starts.length > 0) await write(starts)
    return new Set(due.map(({ runId }) => runId))
  }
  const runOf = ({ runId }: DueCompensation): RunInHand => {
    const run = runs.get(runId)
    if (run === undefined) throw new Error(`Broken invariant: run ${runId} is in hand`)
    return run
  }
  const readsOf = (undo: DueCompensation): readonly string[] =>
    stepOf(runOf(undo), undo.step).compensationReads

  return {
    windDown,
    closeIdle,
    retry: async (held: Pick<DueCompensation, 'id' | 'runId' | 'step' | 'item'>): Promise<void> => {
      const run = runs.get(held.runId)
      if (run === undefined) throw new Error(`Broken invariant: run ${held.runId} is in hand`)
      const found = await findCompensation(tx, held.id)
      if (found === null) return
      await load([{ run, steps: readsOf(found) }])
      await write([starter.startCompensation(run, found)])
    },
  }
}

const undoChild = ({ actionId, runId }: DueCompensation): RunMessage => ({
  runId: actionId as string as RunId,
  kind: 'undo',
  body: { reason: `Run ${runId} is undone.` },
})

const isCompleting = ({ status, outcome }: RunInHand['record']): boolean =>
  status === 'RUNNING' && outcome === null

const idsOf = (runs: readonly RunInHand[]): RunId[] => runs.map(({ record }) => record.id)
