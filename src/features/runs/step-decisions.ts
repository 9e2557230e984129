import type { RunId, StepId, TaskId } from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import { cancelStepTasks, dispatchOf, findTask, redriveQuarantined } from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { isNoApproval, notDecidable, runNotFound, runOver, stepNotFound } from './run-errors.ts'
import { stepAct, type StepVerdict } from './run-acts.ts'
import { runEvent } from './run-events.ts'
import type { RunMove } from './run-move.ts'
import type { RunMover } from './run-mover.ts'
import { findRun, findStep, type StepPayloads, type StepRecord } from './run-query-store.ts'
import { isOver } from './run.ts'
import { endSteps, type StepEnd } from './step-store.ts'

export interface StepDecisionOptions {
  db: Db
  clock: Clock
  mover: RunMover
  agents: Pick<AgentService, 'present'>
}

export interface StepDecision {
  runId: RunId
  stepId: StepId
  comment: string | null
}

export type StepDecisions = ReturnType<typeof createStepDecisions>

/** What a person decides about one step: each decision is noted with who and why. */
export const createStepDecisions = ({ db, clock, mover, agents }: StepDecisionOptions) => {
  type Found = StepRecord & StepPayloads

  const decide = async (
    principal: Principal,
    { runId, stepId, comment }: StepDecision,
    kind: StepVerdict,
    work: (step: Found, at: { move: RunMove; tx: Tx; now: Date }) => Promise<StepEnd | null>,
  ): Promise<Found> => {
    if ((await findRun(db.ofTenant(principal.tenantId), principal.tenantId, runId)) === null)
      throw runNotFound()
    await mover.move([runId], async (move, tx, now) => {
      const run = move.runOf(runId)
      if (isOver(run.record.status)) throw runOver(run.record.status)
      const step = await findStep(tx, runId, stepId)
      if (step === null) throw stepNotFound()
      const end = await work(step, { move, tx, now })
      move.note(
        runEvent(run.record, 'step.decided', {
          step_id: stepId,
          step: step.step,
          message: comment === null || comment === '' ? kind : `${kind}: ${comment.slice(0, 400)}`,
          actor_id: principal.id,
          actor_name: principal.name,
        }),
      )
      move.audit(stepAct(kind, { run: run.record, step, comment, at: now }))
      if (end === null) return
      const decision = { kind, byId: principal.id, byName: principal.name, comment }
      await move.settle(await endSteps(tx, [{ ...end, decision }], now))
    })
    const decided = await findStep(db.ofTenant(principal.tenantId), runId, stepId)
    if (decided === null) throw stepNotFound()
    return decided
  }

  /** Its task must do no more harm once somebody decided over it. */
  const withdrawTask = async (tx: Tx, step: Found, now: Date): Promise<void> => {
    if (step.kind !== 'agent') return
    const taskId = step.id as string as TaskId
    const reason = 'A person decided about the step.'
    await cancelStepTasks(tx, [taskId], { reason, now, inProgress: 'cancel' })
  }
  const isOpen = ({ status, kind }: Found): boolean =>
    status === 'HELD' || (status === 'RUNNING' && kind !== 'fan_out' && kind !== 'workflow')

  const endBy = (step: Found, end: Partial<StepEnd>): StepEnd => ({
    id: step.id,
    status: 'DONE',
    output: null,
    error: null,
    category: null,
    cost: step.cost,
    decision: null,
    ...end,
  })

  const judge = (principal: Principal, decision: StepDecision, isApproved: boolean) =>
    decide(principal, decision, isApproved ? 'approved' : 'rejected', async (step) => {
      if (step.kind !== 'approval') throw isNoApproval()
      if (step.status !== 'RUNNING') throw notDecidable('decided', step.status)
      const { comment } = decision
      const output = { approved: isApproved, by: principal.name, comment }
      if (isApproved) return endBy(step, { output })
      const why = comment === null || comment === '' ? '.' : `: ${comment}`
      return endBy(step, {
        status: 'FAILED',
        output,
        error: `Rejected by ${principal.name}${why}`,
        category: 'permanent',
      })
    })

  return {
    approve: (principal: Principal, decision: StepDecision) => judge(principal, decision, true),
    /** The step fails, and its run as the step's policy says. */
    reject: (principal: Principal, decision: StepDecision) => judge(principal, decision, false),

    /** The step is left out; what needs it goes on without its result. */
    skip: (principal: Principal, decision: StepDecision) =>
      decide(principal, decision, 'skipped', async (step, { tx, now }) => {
        if (!isOpen(step)) throw notDecidable('skipped', step.status)
        await withdrawTask(tx, step, now)
        return endBy(step, { status: 'SKIPPED' })
      }),

    /** The step counts as done, with this result: a person did it. */
    complete: (principal: Principal, decision: StepDecision, result: unknown) =>
      decide(principal, decision, 'completed', async (step, { tx, now }) => {
        if (!isOpen(step)) throw notDecidable('completed', step.status)
        await withdrawTask(tx, step, now)
        return endBy(step, { output: result })
      }),

    /** Runs a held step's task again, its retries counted from zero. */
    retry: (principal: Principal, decision: StepDecision) =>
      decide(principal, decision, 'retried', async (step, { move, tx }) => {
        if (step.status !== 'HELD' || step.kind !== 'agent')
          throw notDecidable('retried', step.status)
        const task = await findTask(tx, principal.tenantId, step.id as string as TaskId)
        if (task === null) {
          await move.retryCompensation(step)
          return null
        }
        const agentId = task.agentId
        const present = await agents.present(tx, agentId === null ? [] : [agentId])
        const agent = agentId === null ? null : (present.get(agentId) ?? null)
        await redriveQuarantined(tx, {
          tenantId: principal.tenantId,
          actor: { id: principal.id, name: principal.name },
          now: clock.now(),
          redrives: [{ task, ...dispatchOf(task, agent) }],
          resetsRetries: true,
          inputText: null,
        })
        return null
      }),
  }
}
