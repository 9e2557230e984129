import type { ParsedRerunRun, RunId } from '@cadre/contract'
import { currentPerpetrator } from '#features/audit/index.ts'
import type { CompiledWorkflow, WorkflowDirectory } from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import { runAct } from './run-acts.ts'
import { newRun } from './new-run.ts'
import {
  nothingFailed,
  runGoesOn,
  runNotFound,
  stepNotFound,
  triggerRefused,
  wasUndone,
} from './run-errors.ts'
import type { ReadyStep } from './run-move.ts'
import type { RunMover } from './run-mover.ts'
import { findRun } from './run-query-store.ts'
import { copySteps, findSucceeded, insertJoins } from './run-rerun-store.ts'
import { isOver, WHOLE, type RunRecord } from './run.ts'
import { kindOf } from './step-start.ts'
import { triggerProblem } from './trigger-problem.ts'

export interface RunRerunOptions {
  db: Db
  clock: Clock
  ids: Ids
  mover: RunMover
  workflows: WorkflowDirectory
}

/** Runs a workflow again, in the version that ran; what is kept is not run again. */
export type RunRerun = (
  principal: Pick<Principal, 'tenantId' | 'id' | 'name'>,
  id: RunId,
  request: ParsedRerunRun,
) => Promise<RunRecord>

export const createRunRerun = (options: RunRerunOptions): RunRerun => {
  const { db, clock, ids, mover, workflows } = options

  return async (principal, id, { from, context }) => {
    const first = await findRun(db.ofTenant(principal.tenantId), principal.tenantId, id)
    if (first === null) throw runNotFound()
    if (!isOver(first.status)) throw runGoesOn()
    const isWhole = from === 'start'
    if (!isWhole && context !== undefined)
      throw triggerRefused('can be another one for a rerun from the start only')
    if (!isWhole && first.status === 'COMPENSATED') throw wasUndone()
    const workflow = await workflows.load(first.workflowId)
    const known = { record: workflow, compiled: workflows.compiled(workflow) }
    const trigger = context ?? first.trigger
    const problem = triggerProblem(known.compiled, trigger)
    if (problem !== null) throw triggerRefused(problem)

    const succeeded = isWhole
      ? new Set<string>()
      : await findSucceeded(db.ofTenant(principal.tenantId), id)
    const kept = keptSteps(known.compiled, succeeded, from)
    const record: RunRecord = {
      ...newRun({
        id: ids.run(),
        known,
        tenantId: principal.tenantId,
        trigger,
        triggerKind: 'rerun',
        parent: null,
        createdBy: { id: principal.id, name: principal.name },
        now: clock.now(),
      }),
      rerunOf: id,
      rerunFrom: typeof from === 'string' ? from : from.step,
      ...(kept.size > 0 && { payload: first.payload }),
    }
    const audited = runAct('run.rerun', first, {
      at: record.createdAt,
      values: { run_id: record.id, from: record.rerunFrom },
      // Those who come together go together: one of them does the work of all.
      by: currentPerpetrator(),
    })
    await mover.begin({
      record,
      known,
      prepare: async (move, tx) => {
        move.audit(audited)
        if (kept.size === 0) return readyRoots(known.compiled, move.runOf(record.id))
        await copySteps(tx, { from: id, to: record.id, steps: [...kept], now: clock.now() })
        const { ready, joins } = remaining(known.compiled, kept)
        if (joins.length > 0)
          await insertJoins(
            tx,
            joins.map(({ step, needsLeft }) => {
              const compiled = known.compiled.steps.get(step)
              if (compiled === undefined) throw new Error(`Broken invariant: ${step} is a step`)
              return {
                id: ids.step(),
                runId: record.id,
                tenantId: record.tenantId,
                step,
                kind: kindOf(compiled, WHOLE),
                depth: compiled.depth,
                needsLeft,
              }
            }),
          )
        const run = move.runOf(record.id)
        return ready.map((step): ReadyStep => ({ run, step, id: null }))
      },
    })
    return record
  }
}

const readyRoots = (workflow: CompiledWorkflow, run: ReadyStep['run']): ReadyStep[] =>
  workflow.roots.map((step) => ({ run, step, id: null }))

/** Steps whose outcome is taken over: those that succeeded, and need nothing that runs again. */
const keptSteps = (
  workflow: CompiledWorkflow,
  succeeded: ReadonlySet<string>,
  from: ParsedRerunRun['from'],
): Set<string> => {
  if (from === 'start') return new Set()
  const again = new Set<string>()
  const runAgain = (first: string) => {
    const waiting = [first]
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      if (again.has(step)) continue
      again.add(step)
      waiting.push(...(workflow.steps.get(step)?.dependents ?? []))
    }
  }
  if (typeof from !== 'string') {
    if (!workflow.steps.has(from.step)) throw stepNotFound()
    runAgain(from.step)
  }
  for (const step of workflow.steps.keys()) if (!succeeded.has(step)) runAgain(step)
  if (again.size === 0) throw nothingFailed()
  return new Set([...workflow.steps.keys()].filter((step) => !again.has(step)))
}

/** What is ready at once behind the kept steps, and the joins that wait for others besides. */
const remaining = (workflow: CompiledWorkflow, kept: ReadonlySet<string>) => {
  const ready: string[] = []
  const joins: { step: string; needsLeft: number }[] = []
  for (const [name, { step }] of workflow.steps) {
    if (kept.has(name)) continue
    const needsLeft = step.needs.filter((need) => !kept.has(need)).length
    if (needsLeft === 0) ready.push(name)
    else if (step.needs.length > 1 && needsLeft < step.needs.length)
      joins.push({ step: name, needsLeft })
  }
  return { ready, joins }
}
