import type { FailureCategory, RunId, StepId, TaskId } from '@cadre/contract'
import type { AgentRecord } from '#features/agents/index.ts'
import { startRunMessenger, startRunTimers } from '#features/runs/index.ts'
import type { WorkflowDefinition } from '#features/workflows/index.ts'
import { insertWorkflow } from '#features/workflows/workflow-store.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createEngine, LEASE_MS } from './engine.ts'

/** One attempt at a step, as the one who works on it sees it. */
export interface StepAttempt {
  taskId: TaskId
  runId: RunId
  step: string
  /** -1: the step itself. */
  item: number
  isCompensation: boolean
  /** From 1. */
  attempt: number
  input: unknown
}

export type AttemptEnd =
  | { result?: unknown; cost?: string }
  | { error: string; category?: FailureCategory; cost?: string }

export type Behaviour = (attempt: StepAttempt) => AttemptEnd

export interface StepRow {
  id: StepId
  step: string
  item: number
  is_compensation: boolean
  status: string
  output: unknown
  error: string | null
  released_at: Date | null
  ended_at: Date | null
}

export interface RunRow {
  status: string
  error: string | null
  failed_step: string | null
  cost: string
  output: unknown
  payload: unknown
  finished_at: Date | null
}

const SUCCEEDS: Behaviour = ({ input }) => ({ result: input })

/** Fails for good at these steps, at compensations after `undo `, and succeeds at all others. */
export const failing =
  (...names: string[]): Behaviour =>
  (attempt) =>
    names.includes(attempt.isCompensation ? `undo ${attempt.step}` : attempt.step)
      ? { error: 'broken', category: 'permanent' }
      : SUCCEEDS(attempt)

/**
 * Runs of workflows on a database, moved by hand: nothing happens in them but by the calls of a
 * test, on a clock that the test moves.
 */
export const createRunSite = async (db: Db) => {
  const engine = await createEngine({ db })
  const { clock, ids, owner, reports } = engine
  const { mover } = engine.runs
  const worker = await engine.newAgent(['work'])
  const messenger = await startRunMessenger({ db, mover, logger: silentLogger })
  const timers = await startRunTimers({
    db,
    clock,
    mover,
    logger: silentLogger,
    sweepSeconds: 1_000_000,
  })

  const publish = async (definition: WorkflowDefinition): Promise<void> => {
    await insertWorkflow(db, {
      id: ids.workflow(),
      tenantId: owner.tenantId,
      definition,
      definitionText: JSON.stringify(definition),
      source: { text: '', format: 'json' },
      sha256: 'x',
      isSaga: definition.steps.some(({ compensation }) => compensation !== null),
      ownerId: owner.id,
      ownerName: owner.name,
      createdAt: clock.now(),
    })
  }

  /** Attempts that may begin now, in the order of their release. */
  const due = (runId?: RunId): Promise<(StepAttempt & { agent_id: string | null })[]> =>
    db.query(
      `select t.id as "taskId", t.run_id as "runId", s.step, s.item,
         s.is_compensation as "isCompensation", t.attempt + 1 as attempt, t.input, t.agent_id
       from tasks as t join workflow_steps as s on s.id = t.id
       where t.status = 'TODO' and t.run_id is not null and ($1::uuid is null or t.run_id = $1)
         and t.run_at <= $2
       order by t.created_at, t.id`,
      [runId ?? null, clock.now()],
    )

  const attempt = async (
    found: StepAttempt,
    behave: Behaviour = SUCCEEDS,
    by: AgentRecord = worker,
  ): Promise<void> => {
    const claimed = await reports.claim({ taskId: found.taskId, agent: by, leaseMs: LEASE_MS })
    const end = behave(found)
    const report = {
      taskId: found.taskId,
      agent: by,
      token: claimed.attemptToken,
      cost: end.cost ?? null,
      retryAfterMs: null,
    }
    if ('error' in end)
      await reports.fail({ ...report, category: end.category ?? 'retriable', error: end.error })
    else await reports.complete({ ...report, result: (end.result ?? null) as never }, LEASE_MS)
  }

  /** Works until nothing is due any more; failing on what never ends. */
  const work = async (behave: Behaviour = SUCCEEDS, runId?: RunId): Promise<StepAttempt[]> => {
    const attempts: StepAttempt[] = []
    for (let round = 0; round < 1_000; round++) {
      await messenger.deliver()
      const found = await due(runId)
      if (found.length === 0) return attempts
      for (const step of found) {
        attempts.push(step)
        // Another attempt may have stopped the run meanwhile.
        await attempt(step, behave).catch((error: unknown) => {
          if (!isAppError(error, 'task.already_finished')) throw error
          attempts.pop()
        })
      }
    }
    throw new Error('The runs go on and on')
  }

  const run = async (runId: RunId): Promise<RunRow> => {
    const [row] = await db.query<RunRow>(
      `select status, error, failed_step, cost, output, payload, finished_at
       from workflow_runs where id = $1`,
      [runId],
    )
    if (row === undefined) throw new Error(`There is no run ${runId}`)
    return row
  }
  const steps = (runId: RunId): Promise<StepRow[]> =>
    db.query<StepRow>(
      `select id, step, item, is_compensation, status, output, error, released_at, ended_at
       from workflow_steps where run_id = $1 order by step, is_compensation, item`,
      [runId],
    )

  return {
    ...engine,
    engine,
    worker,
    messenger,
    timers,
    publish,
    due,
    attempt,
    work,
    run,
    steps,
    start: async (workflow: string, context: unknown = null): Promise<RunId> =>
      (await engine.runs.runs.trigger(owner, workflow, { context: context as never })).run.id,
    /** Statuses by `step`, `step[item]`, with `undo ` before those of compensations. */
    statuses: async (runId: RunId): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await steps(runId)).map(({ step, item, is_compensation: isUndo, status }) => [
          `${isUndo ? 'undo ' : ''}${step}${item < 0 ? '' : `[${item}]`}`,
          status,
        ]),
      ),
    events: async (runId: RunId): Promise<string[]> =>
      (
        await db.query<{ type: string }>(
          'select type from events where subject_id = $1 order by id',
          [runId],
        )
      ).map(({ type }) => type),
    close: async () => {
      await timers.close()
      await messenger.close()
      await engine.close()
    },
  }
}

export type RunSite = Awaited<ReturnType<typeof createRunSite>>
