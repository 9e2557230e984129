import type { CadreEvent, RunStep, StepKind, StepStatus } from '@cadre/contract'

const STATUSES: Readonly<Record<string, StepStatus>> = {
  started: 'RUNNING',
  requested: 'RUNNING',
  completed: 'DONE',
  failed: 'FAILED',
  held: 'HELD',
  skipped: 'SKIPPED',
  cancelled: 'CANCELLED',
}

/** What an event makes of a step; null: it tells nothing about one. */
const statusAfter = ({ type }: CadreEvent): StepStatus | null => {
  const [subject, happening = ''] = type.split('.')
  const isOfStep = subject === 'step' || subject === 'compensation' || subject === 'approval'
  return isOfStep && Object.hasOwn(STATUSES, happening) ? (STATUSES[happening] ?? null) : null
}

/**
 * The steps of a run after a batch of its events, so that thousands of them need not be fetched
 * anew. Elements of lists are left to the next fetch. Untouched steps keep their identity, and so
 * does the list when nothing changed.
 */
export const withStepEvents = (
  steps: readonly RunStep[],
  batch: readonly CadreEvent[],
  kindOf: (step: string) => StepKind | undefined,
): readonly RunStep[] => {
  const changes = batch.filter(
    (event) => event.data.item === undefined && statusAfter(event) !== null,
  )
  if (changes.length === 0) return steps
  const byKey = new Map(steps.map((step, index) => [keyOf(step.step, step.is_compensation), index]))
  const next = [...steps]
  let hasChanged = false
  for (const event of changes) {
    const { step: name, step_id: id } = event.data
    if (name === undefined || id === undefined) continue
    const isUndo = event.type.startsWith('compensation.')
    const key = keyOf(name, isUndo)
    const index = byKey.get(key) ?? next.length
    const kind = kindOf(name)
    const known = next[index] ?? (kind === undefined ? null : begun(event, isUndo ? 'agent' : kind))
    const changed = known === null ? null : withEvent(known, event)
    if (changed === null || changed === next[index]) continue
    byKey.set(key, index)
    next[index] = changed
    hasChanged = true
  }
  return hasChanged ? next : steps
}

const keyOf = (step: string, isUndo: boolean) => `${isUndo ? 'undo ' : ''}${step}`

/** The step after the event; the same object if the event is older than what is known. */
const withEvent = (step: RunStep, event: CadreEvent): RunStep => {
  const { at, data } = event
  const latest = step.ended_at ?? step.released_at
  if (latest !== null && Date.parse(at) < Date.parse(latest)) return step
  const status = statusAfter(event) ?? step.status
  if (status === step.status) return step
  const isOpen = status === 'RUNNING'
  const releasedAt = isOpen ? at : step.released_at
  return {
    ...step,
    id: data.step_id ?? step.id,
    status,
    task_id: data.task_id ?? step.task_id,
    message: data.message ?? step.message,
    error: isOpen ? null : (data.error ?? null),
    attempts: data.attempts ?? step.attempts,
    cost: data.cost ?? step.cost,
    wait_ms: data.wait_ms ?? step.wait_ms,
    released_at: releasedAt,
    ended_at: isOpen ? null : at,
    duration_ms:
      isOpen || releasedAt === null ? null : Math.max(0, Date.parse(at) - Date.parse(releasedAt)),
  }
}

/** A step of which nothing was known before the event. */
const begun = ({ type, data }: CadreEvent, kind: StepKind): RunStep | null =>
  data.step_id === undefined || data.run_id === undefined || data.step === undefined
    ? null
    : {
        id: data.step_id,
        run_id: data.run_id,
        step: data.step,
        item: null,
        is_compensation: type.startsWith('compensation.'),
        kind,
        status: 'WAITING',
        task_id: null,
        child_run_id: null,
        message: null,
        error: null,
        category: null,
        attempts: 0,
        cost: null,
        items: null,
        items_left: null,
        wait_ms: null,
        duration_ms: null,
        due_at: null,
        decision: null,
        decided_by_name: null,
        comment: null,
        is_reused: false,
        released_at: null,
        ended_at: null,
      }
