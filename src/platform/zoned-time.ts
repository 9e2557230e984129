// Wall-clock time of IANA zones. A wall time is held as the milliseconds that it would be in UTC.

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Zones differ from UTC by less than this, and no clock was ever moved by more. */
const DAY_MS = 24 * HOUR_MS
/** Names come from callers, who may write one name in many ways. */
const FORMATTERS_MAX = 1_000

const formatters = new Map<string, Intl.DateTimeFormat>()

const formatterOf = (zone: string): Intl.DateTimeFormat => {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (formatters.size >= FORMATTERS_MAX) formatters.clear()
  formatters.set(zone, formatter)
  return formatter
}

/** True for names of the time zone database, such as `Europe/Berlin` and `UTC`; not for offsets. */
export const isTimeZone = (zone: string): boolean => {
  if (!/^[A-Za-z][\w+\-/]*$/.test(zone)) return false
  try {
    formatterOf(zone)
    return true
  } catch {
    return false
  }
}

const WALL = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/

/** The wall time in `zone` at an instant. */
export const wallOf = (zone: string, instantMs: number): number => {
  if (zone === 'UTC') return instantMs
  const text = formatterOf(zone).format(instantMs)
  const [, month, day, year, hour, minute, second] = WALL.exec(text) ?? []
  const wallMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  return wallMs + (instantMs - Math.floor(instantMs / 1_000) * 1_000)
}

export const offsetOf = (zone: string, instantMs: number): number =>
  wallOf(zone, instantMs) - instantMs

/**
 * The instants at which clocks in `zone` show a wall time, earliest first: none where they skip it,
 * two where they show it twice.
 */
export const instantsOf = (zone: string, wallMs: number): number[] => {
  const offsets = new Set([offsetOf(zone, wallMs - DAY_MS), offsetOf(zone, wallMs + DAY_MS)])
  return [...offsets]
    .map((offset) => wallMs - offset)
    .filter((instantMs) => wallOf(zone, instantMs) === wallMs)
    .sort((left, right) => left - right)
}

/** The instant at which clocks jumped over a wall time that {@link instantsOf} finds nowhere. */
export const jumpOver = (zone: string, wallMs: number): number =>
  firstInstant(wallMs - DAY_MS, wallMs + DAY_MS, (instantMs) => wallOf(zone, instantMs) > wallMs)

/**
 * The instant within `spanMs` after `instantMs` at which clocks are put back, or null. Changes of
 * less than a minute, as before 1972, are not looked for.
 */
export const turnBackWithin = (zone: string, instantMs: number, spanMs: number): number | null => {
  const before = offsetOf(zone, instantMs)
  if (offsetOf(zone, instantMs + spanMs) > before - MINUTE_MS) return null
  return firstInstant(instantMs, instantMs + spanMs, (at) => offsetOf(zone, at) < before)
}

/** The first whole second in (fromMs, toMs] from which on `holds`; bisects. */
const firstInstant = (
  fromMs: number,
  toMs: number,
  holds: (instantMs: number) => boolean,
): number => {
  let [low, high] = [Math.floor(fromMs / 1_000), Math.ceil(toMs / 1_000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle * 1_000)) high = middle
    else low = middle
  }
  return high * 1_000
}
