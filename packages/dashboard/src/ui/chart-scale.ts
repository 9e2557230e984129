type Grain = 'hour' | 'day'

const GRAIN_MS: Readonly<Record<Grain, number>> = { hour: 3_600_000, day: 86_400_000 }

/** An hour or day of the period; without a point when nothing is known of it. */
export interface Slot<Point> {
  at: string
  point: Point | null
}

export interface Period<Point> {
  since: string
  until: string
  by: Grain
  series: readonly Point[]
}

/** Every hour or day from `since` to `until`, whether something happened in it or not. */
export const slotsOf = <Point extends { at: string }>(period: Period<Point>): Slot<Point>[] => {
  const points = new Map(period.series.map((point) => [Date.parse(point.at), point]))
  const slots: Slot<Point>[] = []
  const step = GRAIN_MS[period.by]
  for (let at = Date.parse(period.since); at < Date.parse(period.until); at += step)
    slots.push({ at: new Date(at).toISOString(), point: points.get(at) ?? null })
  return slots
}

/** The same as columns of a chart: what each slot is called, and how to read a value of each. */
export const columnsOf = <Point extends { at: string }>(period: Period<Point>) => {
  const slots = slotsOf(period)
  return {
    names: slots.map(({ at }) => formatSlot(at, period.by)),
    valuesOf: (read: (point: Point) => number | null) =>
      slots.map(({ point }) => (point === null ? null : read(point))),
  }
}

/** The greatest of what is known; 0 where nothing is. */
export const peakOf = (values: readonly (number | null)[]): number =>
  Math.max(0, ...values.map((value) => value ?? 0))

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const ROUND_DURATIONS_MS = [
  ...[20, 50, 100, 200, 500].map((ms) => ms),
  ...[1, 2, 4, 6, 10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 4, 6, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 6, 12, 24, 48].map((hours) => hours * HOUR),
]

/** A value at or above `peak` that people call round. */
export const roundAbove = (peak: number): number => {
  if (peak <= 0) return 1
  const magnitude = 10 ** Math.floor(Math.log10(peak))
  const factor = [1, 2, 4, 6, 8, 10].find((candidate) => candidate * magnitude >= peak) ?? 10
  return factor * magnitude
}

/** The same of milliseconds, where a minute is round and a hundred seconds are not. */
export const roundDurationAbove = (peakMs: number): number =>
  peakMs < 10
    ? roundAbove(peakMs)
    : (ROUND_DURATIONS_MS.find((round) => round >= peakMs) ?? roundAbove(peakMs))

/** The same of things that are counted: at least two, so that the middle is one. */
export const roundCountAbove = (peak: number): number => Math.max(2, roundAbove(peak))

const WIDTH = 1_000
const HEIGHT = 100

/** Where a value stands in a box of 1000 to 100, one slot for each. */
const placeOf = (value: number, { index, slots, ceiling }: Slotted): string => {
  const x = ((index + 0.5) / slots) * WIDTH
  const y = HEIGHT - Math.min(1, value / ceiling) * HEIGHT
  return `${x.toFixed(1)} ${y.toFixed(1)}`
}
interface Slotted {
  index: number
  slots: number
  ceiling: number
}

/** A line through what is known, broken where nothing is. */
export const linePath = (values: readonly (number | null)[], ceiling: number): string => {
  let path = ''
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    const isJoined = index > 0 && values[index - 1] !== null
    path += `${isJoined ? 'L' : 'M'}${placeOf(value, { index, slots: values.length, ceiling })}`
  }
  return path
}

/** A dot at each value: of few all, of many those that no line joins to a neighbour. */
export const dotsPath = (values: readonly (number | null)[], ceiling: number): string => {
  const isKnown = (index: number) => (values[index] ?? null) !== null
  let path = ''
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    if (values.length > DOTS_MAX && (isKnown(index - 1) || isKnown(index + 1))) continue
    path += `M${placeOf(value, { index, slots: values.length, ceiling })}h0.01`
  }
  return path
}
const DOTS_MAX = 31

const hours = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
/** Days are those of UTC, and are called so. */
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

const formatSlot = (at: string, by: Grain): string =>
  (by === 'hour' ? hours : days).format(new Date(at))
