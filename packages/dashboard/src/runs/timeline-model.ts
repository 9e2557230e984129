import type { Attempt, RunStep } from '@cadre/contract'
import type { GraphStep } from './graph-model.ts'

/** Milliseconds since the epoch. */
export interface TimeRange {
  from: number
  to: number
}

export type SpanLook = 'wait' | 'running' | 'done' | 'failed' | 'cancelled' | 'idle'

export interface Span extends TimeRange {
  look: SpanLook
  words: string
}

export interface TimelineRow {
  key: string
  title: string
  step: RunStep
}

const at = (timestamp: string) => Date.parse(timestamp)

/** What began, in the order in which it did; compensations stand among the steps as they came. */
export const timelineRows = (steps: readonly GraphStep[]): TimelineRow[] =>
  steps
    .flatMap(({ title, step, undo }) => [
      ...(step === null ? [] : [{ key: step.id, title, step }]),
      ...(undo === null ? [] : [{ key: `undo ${undo.id}`, title, step: undo }]),
    ])
    .filter(({ step }) => step.released_at !== null)
    .sort(byRelease)

const byRelease = (a: TimelineRow, b: TimelineRow) =>
  at(a.step.released_at ?? '') - at(b.step.released_at ?? '') || (a.key < b.key ? -1 : 1)

const RANGE_MS_MIN = 10

/** The whole time of a run; of one that goes on until now. */
export const wholeRange = (
  run: { created_at: string; finished_at: string | null },
  now: number,
): TimeRange => {
  const from = at(run.created_at)
  const to = run.finished_at === null ? now : at(run.finished_at)
  return { from, to: Math.max(to, from + RANGE_MS_MIN) }
}

const LOOKS: Record<RunStep['status'], SpanLook> = {
  RECORDED: 'idle',
  WAITING: 'wait',
  RUNNING: 'running',
  HELD: 'failed',
  DONE: 'done',
  FAILED: 'failed',
  SKIPPED: 'cancelled',
  CANCELLED: 'cancelled',
}

const OUTCOME_LOOKS: Record<Attempt['outcome'], SpanLook> = {
  running: 'running',
  done: 'done',
  failed: 'failed',
  lost: 'failed',
  cancelled: 'cancelled',
}

/** Steps that do nothing but wait. */
const WAITS: Partial<Record<RunStep['kind'], string>> = {
  approval: 'Waits for a decision',
  signal: 'Waits for its signal',
  delay: 'Waits for its time',
}

/**
 * The parts of a step's time: its waits, and its attempts where they are known. Without them what
 * follows the first wait counts as one.
 */
export const spansOf = (
  step: RunStep,
  attempts: readonly Attempt[] | undefined,
  now: number,
): Span[] => {
  if (step.released_at === null) return []
  const from = at(step.released_at)
  const to = Math.max(from, step.ended_at === null ? now : at(step.ended_at))
  const work = workSpans(step, attempts, { from, to }, now)
  return step.status === 'HELD' && to < now
    ? [...work, { from: to, to: now, look: 'wait', words: 'Waits for a person' }]
    : work
}

const workSpans = (
  step: RunStep,
  attempts: readonly Attempt[] | undefined,
  { from, to }: TimeRange,
  now: number,
): Span[] => {
  if (attempts !== undefined && attempts.length > 0)
    return attemptSpans(attempts, { from, to }, now)
  const isQueued = step.kind === 'agent' && step.status === 'RUNNING' && attempts !== undefined
  if (isQueued) return [{ from, to, look: 'wait', words: 'Waits for an agent' }]
  const words = WAITS[step.kind]
  if (words !== undefined && step.status === 'RUNNING') return [{ from, to, look: 'wait', words }]
  const begin = Math.min(to, from + (step.wait_ms ?? 0))
  const work: Span = { from: begin, to, look: LOOKS[step.status], words: 'Ran' }
  return begin === from ? [work] : [{ from, to: begin, look: 'wait', words: 'Waited' }, work]
}

const attemptSpans = (attempts: readonly Attempt[], { from, to }: TimeRange, now: number) => {
  const spans: Span[] = []
  let last = from
  for (const attempt of attempts) {
    const begin = Math.max(last, at(attempt.started_at))
    const end = Math.max(begin, attempt.finished_at === null ? now : at(attempt.finished_at))
    if (begin > last) spans.push({ from: last, to: begin, look: 'wait', words: 'Waited' })
    const words = `Attempt ${attempt.attempt}`
    spans.push({ from: begin, to: end, look: OUTCOME_LOOKS[attempt.outcome], words })
    last = end
  }
  return last < to ? [...spans, { from: last, to, look: 'wait' as const, words: 'Waited' }] : spans
}

/** The part of a range between two fractions of it, within the whole. */
export const part = (range: TimeRange, from: number, to: number, whole: TimeRange): TimeRange => {
  const length = range.to - range.from
  const wanted = Math.max(RANGE_MS_MIN, length * (to - from))
  const span = Math.min(wanted, whole.to - whole.from)
  const middle = range.from + (length * (from + to)) / 2
  const begin = Math.min(Math.max(whole.from, middle - span / 2), whole.to - span)
  return { from: begin, to: begin + span }
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TICKS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * 1),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * SECOND_MS),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 6, 12].map((count) => count * HOUR_MS),
  ...[1, 2, 7, 30, 90, 365].map((count) => count * DAY_MS),
]

export interface Tick {
  /** Of the range. */
  fraction: number
  /** Since the run began. */
  offsetMs: number
}

/** Round offsets from the run's beginning, at most `ticksMax` of them. */
export const ticksOf = (range: TimeRange, start: number, ticksMax: number): Tick[] => {
  const length = range.to - range.from
  const step = TICKS_MS.find((each) => length / each <= ticksMax) ?? length / ticksMax
  const first = Math.ceil((range.from - start) / step)
  const last = Math.floor((range.to - start) / step)
  return Array.from(
    { length: Math.max(0, Math.min(ticksMax + 1, last - first + 1)) },
    (_, index) => {
      const offsetMs = (first + index) * step
      return { offsetMs, fraction: (start + offsetMs - range.from) / length }
    },
  )
}

/** An offset as the axis writes it: `0`, `250 ms`, `1.5 s`, `4:30`, `2 h 10 m`, `3 d`. */
export const formatOffset = (offsetMs: number): string => {
  if (offsetMs === 0) return '0'
  if (offsetMs < SECOND_MS) return `${Math.round(offsetMs)} ms`
  if (offsetMs < MINUTE_MS) return `${Math.round(offsetMs / 10) / 100} s`
  const minutes = Math.floor(offsetMs / MINUTE_MS)
  if (offsetMs < HOUR_MS)
    return `${minutes}:${String(Math.floor((offsetMs % MINUTE_MS) / SECOND_MS)).padStart(2, '0')}`
  if (offsetMs < DAY_MS) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
  return `${Math.round((offsetMs / DAY_MS) * 10) / 10} d`
}
