import type { RunId, StepId } from '@cadre/contract'
import { ExpressionError, type StepOutcome } from '#features/workflows/index.ts'
import { recordWithin, type AuditedAct } from '#features/audit/index.ts'
import type { TaskCreation } from '#features/tasks/index.ts'
import type { Tx } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import { createRunEnding } from './run-ending.ts'
import { runEvent, stepEndedEvent } from './run-events.ts'
import { contextOf, endedAtOnce, goesOn, inHand, type Fate, type RunInHand } from './run-in-hand.ts'
import { COLLECTED_BYTES_MAX, PAYLOAD_BYTES_MAX } from './run-limits.ts'
import type { RunLookups } from './run-lookups.ts'
import {
  insertMessages,
  insertRunEvents,
  insertRuns,
  writeMoved,
  type ClosedRun,
  type RunEvent,
  type RunMessage,
} from './run-store.ts'
import { findEarlySignals, takeSignals } from './run-signal-store.ts'
import { notifyTimers } from './run-timer-store.ts'
import { merged, WHOLE, type EndedStep, type RunRecord, type StepWrite } from './run.ts'
import {
  countDownItems,
  countDownNeeds,
  findNextItems,
  type NextItem,
} from './step-counts-store.ts'
import { endFanOuts, findOutcomes } from './step-outcome-store.ts'
import { combined, createStepStarter, kindOf, stepOf, type StepStart } from './step-start.ts'
import { writeSteps } from './step-store.ts'

export interface RunMoveOptions {
  tx: Tx
  lookups: RunLookups
  creation: Pick<TaskCreation, 'prepareFor' | 'storeWithin'>
  ids: Ids
  now: Date
}

/** A step whose needs have all ended; `id` is its row's where it has one. */
export interface ReadyStep {
  run: RunInHand
  step: string
  id: StepId | null
}

export type RunMove = ReturnType<typeof createRunMove>

/**
 * Moves locked runs on, all of them together: each round is a number of statements that does not
 * depend on how many runs or steps there are. What begins is gathered and written by `finish`.
 */
export const createRunMove = (options: RunMoveOptions) => {
  const { tx, lookups, creation, ids, now } = options
  const runs = new Map<RunId, RunInHand>()
  const starter = createStepStarter({ lookups, creation, ids, now })
  let events: RunEvent[] = []
  const messages: RunMessage[] = []
  const acts: AuditedAct[] = []
  let begun: StepStart[] = []

  const hold = (record: RunRecord): RunInHand => {
    const run = inHand(record, lookups.workflow(record.workflowId).compiled)
    runs.set(record.id, run)
    return run
  }
  const runOf = (id: RunId): RunInHand => {
    const run = runs.get(id)
    if (run === undefined) throw new Error(`Broken invariant: run ${id} is in hand`)
    return run
  }
  const decide = (run: RunInHand, fate: Fate): void => {
    if (goesOn(run)) run.fate = fate
  }

  /** Notes what ended, and what may begin because of it. */
  const account = (ended: EndedStep, round: Round): void => {
    const run = runOf(ended.runId)
    const { step } = stepOf(run, ended.step)
    run.record = { ...run.record, cost: plus(run.record.cost, ended.cost) }
    events.push(stepEndedEvent(run.record, ended))
    if (ended.isCompensation || ended.status === 'HELD' || !goesOn(run)) return
    if (isOverCost(run.record)) return decide(run, overCost(run))
    const isFatal = ended.status === 'FAILED' && step.onFailure !== 'continue'
    if (isFatal) return decide(run, failed(ended, step.onFailure))
    if (ended.item !== WHOLE) return count(round.items, run, ended.step)
    if (ended.status === 'DONE' && step.payload !== null)
      round.patches.push({ run, step: ended.step })
    for (const dependent of stepOf(run, ended.step).dependents) {
      const isJoin = stepOf(run, dependent).step.needs.length > 1
      if (isJoin) count(round.needs, run, dependent)
      else round.ready.push({ run, step: dependent, id: null })
    }
  }

  const joinsOf = async (needs: Round['needs']): Promise<ReadyStep[]> => {
    if (needs.size === 0) return []
    const joins = [...needs.values()].map(({ run, step, ended }) => {
      const compiled = stepOf(run, step)
      return {
        id: ids.step(),
        runId: run.record.id,
        tenantId: run.record.tenantId,
        step,
        kind: kindOf(compiled, WHOLE),
        depth: compiled.depth,
        needs: compiled.step.needs.length,
        ended,
      }
    })
    const complete = await countDownNeeds(tx, joins)
    return complete.map(({ id, runId, step }) => ({ run: runOf(runId), step, id }))
  }

  /** Elements take the places of those that ended; a fan-out ends with its last one. */
  const turn = async (
    items: Round['items'],
  ): Promise<{ starts: StepStart[]; ended: EndedStep[] }> => {
    const turns = [...items.values()].filter(({ run }) => goesOn(run))
    if (turns.length === 0) return { starts: [], ended: [] }
    const left = await countDownItems(
      tx,
      turns.map(({ run, step, ended }) => ({ runId: run.record.id, step, ended })),
    )
    const over = left.filter(({ itemsLeft }) => itemsLeft === 0)
    const going = turns.filter(({ run }) => !run.record.isPaused)
    const next = await findNextItems(
      tx,
      going.map(({ run, step, ended }) => ({ runId: run.record.id, step, items: ended })),
    )
    const starts = next.map((item) => starter.startItem(runOf(item.runId), item))
    const ends =
      over.length === 0
        ? new Map()
        : await endFanOuts(
            tx,
            over.map(({ id }) => id),
            { now, bytesMax: COLLECTED_BYTES_MAX },
          )
    const ended = over.map(({ id, runId, step }): EndedStep => {
      const isTooLarge = ends.get(id)?.isTooLarge ?? false
      const end = isTooLarge
        ? {
            status: 'FAILED' as const,
            error: 'The results of the list are too large together.',
            category: 'permanent' as const,
          }
        : { status: 'DONE' as const, error: null, category: null }
      return {
        ...endedAtOnce(runOf(runId), { id, step, item: WHOLE }, end),
        durationMs: ends.get(id)?.durationMs ?? null,
      }
    })
    return { starts, ended }
  }

  /** Loads outcomes that expressions are going to read, unless they are known. */
  const load = async (wanted: readonly { run: RunInHand; steps: readonly string[] }[]) => {
    const unknown = wanted.flatMap(({ run, steps }) =>
      steps
        .filter((step) => !run.outcomes.has(step))
        .map((step) => ({ runId: run.record.id, step })),
    )
    const distinct = new Map(unknown.map((want) => [`${want.runId} ${want.step}`, want]))
    if (distinct.size === 0) return
    for (const { runId, step, outcome } of await findOutcomes(tx, [...distinct.values()]))
      runOf(runId).outcomes.set(step, outcome)
  }

  const patch = async (patches: Round['patches']): Promise<void> => {
    const going = patches.filter(({ run }) => goesOn(run))
    await load(
      going.map(({ run, step }) => ({
        run,
        steps: [step, ...stepOf(run, step).payloadReads],
      })),
    )
    for (const { run, step } of going) {
      const compiled = stepOf(run, step)
      const { result } = run.outcomes.get(step) ?? NO_OUTCOME
      try {
        const context = contextOf(run, compiled.payloadReads, { result })
        const payload = merged(run.record.payload, compiled.payloadPatch(context))
        if (JSON.stringify(payload).length > PAYLOAD_BYTES_MAX)
          throw new ExpressionError(
            `The shared payload would be larger than ${PAYLOAD_BYTES_MAX} bytes.`,
          )
        run.record = { ...run.record, payload }
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        const message = `The payload could not be updated: ${error.message}`
        decide(run, failed({ step, error: message }, compiled.step.onFailure))
      }
    }
  }

  const loadSignals = async (ready: readonly ReadyStep[]): Promise<void> => {
    const waits = ready.flatMap(({ run, step }) => {
      const { action } = stepOf(run, step).step
      return action.kind === 'signal' ? [{ run, name: action.signal }] : []
    })
    if (waits.length === 0) return
    const runIds = [...new Set(waits.map(({ run }) => run.record.id))]
    for (const run of waits.map((wait) => wait.run)) run.signals.clear()
    for (const { runId, name, id, body } of await findEarlySignals(tx, runIds)) {
      const { signals } = runOf(runId)
      if (begun.some((start) => start.signals.some(({ signalId }) => signalId === id))) continue
      signals.set(name, [...(signals.get(name) ?? []), { id, body }])
    }
  }
  const start = async (ready: readonly ReadyStep[]): Promise<StepStart[]> => {
    const going = ready.filter(({ run }) => goesOn(run))
    const present = going.filter(({ run }) => !run.record.isPaused)
    const later = going.filter(({ run, id }) => run.record.isPaused && id === null)
    await loadSignals(present)
    await load(present.map(({ run, step }) => ({ run, steps: stepOf(run, step).startReads })))
    return [
      ...present.map(({ run, step, id }) => starter.start(run, step, id)),
      ...later.map(({ run, step }) => starter.park(run, step)),
    ]
  }

  const settle = async (first: readonly EndedStep[], firstReady: readonly ReadyStep[] = []) => {
    let ended = [...first]
    let ready = [...firstReady]
    while (ended.length > 0 || ready.length > 0) {
      const round: Round = { ready, needs: new Map(), items: new Map(), patches: [] }
      for (const step of ended) account(step, round)
      if (round.patches.length > 0) await patch(round.patches)
      round.ready.push(...(await joinsOf(round.needs)))
      const turned = await turn(round.items)
      const starts = [...turned.starts, ...(await start(round.ready))]
      begun.push(...starts)
      ready = starts.flatMap(({ children }) => children).flatMap(beginChild)
      ended = [...turned.ended, ...starts.flatMap((start) => start.ended)]
    }
  }
  const noteStart = (write: StepWrite): void => {
    if (write.status !== 'RUNNING' && write.status !== 'HELD') return
    const { id, step, item, kind, isCompensation, message, error } = write
    // What cannot even begin is held at once, and has no task.
    const isHeld = write.status === 'HELD'
    const change = isHeld ? 'held' : 'started'
    const type = isCompensation
      ? (`compensation.${change}` as const)
      : kind === 'approval'
        ? 'approval.requested'
        : (`step.${change}` as const)
    events.push(
      runEvent(runOf(write.runId).record, type, {
        step_id: id,
        step,
        ...(item !== WHOLE && { item }),
        ...(kind === 'agent' && !isHeld && { task_id: id }),
        ...(isHeld && { error: error?.slice(0, 500) }),
        ...(kind === 'approval' && { message: message?.slice(0, 500) }),
      }),
    )
  }
  const beginChild = (record: RunRecord): ReadyStep[] => begin(hold(record))
  const begin = (run: RunInHand): ReadyStep[] => {
    events.push(runEvent(run.record, 'run.started', { run_status: 'RUNNING' }))
    return run.workflow.roots.map((step) => ({ run, step, id: null }))
  }

  /** Writes what began, of runs that go on; what ended is written whatever becomes of the run. */
  const flush = (): Promise<unknown> => {
    const { writes, tasks, children, signals } = combined(begun)
    begun = []
    const dropped = childrenGivenUp(children)
    const isKept = (runId: RunId) => !dropped.has(runId) && runOf(runId).fate === null
    const born = children.filter(({ id }) => !dropped.has(id))
    const kept = writes.filter(
      ({ runId, endedAt }) => isKept(runId) || (endedAt !== null && !dropped.has(runId)),
    )
    const due = tasks.filter(({ task }) => task.runId !== null && isKept(task.runId))
    // In this order, and together: no statement waits for the one before.
    const written = Promise.all([
      born.length > 0 && insertRuns(tx, born),
      ...chunks(kept).map((chunk) => writeSteps(tx, chunk)),
      ...chunks(due).map((chunk) => creation.storeWithin(tx, chunk)),
      signals.length > 0 && takeSignals(tx, signals),
    ])
    for (const write of kept) noteStart(write)
    if (
      kept.some(({ dueAt }) => dueAt !== null) ||
      born.some(({ deadlineAt }) => deadlineAt !== null)
    )
      notifyTimers(tx)
    for (const id of dropped) runs.delete(id)
    events = events.filter(({ runId }) => !dropped.has(runId))
    return written
  }
  /** Runs that began under one that is given up in the same move: as if they had never begun. */
  const childrenGivenUp = (children: readonly RunRecord[]): Set<RunId> => {
    const dropped = new Set<RunId>()
    for (const { id, parentRunId } of children) {
      const parent = parentRunId === null ? undefined : runs.get(parentRunId)
      if (parent !== undefined && (parent.fate !== null || dropped.has(parent.record.id)))
        dropped.add(id)
    }
    return dropped
  }

  const ending = createRunEnding({
    tx,
    now,
    runs,
    starter,
    note: (event) => void events.push(event),
    tell: (message) => void messages.push(message),
    load,
    write: async (starts) => {
      begun.push(...starts)
      await flush()
    },
  })

  return {
    runs,
    hold,
    runOf,
    decide,
    settle,
    begin,
    /** Elements whose turn comes otherwise than by the end of others. */
    startItems: (items: readonly NextItem[]) =>
      void begun.push(...items.map((item) => starter.startItem(runOf(item.runId), item))),
    /** Tries to begin a held compensation again that had not become a task. */
    retryCompensation: (held: { id: StepId; runId: RunId; step: string; item: number }) =>
      ending.retry(held),
    note: (event: RunEvent) => void events.push(event),
    tell: (message: RunMessage) => void messages.push(message),
    /** What a person did, for the audit log; written last. */
    audit: (act: AuditedAct) => void acts.push(act),

    /** Writes what was decided; closes what is over. Nothing may follow. */
    finish: async (): Promise<ClosedRun[]> => {
      const flushed = flush()
      flushed.catch(() => {})
      await ending.windDown()
      const moved = [...runs.values()].map(({ record, firstPayload }) => ({
        record,
        isPayloadNew: record.payload !== firstPayload,
      }))
      if (moved.length === 0) return flushed.then(() => [])
      const [idle] = await Promise.all([writeMoved(tx, { runs: moved, events }, now), flushed])
      events = []
      const closed = await ending.closeIdle(idle)
      if (events.length > 0) await insertRunEvents(tx, events, now)
      if (messages.length > 0) await insertMessages(tx, messages)
      for (const act of acts) await recordWithin(tx, act)
      return closed
    },
  }
}

interface Round {
  ready: ReadyStep[]
  needs: Map<string, Counted>
  items: Map<string, Counted>
  patches: { run: RunInHand; step: string }[]
}

interface Counted {
  run: RunInHand
  step: string
  ended: number
}

const count = (counts: Map<string, Counted>, run: RunInHand, step: string): void => {
  const key = `${run.record.id} ${step}`
  const counted = counts.get(key) ?? { run, step, ended: 0 }
  counts.set(key, { ...counted, ended: counted.ended + 1 })
}

const NO_OUTCOME: StepOutcome = { status: 'DONE', result: null, error: null }

const failed = ({ step, error }: { step: string; error: string | null }, policy: string): Fate => ({
  outcome: 'FAILED',
  error: error ?? 'The step failed.',
  failedStep: step,
  isUndone: policy === 'compensate',
})

const overCost = ({ record, workflow }: RunInHand): Fate => ({
  outcome: 'FAILED',
  error: `The run has cost ${record.cost} dollars, more than its limit of ${record.costLimit ?? ''}.`,
  failedStep: null,
  isUndone: workflow.isSaga,
})

const isOverCost = ({ cost, costLimit }: RunRecord): boolean =>
  costLimit !== null && Number(cost) > Number(costLimit)

const MICRO_DOLLARS = 1_000_000
/** Exact: amounts have six decimals. */
const plus = (sum: string, amount: string | null): string =>
  amount === null
    ? sum
    : (
        (Math.round(Number(sum) * MICRO_DOLLARS) + Math.round(Number(amount) * MICRO_DOLLARS)) /
        MICRO_DOLLARS
      ).toFixed(6)

/** Rows of one statement at the most. */
const CHUNK_ROWS = 1_000
const chunks = <Value>(values: readonly Value[]): Value[][] =>
  Array.from({ length: Math.ceil(values.length / CHUNK_ROWS) }, (_, at) =>
    values.slice(at * CHUNK_ROWS, (at + 1) * CHUNK_ROWS),
  )
