import { nextCronRun, parseCron, type CronExpression } from './cron.ts'
import type { Timing } from './schedule.ts'

/** Finds the runs of one schedule. */
export interface RunTimes {
  /** The first run after an instant and within the schedule's bounds; null after the last. */
  after(instant: Date): Date | null
}

/** @throws Error when the cron expression cannot be parsed */
export const createRunTimes = (timing: Timing): RunTimes => {
  const next = nextOf(timing)
  const startsMs = timing.startsAt?.getTime() ?? -Infinity
  const endsMs = timing.endsAt?.getTime() ?? Infinity
  return {
    after: (instant) => {
      const foundMs = next(Math.max(instant.getTime(), startsMs - 1))
      return foundMs === null || foundMs > endsMs ? null : new Date(foundMs)
    },
  }
}

const nextOf = (timing: Timing): ((afterMs: number) => number | null) => {
  if (timing.cron !== null) {
    const cron = parsed(timing.cron)
    return (afterMs) => nextCronRun(cron, timing.timeZone, afterMs)
  }
  if (timing.everyMs !== null) return interval(timing.everyMs, timing.anchor.getTime())
  const atMs = timing.at?.getTime() ?? null
  return (afterMs) => (atMs !== null && atMs > afterMs ? atMs : null)
}

/** Counted from the anchor, so that no run is ever shifted by a late one before it. */
const interval = (everyMs: number, anchorMs: number) => (afterMs: number) =>
  afterMs < anchorMs
    ? anchorMs
    : anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs

/** Parsed once for all schedules that share an expression. */
const EXPRESSIONS_MAX = 10_000
const expressions = new Map<string, CronExpression>()

const parsed = (text: string): CronExpression => {
  const known = expressions.get(text)
  if (known !== undefined) return known
  const cron = parseCron(text)
  if (expressions.size >= EXPRESSIONS_MAX) expressions.clear()
  expressions.set(text, cron)
  return cron
}

/** The next runs, as many as there are up to `count`. */
export const nextRuns = (times: RunTimes, after: Date, count: number): Date[] => {
  const runs: Date[] = []
  for (let next = times.after(after); next !== null && runs.length < count;) {
    runs.push(next)
    next = times.after(next)
  }
  return runs
}
