import type { RunId } from '@cadre/contract'
import type { RunMoves, TaskCreation, TaskOwner } from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import type { createRunLookups, KnownWorkflow, RunLookups } from './run-lookups.ts'
import { createRunMove, type ReadyStep, type RunMove } from './run-move.ts'
import { insertRuns, lockRuns, type ClosedRun } from './run-store.ts'
import type { RunRecord } from './run.ts'
import { endTaskSteps } from './step-store.ts'

export interface RunMoverOptions {
  db: Db
  clock: Clock
  ids: Ids
  creation: Pick<TaskCreation, 'prepareFor' | 'storeWithin'>
  lookups: ReturnType<typeof createRunLookups>
  metrics: Metrics
}

/** What moves runs: the only one that opens the transactions in which they move. */
export interface RunMover {
  /** The port through which ending tasks move their runs. */
  owner: TaskOwner
  /** Locks runs and moves them as `work` says. Runs that do not exist are left out. */
  move<Answer>(
    runIds: readonly RunId[],
    work: (move: RunMove, tx: Tx, now: Date) => Promise<Answer>,
  ): Promise<Answer>
  /** Begins a run. False when its idempotency key is taken. Those who come together go together. */
  begin(start: NewStart): Promise<boolean>
  /** Looks up what runs need, so that they can begin within a transaction of somebody else. */
  prepareStarts(starts: readonly NewStart[]): Promise<PreparedStarts>
}

export interface PreparedStarts {
  /** Begins those that are wanted; answers which began: a taken idempotency key begins nothing. */
  within(tx: Tx, isWanted?: (runId: RunId) => boolean): Promise<ReadonlySet<RunId>>
  /** To be called once the transaction is committed. */
  committed(): void
}

export interface NewStart {
  record: RunRecord
  known: KnownWorkflow
  /** How it begins otherwise than with its roots. */
  prepare?: (move: RunMove, tx: Tx) => Promise<ReadyStep[]>
}

export const createRunMover = (options: RunMoverOptions): RunMover => {
  const { db, clock, ids, creation, lookups, metrics } = options

  const moveOf = (tx: Tx, known: RunLookups, now: Date): RunMove =>
    createRunMove({ tx, lookups: known, creation, ids, now })
  const count = (closed: readonly ClosedRun[]): void => {
    for (const { status, durationMs } of closed) {
      metrics.runsFinished.inc({ status })
      metrics.runSeconds.observe(durationMs / 1_000)
    }
  }

  const move: RunMover['move'] = async (runIds, work) => {
    const known = await lookups.forRuns(runIds)
    const { answer, closed } = await db.transaction(async (tx) => {
      const now = clock.now()
      const moving = moveOf(tx, known, now)
      for (const run of await lockRuns(tx, runIds))
        moving.hold({ ...run, trigger: known.trigger(run.id) })
      const done = await work(moving, tx, now)
      return { answer: done, closed: await moving.finish() }
    })
    count(closed)
    return answer
  }

  const owner: TaskOwner = {
    prepare: async (runIds): Promise<RunMoves> => {
      const known = await lookups.forRuns(runIds)
      let locked: RunRecord[] = []
      let closed: ClosedRun[] = []
      return {
        lock: async (tx) => {
          closed = []
          locked = (await lockRuns(tx, runIds)).map((run) => ({
            ...run,
            trigger: known.trigger(run.id),
          }))
        },
        tasksEnded: async (tx, taskIds) => {
          const now = clock.now()
          const ended = await endTaskSteps(tx, taskIds, now)
          if (ended.length === 0) return
          const moving = moveOf(tx, known, now)
          const concerned = new Set(ended.map(({ runId }) => runId))
          for (const record of locked) if (concerned.has(record.id)) moving.hold(record)
          await moving.settle(ended)
          closed = await moving.finish()
        },
        committed: () => count(closed),
      }
    },
  }

  const prepareStarts: RunMover['prepareStarts'] = async (all) => {
    const known = await lookups.forWorkflows(
      all.map(({ record, known: { record: workflow } }) => ({
        tenantId: record.tenantId,
        record: workflow,
      })),
    )
    let begun = 0
    let closed: ClosedRun[] = []
    return {
      within: async (tx, isWanted = () => true) => {
        const starts = all.filter(({ record }) => isWanted(record.id))
        if (starts.length === 0) return new Set()
        const inserted = await insertRuns(
          tx,
          starts.map(({ record }) => record),
        )
        const moving = moveOf(tx, known, clock.now())
        const ready: ReadyStep[] = []
        for (const { record, prepare } of starts) {
          if (!inserted.has(record.id)) continue
          const roots = moving.begin(moving.hold(record))
          ready.push(...(prepare === undefined ? roots : await prepare(moving, tx)))
        }
        await moving.settle([], ready)
        closed = await moving.finish()
        begun = inserted.size
        return inserted
      },
      committed: () => {
        metrics.runsStarted.inc(begun)
        count(closed)
      },
    }
  }

  const begin = createGroupCommit<NewStart, boolean>({
    name: 'runs.begin',
    itemsMax: 100,
    flushesMax: db.writersMax,
    waitingMax: 10_000,
    sizeOf: ({ record }) => (record.trigger === null ? 0 : JSON.stringify(record.trigger).length),
    flush: async (starts) => {
      const prepared = await prepareStarts(starts)
      const stored = await db.transaction((tx) => prepared.within(tx))
      prepared.committed()
      return starts.map(({ record }) => stored.has(record.id))
    },
  })

  return { owner, move, begin, prepareStarts }
}
