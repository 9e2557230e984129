import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextCronRun, parseCron } from './cron.ts'

const runsFrom = (text: string, zone: string, from: string, count: number): string[] => {
  const cron = parseCron(text)
  const runs: string[] = []
  let atMs: number | null = Date.parse(from)
  while (runs.length < count) {
    atMs = nextCronRun(cron, zone, atMs)
    if (atMs === null) return runs
    runs.push(new Date(atMs).toISOString().slice(0, 16))
  }
  return runs
}

describe('clocks put forward', () => {
  test('02:30 is skipped → runs once, at the jump', () => {
    expect(runsFrom('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })
  test('several times of the skipped hour → one run for them all', () => {
    expect(runsFrom('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 3)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:00',
      '2026-03-30T00:20',
    ])
  })
  test('a skipped time and the one that clocks jump to → one run', () => {
    expect(runsFrom('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ])
  })
  test('every half hour → by elapsed time', () => {
    expect(runsFrom('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ])
  })
  test('by half an hour (Lord Howe) → runs once, at the jump', () => {
    expect(runsFrom('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T20:00Z', 2)).toEqual([
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ])
  })
  test('a whole day is skipped (Apia 2011) → runs once, at the jump', () => {
    expect(runsFrom('0 12 * * *', 'Pacific/Apia', '2011-12-29T23:00Z', 2)).toEqual([
      '2011-12-30T10:00',
      '2011-12-30T22:00',
    ])
  })
})

describe('clocks put back', () => {
  test('02:30 comes twice → runs once, the first time', () => {
    expect(runsFrom('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
  })
  test('looked for between the two → the next day', () => {
    expect(runsFrom('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10Z', 1)).toEqual([
      '2026-10-26T01:30',
    ])
  })
  test('every half hour → through both passes of the hour', () => {
    expect(runsFrom('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:40Z', 6)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
      '2026-10-25T02:30',
    ])
  })
  test('at midnight, back into the day before (Azores) → each day once', () => {
    expect(runsFrom('30 0 * * *', 'Atlantic/Azores', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
  })
})

const REFUSED: [text: string, reason: RegExp][] = [
  ['', /five fields/],
  ['* * * *', /five fields/],
  ['* * * * * * *', /five fields/],
  ['2026-01-01T00:00:00', /five fields/],
  ['60 * * * *', /minute/],
  ['* 24 * * *', /hour/],
  ['* * 0 * *', /day/],
  ['* * * 13 *', /month/],
  ['* * * * 8', /day/i],
  ['*/0 * * * *', /step/i],
  ['a b c d e', /./],
  ['5-1 * * * *', /./],
  ['@reboot', /five fields/],
  ['1,'.repeat(90) + '1 * * * x', /./],
]
test.each(REFUSED)('parse: %s → refused', (text, reason) => {
  expect(() => parseCron(text)).toThrow(reason)
})
test('parse: a date that never comes → no run', () => {
  expect(runsFrom('0 0 30 2 *', 'Europe/Berlin', '2026-01-01T00:00Z', 1)).toEqual([])
})
test('parse: 29 February → the next leap year', () => {
  expect(runsFrom('0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', 1)).toEqual(['2028-02-29T00:00'])
})
test('parse: day and weekday both given → either of them, as cron has it', () => {
  expect(runsFrom('0 0 13 * 5', 'UTC', '2026-01-01T00:00Z', 3)).toEqual([
    '2026-01-02T00:00',
    '2026-01-09T00:00',
    '2026-01-13T00:00',
  ])
})

// The same again, as slowly and simply as can be: every minute of some days is looked at.

interface Sets {
  minutes: number[]
  hours: number[] | '*'
  weekdays: number[] | '*'
}
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Havana',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Gaza',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Antarctica/Troll',
]
const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

const slowRuns = (sets: Sets, zone: string, fromMs: number, untilMs: number): number[] => {
  const formatter = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  const wallAt = (atMs: number) => Date.parse(`${formatter.format(atMs).replace(' ', 'T')}Z`)
  const matches = (wallMs: number) => {
    const wall = new Date(wallMs)
    const isIn = (values: number[] | '*', value: number) => values === '*' || values.includes(value)
    return (
      isIn(sets.minutes, wall.getUTCMinutes()) &&
      isIn(sets.hours, wall.getUTCHours()) &&
      isIn(sets.weekdays, wall.getUTCDay())
    )
  }
  const runs: number[] = []
  const begin = fromMs - 2 * DAY_MS
  let latestWall = wallAt(begin)
  for (let atMs = begin + MINUTE_MS; atMs <= untilMs; atMs += MINUTE_MS) {
    const wallMs = wallAt(atMs)
    const isRun =
      sets.hours === '*'
        ? matches(wallMs)
        : minutesBetween(latestWall, wallMs).some((shownOrSkipped) => matches(shownOrSkipped))
    if (isRun && atMs > fromMs) runs.push(atMs)
    latestWall = Math.max(latestWall, wallMs)
  }
  return runs
}
/** The wall times passed by the step to `wallMs`: none in a repeated hour, many at a jump. */
const minutesBetween = (latestWall: number, wallMs: number): number[] =>
  Array.from(
    { length: Math.max(0, (wallMs - latestWall) / MINUTE_MS) },
    (_, index) => latestWall + (index + 1) * MINUTE_MS,
  )

const subset = (max: number, maxLength: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength })
const anySets: fc.Arbitrary<Sets> = fc.record({
  minutes: fc.oneof(subset(59, 4), fc.constant<number[]>([0, 15, 30, 45])),
  hours: fc.oneof(
    { weight: 2, arbitrary: fc.oneof(subset(3, 3), subset(23, 4)) },
    { weight: 1, arbitrary: fc.constant('*' as const) },
  ),
  weekdays: fc.oneof(
    { weight: 3, arbitrary: fc.constant('*' as const) },
    { weight: 1, arbitrary: subset(6, 3) },
  ),
})
const textOf = ({ minutes, hours, weekdays }: Sets) =>
  `${minutes.join(',')} ${hours === '*' ? hours : hours.join(',')} * * ${weekdays === '*' ? weekdays : weekdays.join(',')}`

/** A day near which clocks change somewhere, or any day. */
const anyStart = fc.oneof(
  fc
    .constantFrom(
      '2026-03-07',
      '2026-03-27',
      '2026-04-03',
      '2026-10-02',
      '2026-10-23',
      '2026-10-30',
      '2026-04-23',
      '2026-09-04',
      '2018-11-02',
      '2011-12-28',
    )
    .map((day) => Date.parse(`${day}T00:00Z`)),
  fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((second) => second * 1_000),
)

test('any expression in any zone → the runs that looking at every minute finds', () => {
  fc.assert(
    fc.property(
      anySets,
      fc.constantFrom(...ZONES),
      anyStart,
      fc.integer({ min: 0, max: 4_319 }),
      (sets, zone, start, minute) => {
        const fromMs = Math.floor(start / MINUTE_MS + minute) * MINUTE_MS
        const untilMs = fromMs + 3 * DAY_MS
        const cron = parseCron(textOf(sets))
        const runs: number[] = []
        for (let next = nextCronRun(cron, zone, fromMs); next !== null && next <= untilMs;) {
          runs.push(next)
          next = nextCronRun(cron, zone, next)
        }
        expect(runs).toEqual(slowRuns(sets, zone, fromMs, untilMs))
      },
    ),
    { numRuns: 150 },
  )
})
