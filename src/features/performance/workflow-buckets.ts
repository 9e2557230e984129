import type { EventData, EventType } from '@cadre/contract'
import type { StoredEvent } from '#platform/events/event-store.ts'
import { placeOf, sketchOf } from './duration-sketch.ts'
import {
  dollars,
  microDollars,
  noSums,
  type Bucket,
  type Outcome,
  type Part,
} from './performance.ts'

/** The ends of runs and steps. `step.held` is none: a person still decides about it. */
const ENDS = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
  'run.compensated': 'compensated',
  'step.completed': 'completed',
  'step.failed': 'failed',
  'step.skipped': 'skipped',
  'step.cancelled': 'cancelled',
  'compensation.completed': 'completed',
  'compensation.failed': 'failed',
  'compensation.skipped': 'skipped',
  'compensation.cancelled': 'cancelled',
} as const satisfies Partial<Record<EventType, Outcome>>
type End = keyof typeof ENDS

export const PERFORMANCE_EVENTS = Object.keys(ENDS) as End[]

/** What these events add, per version, hour and day, and part. Pure. */
export const bucketsOf = (events: readonly StoredEvent[]): Bucket[] => {
  const tallies = new Map<string, Tally>()
  for (const stored of events) {
    const end = endOf(stored)
    if (end === null) continue
    for (const grain of ['hour', 'day'] as const) {
      const startsAt = startOf(new Date(stored.event.at), grain)
      const place = { ...end.place, grain, startsAt }
      const key = JSON.stringify(place)
      const tally = tallies.get(key) ?? newTally(place)
      tallies.set(key, tally)
      count(tally, end)
    }
  }
  return [...tallies.values()].map(({ sums, micro, durations, waits }) => ({
    ...sums,
    cost: dollars(micro),
    durations: sketchOf(durations),
    waits: sketchOf(waits),
  }))
}

/** The hour or day, of UTC, that holds the instant. */
export const startOf = (instant: Date, grain: Bucket['grain']): Date => {
  const start = new Date(instant)
  if (grain === 'day') start.setUTCHours(0, 0, 0, 0)
  else start.setUTCMinutes(0, 0, 0)
  return start
}

type Place = Pick<Bucket, 'tenantId' | 'workflowName' | 'workflowVersion' | 'part' | 'step'>

interface ExecutionEnd {
  place: Place
  outcome: Outcome
  attempts: number
  micro: bigint
  durationMs: number | null
  waitMs: number | null
}

interface Tally {
  sums: Bucket
  micro: bigint
  durations: Map<number, number>
  waits: Map<number, number>
}

const newTally = (place: Place & Pick<Bucket, 'grain' | 'startsAt'>): Tally => ({
  sums: { ...noSums(), ...place },
  micro: 0n,
  durations: new Map(),
  waits: new Map(),
})

const isEnd = (type: EventType): type is End => Object.hasOwn(ENDS, type)

const endOf = ({ tenantId, event: { type, data } }: StoredEvent): ExecutionEnd | null => {
  if (!isEnd(type)) return null
  const part = partOf(type, data)
  const { workflow_name: workflowName, workflow_version: workflowVersion } = data
  const step = part === 'run' ? '' : data.step
  if (workflowName === undefined || workflowVersion === undefined || step === undefined) return null
  const outcome = ENDS[type]
  // A run that keeps earlier results does only a part of the work.
  const isComparable = outcome === 'completed' && data.rerun_from === undefined
  return {
    place: { tenantId, workflowName, workflowVersion, part, step },
    outcome,
    attempts: Math.max(0, Math.trunc(finite(data.attempts) ?? 0)),
    micro: microDollars(data.cost ?? '') ?? 0n,
    durationMs: isComparable ? finite(data.duration_ms) : null,
    waitMs: finite(data.wait_ms),
  }
}

const partOf = (type: End, data: EventData): Part => {
  if (type.startsWith('run.')) return 'run'
  if (type.startsWith('compensation.')) return 'compensation'
  return data.item === undefined ? 'step' : 'item'
}

/** Clocks of two machines may disagree: what ends before it began took no time. */
const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? Math.max(0, value) : null

const count = (tally: Tally, { outcome, attempts, micro, durationMs, waitMs }: ExecutionEnd) => {
  const { sums, durations, waits } = tally
  sums[outcome] += 1
  sums.attempts += attempts
  sums.retries += Math.max(0, attempts - 1)
  tally.micro += micro
  sums.costSquares += (Number(micro) / 1_000_000) ** 2
  if (durationMs !== null) {
    sums.durationMsSum += durationMs
    add(durations, placeOf(durationMs))
  }
  if (waitMs !== null) {
    sums.waitMsSum += waitMs
    add(waits, placeOf(waitMs))
  }
}

const add = (counts: Map<number, number>, place: number): void =>
  void counts.set(place, (counts.get(place) ?? 0) + 1)
