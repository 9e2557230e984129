import type { ParsedTriggerWorkflow, RunId, TenantId } from '@cadre/contract'
import { createHash } from 'node:crypto'
import { ExpressionError, type WorkflowDirectory } from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import type { Principal } from '#platform/web/context.ts'
import { newRun } from './new-run.ts'
import { idempotencyMismatch, runNotFound, runOver, triggerRefused } from './run-errors.ts'
import { runAct } from './run-acts.ts'
import { runEvent } from './run-events.ts'
import type { RunInHand } from './run-in-hand.ts'
import type { RunMove } from './run-move.ts'
import type { NewStart, RunMover } from './run-mover.ts'
import { findRun } from './run-query-store.ts'
import { findRunsByKeys } from './run-store.ts'
import { insertSignal, findWaitingFor, takeSignals } from './run-signal-store.ts'
import { isOver, type RunRecord, type TriggerKind } from './run.ts'
import { findNextItems, findOpenFanOuts, findReady } from './step-counts-store.ts'
import { endSteps } from './step-store.ts'
import { stepOf } from './step-start.ts'
import { triggerProblem } from './trigger-problem.ts'

export interface RunServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  tracing: Tracing
  mover: RunMover
  workflows: WorkflowDirectory
}

export interface Triggered {
  run: RunRecord
  /** The idempotency key was known: this is the first request's run. */
  isReplay: boolean
}

export type RunService = ReturnType<typeof createRunService>

/** What people and programs do with runs as wholes. Decisions about steps: `step-decisions.ts`. */
export const createRunService = (options: RunServiceOptions) => {
  const { db, clock, ids, tracing, mover, workflows } = options

  const read = async (tenantId: TenantId, id: RunId) => {
    const run = await findRun(db.ofTenant(tenantId), tenantId, id)
    if (run === null) throw runNotFound()
    return run
  }

  /** Moves one run of the tenant; refuses one that is over. */
  const moveOne = async <Answer>(
    tenantId: TenantId,
    id: RunId,
    work: (
      run: RunInHand,
      move: RunMove,
      at: Parameters<Parameters<RunMover['move']>[1]>,
    ) => Promise<Answer>,
  ): Promise<Answer> => {
    await read(tenantId, id)
    return mover.move([id], async (...at) => {
      const run = at[0].runOf(id)
      if (isOver(run.record.status)) throw runOver(run.record.status)
      return work(run, at[0], at)
    })
  }

  const prepare = async (
    principal: Pick<Principal, 'tenantId' | 'id' | 'name'>,
    reference: string,
    request: ParsedTriggerWorkflow,
    triggerKind: TriggerKind,
  ): Promise<NewStart> => {
    const { tenantId } = principal
    const workflow = await workflows.resolve(tenantId, reference)
    const known = { record: workflow, compiled: workflows.compiled(workflow) }
    const problem = triggerProblem(known.compiled, request.context ?? null)
    if (problem !== null) throw triggerRefused(problem)
    const record: RunRecord = {
      ...begun(() =>
        newRun({
          id: ids.run(),
          known,
          tenantId,
          trigger: request.context ?? null,
          triggerKind,
          parent: null,
          createdBy: { id: principal.id, name: principal.name },
          now: clock.now(),
        }),
      ),
      idempotencyKey: request.idempotency_key ?? null,
      requestSha256: digestOf(workflow.definition.name, request),
      traceparent: tracing.traceparent(),
    }
    return { record, known }
  }

  const trigger = async (
    principal: Pick<Principal, 'tenantId' | 'id' | 'name'>,
    reference: string,
    request: ParsedTriggerWorkflow,
    triggerKind: TriggerKind = 'api',
  ): Promise<Triggered> => {
    const { tenantId } = principal
    const start = await prepare(principal, reference, request, triggerKind)
    const { record } = start
    if (await mover.begin(start)) return { run: record, isReplay: false }
    const key = record.idempotencyKey ?? ''
    const first = (await findRunsByKeys(db.ofTenant(tenantId), tenantId, [key])).get(key)
    if (first === undefined) throw new Error('Broken invariant: a key that is taken has a run')
    if (first.requestSha256 !== record.requestSha256) throw idempotencyMismatch()
    return { run: first, isReplay: true }
  }

  return {
    /** @throws AppError 404 */
    read,

    /** What a reference to a workflow stands for now. @throws AppError 404 */
    definitionOf: async (tenantId: TenantId, reference: string) =>
      (await workflows.resolve(tenantId, reference)).definition,

    /** How many steps the definition of a run has. */
    stepsOf: async ({ workflowId }: RunRecord): Promise<number> =>
      (await workflows.load(workflowId)).definition.steps.length,

    /**
     * Begins a run of a workflow: durable, with its first tasks, once it resolves.
     * @throws AppError 404 for the workflow, 422 for a context that its schema refuses, 409 for an
     *   idempotency key that stands for another request
     */
    trigger,

    /** What begins such a run, for those who begin it within a transaction of their own. */
    prepare,

    /** Nothing new begins until it is resumed; what began goes on. Idempotent. */
    pause: (tenantId: TenantId, id: RunId): Promise<RunRecord> =>
      moveOne(tenantId, id, async (run, move, [, , at]) => {
        if (!run.record.isPaused) {
          move.audit(runAct('run.pause', run.record, { at }))
          run.record = { ...run.record, isPaused: true }
          move.note(runEvent(run.record, 'run.paused', { run_status: run.record.status }))
        }
        return run.record
      }),

    /** Begins what became ready meanwhile. Idempotent. */
    resume: (tenantId: TenantId, id: RunId): Promise<RunRecord> =>
      moveOne(tenantId, id, async (run, move, [, tx, at]) => {
        if (!run.record.isPaused) return run.record
        move.audit(runAct('run.resume', run.record, { at }))
        run.record = { ...run.record, isPaused: false }
        move.note(runEvent(run.record, 'run.resumed', { run_status: run.record.status }))
        const ready = await findReady(tx, [id])
        const turns = (await findOpenFanOuts(tx, [id])).map(({ runId, step, running }) => {
          const room = (stepOf(run, step).step.forEach?.concurrencyMax ?? 1) - running
          return { runId, step, items: Math.max(0, room) }
        })
        move.startItems(await findNextItems(tx, turns))
        await move.settle(
          [],
          ready.map((step) => ({ run, step: step.step, id: step.id })),
        )
        return run.record
      }),

    /** Stops it; what was done is undone first, where that was provided for and wanted. */
    cancel: (
      principal: Pick<Principal, 'tenantId' | 'name'>,
      id: RunId,
      { reason, compensate }: { reason?: string | undefined; compensate: boolean },
    ): Promise<RunRecord> =>
      moveOne(principal.tenantId, id, async (run, move, [, , at]) => {
        if (run.record.outcome !== null) return run.record
        const isUndone = compensate && run.workflow.isSaga
        const values = { reason: reason ?? null, is_undone: isUndone }
        move.audit(runAct('run.cancel', run.record, { at, values }))
        const by = `Cancelled by ${principal.name}`
        move.decide(run, {
          outcome: 'CANCELLED',
          error: reason === undefined || reason === '' ? `${by}.` : `${by}: ${reason}`,
          failedStep: null,
          isUndone,
        })
        return run.record
      }).then(() => read(principal.tenantId, id)),

    /** Wakes the step that waits for this signal, or keeps it for one that will. */
    signal: (
      principal: Pick<Principal, 'tenantId' | 'name'>,
      id: RunId,
      signal: { name: string; body: unknown; idempotencyKey: string | null },
    ) =>
      moveOne(principal.tenantId, id, async (run, move, [, tx, now]) => {
        const { tenantId, name: sentByName } = principal
        const stored = await insertSignal(tx, { ...signal, runId: id, tenantId, sentByName }, now)
        if (stored === null) return { isReplay: true, stepId: null }
        move.note(
          runEvent(run.record, 'signal.received', { message: signal.name, actor_name: sentByName }),
        )
        const stepId = await findWaitingFor(tx, id, signal.name)
        if (stepId === null) return { isReplay: false, stepId }
        await takeSignals(tx, [{ signalId: stored, stepId }])
        const end = {
          id: stepId,
          status: 'DONE' as const,
          output: signal.body,
          error: null,
          category: null,
          cost: null,
          decision: null,
        }
        await move.settle(await endSteps(tx, [end], now))
        return { isReplay: false, stepId }
      }),
  }
}

/** What an author's first payload cannot be reckoned from is the caller's context. */
const begun = (begin: () => RunRecord): RunRecord => {
  try {
    return begin()
  } catch (error) {
    if (error instanceof ExpressionError)
      throw triggerRefused(`the first payload cannot be reckoned from it: ${error.message}`)
    throw error
  }
}

/** Tells a repeat from another request under the same key. */
const digestOf = (workflowName: string, request: ParsedTriggerWorkflow): string =>
  createHash('sha256')
    .update(JSON.stringify([workflowName, request.context ?? null]))
    .digest('hex')
