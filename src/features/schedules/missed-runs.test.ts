import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATCH_UP_RUNS_MAX, judgeDueRuns } from './missed-runs.ts'
import { createRunTimes } from './run-times.ts'
import type { Timing } from './schedule.ts'

const START = new Date('2026-01-01T00:00:00Z')
const MINUTE_MS = 60_000
const at = (minutes: number) => new Date(START.getTime() + minutes * MINUTE_MS)
const timing = (fields: Partial<Timing>): Timing => ({
  cron: null,
  everyMs: null,
  at: null,
  timeZone: 'UTC',
  startsAt: null,
  endsAt: null,
  anchor: START,
  ...fields,
})
const everyMinute = createRunTimes(timing({ everyMs: MINUTE_MS }))
const judge = (
  policy: 'skip' | 'run_once' | 'run_all',
  due: Date,
  now: Date,
  times = everyMinute,
) => judgeDueRuns({ times, due, now, policy, graceMs: 30_000 })

describe('missed runs', () => {
  test('punctual → fires, whatever the policy', () => {
    for (const policy of ['skip', 'run_once', 'run_all'] as const)
      expect(judge(policy, at(5), at(5))).toEqual({ fire: [at(5)], missed: null, next: at(6) })
  })

  test('skip: slept for an hour → only the punctual run fires, the others are counted', () => {
    const missed = { count: 60, latest: at(64) }
    expect(judge('skip', at(5), at(65))).toEqual({ fire: [at(65)], missed, next: at(66) })
  })

  test('skip: woke between two runs → nothing fires', () => {
    const missed = { count: 60, latest: at(64) }
    expect(judge('skip', at(5), at(64.9))).toEqual({ fire: [], missed, next: at(65) })
  })

  test('run_once: woke between two runs → the latest missed one fires', () => {
    const missed = { count: 59, latest: at(63) }
    expect(judge('run_once', at(5), at(64.9))).toEqual({ fire: [at(64)], missed, next: at(65) })
  })

  test('run_once: a punctual run is there → makes up for the missed ones', () => {
    expect(judge('run_once', at(5), at(65)).fire).toEqual([at(65)])
  })

  test('run_all: slept for an hour → every run fires, oldest first', () => {
    const { fire, missed } = judge('run_all', at(5), at(65))
    expect(fire).toEqual(Array.from({ length: 61 }, (_, index) => at(5 + index)))
    expect(missed).toBeNull()
  })

  test('run_all: slept for a year → the latest ones up to the limit', () => {
    const now = at(525_600)
    const { fire, missed } = judge('run_all', at(5), now)
    expect(fire).toHaveLength(CATCH_UP_RUNS_MAX)
    expect(fire.at(-1)).toEqual(now)
    expect(missed?.latest).toEqual(at(525_600 - CATCH_UP_RUNS_MAX))
  })

  test('once: came due long ago → fires under run_once, is missed under skip', () => {
    const once = createRunTimes(timing({ at: at(5) }))
    expect(judge('run_once', at(5), at(90), once)).toEqual({
      fire: [at(5)],
      missed: null,
      next: null,
    })
    const missed = { count: 1, latest: at(5) }
    expect(judge('skip', at(5), at(90), once)).toEqual({ fire: [], missed, next: null })
  })

  test('any sleep of any interval → nothing fires twice or early, and the next run is ahead', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('skip', 'run_once', 'run_all'),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 2_000_000 }),
        (policy, everySeconds, sleptSeconds) => {
          const times = createRunTimes(timing({ everyMs: everySeconds * 1_000 }))
          const now = new Date(START.getTime() + sleptSeconds * 1_000)
          const { fire, missed, next } = judge(policy, START, now, times)
          const moments = fire.map((run) => run.getTime())
          expect(moments).toEqual([...new Set(moments)].toSorted((a, b) => a - b))
          expect(moments.every((moment) => moment <= now.getTime())).toBe(true)
          expect(missed === null || missed.latest < (fire[0] ?? now) || fire.length === 0).toBe(
            true,
          )
          expect(next === null || next > now).toBe(true)
          // All of them, where none is left out.
          if (policy === 'run_all' && missed === null)
            expect(fire).toHaveLength(Math.floor(sleptSeconds / everySeconds) + 1)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('intervals', () => {
  test('counted from the anchor, within the bounds', () => {
    const times = createRunTimes(
      timing({ everyMs: 10 * MINUTE_MS, anchor: at(3), startsAt: at(3), endsAt: at(23) }),
    )
    const runs: (Date | null)[] = []
    for (let next = times.after(at(-50)); next !== null; next = times.after(next)) runs.push(next)
    expect(runs).toEqual([at(3), at(13), at(23)])
  })
})
