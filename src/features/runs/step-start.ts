import type { FailureCategory, ParsedCreateTask, RunId, StepId } from '@cadre/contract'
import type { NewTask, TaskCreation } from '#features/tasks/index.ts'
import { ExpressionError } from '#features/workflows/index.ts'
import type { AgentAction, CompiledStep } from '#features/workflows/index.ts'
import type { Ids } from '#platform/ids.ts'
import { ITEMS_MAX, NESTING_MAX } from './run-limits.ts'
import type { RunLookups } from './run-lookups.ts'
import type { NextItem } from './step-counts-store.ts'
import { newRun } from './new-run.ts'
import { triggerProblem } from './trigger-problem.ts'
import { contextOf, endedAtOnce, type ContextValues, type RunInHand } from './run-in-hand.ts'
import { WHOLE, type EndedStep, type RunRecord, type StepKind, type StepWrite } from './run.ts'

/** What starting a step comes to: nothing of it is written yet. */
export interface StepStart {
  writes: StepWrite[]
  tasks: NewTask[]
  children: RunRecord[]
  /** Signals that came early and have found their step. */
  signals: { signalId: number; stepId: StepId }[]
  ended: EndedStep[]
}

export const nothingStarted = (): StepStart => ({
  writes: [],
  tasks: [],
  children: [],
  signals: [],
  ended: [],
})

export interface StepStarter {
  /** A step whose needs have all ended. `id` is its row's where it has one. */
  start(run: RunInHand, name: string, id: StepId | null): StepStart
  /** A step that is ready while its run is paused. */
  park(run: RunInHand, name: string): StepStart
  /** An element whose turn has come, with its input as it was reckoned when the list was known. */
  startItem(run: RunInHand, next: NextItem): StepStart
  /** Undoes an action that may have happened. */
  startCompensation(
    run: RunInHand,
    due: { id: StepId; step: string; item: number; result: unknown },
  ): StepStart
}

export interface StepStarterOptions {
  lookups: RunLookups
  creation: Pick<TaskCreation, 'prepareFor'>
  ids: Ids
  now: Date
}

/** Decides what begins with a step, from what its expressions give. Reads and writes nothing. */
export const createStepStarter = (options: StepStarterOptions): StepStarter => {
  const { lookups, creation, ids, now } = options

  const start: StepStarter['start'] = (run, name, stored) => {
    const compiled = stepOf(run, name)
    const { step } = compiled
    const id = stored ?? ids.step()
    const place = { id, step: name, item: WHOLE }
    return guarded(run, compiled, place, () => {
      const context = contextOf(run, compiled.startReads)
      if (!compiled.when(context)) {
        run.outcomes.set(name, { status: 'SKIPPED', result: null, error: null })
        return ended(run, compiled, place, { status: 'SKIPPED', error: null, category: null })
      }
      if (step.forEach !== null) return fanOut(run, compiled, id, step.forEach.concurrencyMax)
      return act(run, compiled, place, prepared(run, compiled, {}))
    })
  }

  const prepared = (run: RunInHand, compiled: CompiledStep, values: ContextValues): Prepared => {
    const context = contextOf(run, compiled.startReads, values)
    return {
      input: compiled.input(context),
      message: compiled.message(context),
      delayUntil: compiled.delayUntil(context, now),
    }
  }

  const fanOut = (
    run: RunInHand,
    compiled: CompiledStep,
    id: StepId,
    concurrencyMax: number,
  ): StepStart => {
    const { name, action } = compiled.step
    if (action.kind === 'signal' || action.kind === 'delay')
      throw new ExpressionError(`A ${action.kind} cannot be repeated for a list.`)
    const items = compiled.items(contextOf(run, compiled.startReads))
    if (items.length > ITEMS_MAX)
      throw new ExpressionError(
        `The list has ${items.length} elements; at most ${ITEMS_MAX} may be worked on.`,
      )
    const whole = { id, step: name, item: WHOLE }
    if (items.length === 0) {
      run.outcomes.set(name, { status: 'DONE', result: [], error: null })
      const none = ended(run, compiled, whole, { status: 'DONE', error: null, category: null })
      return { ...none, writes: none.writes.map((write) => ({ ...write, output: [] })) }
    }
    const parent: StepWrite = {
      ...written(run, compiled, whole),
      kind: 'fan_out',
      isHolding: false,
      status: 'RUNNING',
      items: items.length,
      releasedAt: now,
    }
    const starts = items.map((item, index) => {
      const place = { id: ids.step(), step: name, item: index }
      const values = prepared(run, compiled, { item, index })
      if (index < concurrencyMax) return act(run, compiled, place, values)
      const waiting: StepWrite = {
        ...written(run, compiled, place),
        status: 'WAITING',
        input: values.input,
        message: values.message === '' ? null : values.message,
      }
      return { ...nothingStarted(), writes: [waiting] }
    })
    return combined([{ ...nothingStarted(), writes: [parent] }, ...starts])
  }

  /** Begins the action of a step or of one element. */
  const act = (
    run: RunInHand,
    compiled: CompiledStep,
    place: Place,
    { input, message, delayUntil }: Prepared,
  ): StepStart => {
    const { action } = compiled.step
    const running: StepWrite = {
      ...written(run, compiled, place),
      status: 'RUNNING',
      releasedAt: now,
    }
    switch (action.kind) {
      case 'agent': {
        const task = taskFor(run, compiled, { ...place, action, input, isCompensation: false })
        if (task === null) return refused(run, compiled, place, noAgent(action))
        return {
          ...nothingStarted(),
          writes: [running, ...recorded(run, compiled, place.item)],
          tasks: [task],
        }
      }
      case 'workflow': {
        const child = childOf(run, { reference: action.workflow, id: place.id, input })
        if (typeof child === 'string') return refused(run, compiled, place, child)
        const isSaga = lookups.workflow(child.workflowId).compiled.isSaga
        const undo: StepWrite[] = isSaga ? [recordedUndo(run, compiled, place.item)] : []
        return { ...nothingStarted(), writes: [running, ...undo], children: [child] }
      }
      case 'approval':
        return one({ ...running, input, message, dueAt: later(action.deadlineSeconds) })
      case 'signal': {
        const early = run.signals.get(action.signal)?.shift()
        const waits = { ...running, message: action.signal }
        if (early === undefined) return one({ ...waits, dueAt: later(action.timeoutSeconds) })
        run.outcomes.set(place.step, { status: 'DONE', result: early.body, error: null })
        const done = ended(run, compiled, place, { status: 'DONE', error: null, category: null })
        return {
          ...done,
          writes: done.writes.map((write) => ({ ...write, output: early.body })),
          signals: [{ signalId: early.id, stepId: place.id }],
        }
      }
      case 'delay': {
        const dueAt = delayUntil ?? now
        if (dueAt > now) return one({ ...running, dueAt })
        run.outcomes.set(place.step, { status: 'DONE', result: null, error: null })
        return ended(run, compiled, place, { status: 'DONE', error: null, category: null })
      }
    }
  }

  const later = (seconds: number | null): Date | null =>
    seconds === null ? null : new Date(now.getTime() + seconds * 1_000)

  const written = (run: RunInHand, compiled: CompiledStep, place: Place): StepWrite => ({
    ...place,
    runId: run.record.id,
    tenantId: run.record.tenantId,
    isCompensation: false,
    isHolding: compiled.step.onFailure === 'hold',
    kind: kindOf(compiled, place.item),
    status: 'WAITING',
    depth: compiled.depth,
    items: null,
    input: null,
    output: null,
    message: null,
    error: null,
    category: null,
    dueAt: null,
    releasedAt: null,
    endedAt: null,
  })

  /** Noted before the action can start, so that no crash can come between. */
  const recorded = (run: RunInHand, compiled: CompiledStep, item: number): StepWrite[] =>
    compiled.step.compensation === null
      ? []
      : [{ ...recordedUndo(run, compiled, item), kind: 'agent' }]
  const recordedUndo = (run: RunInHand, compiled: CompiledStep, item: number): StepWrite => ({
    ...written(run, compiled, { id: ids.step(), step: compiled.step.name, item }),
    isCompensation: true,
    isHolding: true,
    kind: 'workflow',
    status: 'RECORDED',
  })

  const taskFor = (
    run: RunInHand,
    { step }: CompiledStep,
    { id, item, action, input, isCompensation }: TaskWanted,
  ): NewTask | null => {
    const { tenantId, workflowName, traceparent } = run.record
    const agent = action.agent === null ? null : lookups.agentNamed(tenantId, action.agent)
    if (action.agent !== null && agent === null) return null
    const name = `${step.name}${item === WHOLE ? '' : `[${item}]`}`
    const request: ParsedCreateTask = {
      title: `${workflowName} · ${isCompensation ? 'undo ' : ''}${name}`.slice(0, 200),
      ...(action.capability !== null && { capability: action.capability }),
      input: input as ParsedCreateTask['input'],
      priority: action.priority,
      ...(action.maxRetries !== null && { max_retries: action.maxRetries }),
      ...(action.backoff !== null && { backoff: action.backoff }),
      ...(action.noRetryOn !== null && { no_retry_on: [...action.noRetryOn] }),
      ...(action.timeouts !== null && { timeouts: action.timeouts }),
      tags: [],
    }
    const entry = creation.prepareFor({ tenantId }, request, agent)
    const task = {
      ...entry.task,
      id: id as string as NewTask['task']['id'],
      runId: run.record.id,
      command: isCompensation ? ('compensation' as const) : ('action' as const),
      traceparent,
    }
    return { ...entry, task }
  }

  const childOf = (
    { record }: RunInHand,
    { reference, id, input }: { reference: string; id: StepId; input: unknown },
  ): RunRecord | string => {
    if (record.nesting >= NESTING_MAX)
      return `Runs nest ${NESTING_MAX} deep at the most; this one would be deeper.`
    const found = lookups.workflowNamed(record.tenantId, reference)
    if (found === null) return `There is no workflow ${reference}.`
    const problem = triggerProblem(found.compiled, input)
    if (problem !== null) return `${reference} does not take this input: ${problem}`
    return newRun({
      id: id as string as RunId,
      known: found,
      tenantId: record.tenantId,
      trigger: input,
      triggerKind: 'workflow',
      parent: record,
      createdBy: { id: record.createdBy, name: record.createdByName },
      now,
    })
  }

  /** A step whose expressions fail has failed itself, for good. */
  const guarded = (
    run: RunInHand,
    compiled: CompiledStep,
    place: Place,
    begin: () => StepStart,
  ): StepStart => {
    try {
      return begin()
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      return refused(run, compiled, place, error.message)
    }
  }
  const refused = (
    run: RunInHand,
    compiled: CompiledStep,
    place: Place,
    error: string,
  ): StepStart => {
    if (place.item === WHOLE)
      run.outcomes.set(place.step, { status: 'FAILED', result: null, error })
    return ended(run, compiled, place, { status: 'FAILED', error, category: 'permanent' })
  }
  const ended = (
    run: RunInHand,
    compiled: CompiledStep,
    place: Place,
    end: {
      status: 'DONE' | 'FAILED' | 'SKIPPED'
      error: string | null
      category: FailureCategory | null
    },
  ): StepStart => ({
    ...nothingStarted(),
    writes: [{ ...written(run, compiled, place), ...end, releasedAt: now, endedAt: now }],
    ended: [endedAtOnce(run, place, end)],
  })

  return {
    start,
    park: (run, name) =>
      one(written(run, stepOf(run, name), { id: ids.step(), step: name, item: WHOLE })),
    startItem: (run, { id, step, item, input, message }) => {
      const compiled = stepOf(run, step)
      const place = { id, step, item }
      return guarded(run, compiled, place, () =>
        act(run, compiled, place, { input, message: message ?? '', delayUntil: null }),
      )
    },
    startCompensation: (run, { id, step: name, item, result }) => {
      const compiled = stepOf(run, name)
      const place = { id, step: name, item }
      const row = { ...written(run, compiled, place), isCompensation: true, isHolding: true }
      const action = compiled.step.compensation
      if (action === null)
        return one({ ...row, kind: 'workflow', status: 'RUNNING', releasedAt: now })
      const held = (error: string) =>
        one({
          ...row,
          kind: 'agent',
          status: 'HELD',
          error,
          category: 'permanent',
          releasedAt: now,
        })
      try {
        const values = { result, error: run.record.error, ...(item !== WHOLE && { index: item }) }
        const input = compiled.compensationInput(contextOf(run, compiled.compensationReads, values))
        const task = taskFor(run, compiled, { ...place, action, input, isCompensation: true })
        if (task === null) return held(noAgent(action))
        const running: StepWrite = { ...row, kind: 'agent', status: 'RUNNING', releasedAt: now }
        return { ...one(running), tasks: [task] }
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error
        return held(error.message)
      }
    },
  }
}

interface Place {
  id: StepId
  step: string
  item: number
}

interface Prepared {
  input: unknown
  message: string
  delayUntil: Date | null
}

interface TaskWanted extends Place {
  action: AgentAction
  input: unknown
  isCompensation: boolean
}

const one = (write: StepWrite): StepStart => ({ ...nothingStarted(), writes: [write] })

export const combined = (starts: readonly StepStart[]): StepStart => ({
  writes: starts.flatMap(({ writes }) => writes),
  tasks: starts.flatMap(({ tasks }) => tasks),
  children: starts.flatMap(({ children }) => children),
  signals: starts.flatMap(({ signals }) => signals),
  ended: starts.flatMap(({ ended }) => ended),
})

export const stepOf = (run: RunInHand, name: string): CompiledStep => {
  const compiled = run.workflow.steps.get(name)
  if (compiled === undefined)
    throw new Error(`Broken invariant: run ${run.record.id} has no step ${name}`)
  return compiled
}

export const kindOf = ({ step }: CompiledStep, item: number): StepKind =>
  step.forEach !== null && item === WHOLE ? 'fan_out' : step.action.kind

const noAgent = (action: AgentAction): string => `There is no agent ${action.agent ?? ''}.`
