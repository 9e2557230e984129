import type { MissedRunsPolicy } from '@cadre/contract'
import type { RunTimes } from './run-times.ts'

/** Runs caught up with at once at the most, under the policy `run_all`. */
export const CATCH_UP_RUNS_MAX = 100
/** Runs listed while looking for the latest ones, at the most. */
const RUNS_LISTED_MAX = 20_000
const FIRST_LOOK_MS = 60_000

export interface DueRuns {
  /** To fire now, oldest first. */
  fire: Date[]
  /** Runs left out by the policy: how many at least, and the latest of them. */
  missed: { count: number; latest: Date } | null
  /** The first run after now. */
  next: Date | null
}

export interface DueRequest {
  times: RunTimes
  /** The run that was due first. */
  due: Date
  now: Date
  policy: MissedRunsPolicy
  /** A run that is later than this was missed: nobody was there to fire it. */
  graceMs: number
}

/**
 * What becomes of the runs that came due until now. Those within the grace fire. Of the missed ones
 * `skip` fires none, `run_once` the latest unless one within the grace makes up for them, `run_all`
 * up to {@link CATCH_UP_RUNS_MAX} of the latest.
 */
export const judgeDueRuns = ({ times, due, now, policy, graceMs }: DueRequest): DueRuns => {
  const runs = latestRuns(times, due, now)
  const punctualFrom = new Date(now.getTime() - graceMs)
  const late = runs.filter((run) => run < punctualFrom)
  const punctual = runs.slice(late.length)
  const wanted = wantedOf(policy, late.length, punctual.length)
  const left = late.slice(0, late.length - wanted)
  const latest = left.at(-1)
  return {
    fire: [...late.slice(left.length), ...punctual],
    missed: latest === undefined ? null : { count: left.length, latest },
    next: times.after(now),
  }
}

const wantedOf = (policy: MissedRunsPolicy, late: number, punctual: number): number => {
  if (policy === 'skip') return 0
  if (policy === 'run_once') return punctual === 0 ? Math.min(late, 1) : 0
  return Math.min(late, Math.max(0, CATCH_UP_RUNS_MAX - punctual))
}

/**
 * The runs from `due` to now, or the latest of them: after a long sleep there may be millions. Looks
 * back further and further until it sees enough.
 */
const latestRuns = (times: RunTimes, due: Date, now: Date): Date[] => {
  for (let spanMs = FIRST_LOOK_MS; ; spanMs *= 4) {
    const fromMs = now.getTime() - spanMs
    if (fromMs <= due.getTime()) return [due, ...runsBetween(times, due, now)]
    const runs = runsBetween(times, new Date(fromMs), now)
    if (runs.length > CATCH_UP_RUNS_MAX) return runs
  }
}

/** After `from`, up to and with `until`. */
const runsBetween = (times: RunTimes, from: Date, until: Date): Date[] => {
  const runs: Date[] = []
  let next = times.after(from)
  while (next !== null && next <= until && runs.length < RUNS_LISTED_MAX) {
    runs.push(next)
    next = times.after(next)
  }
  return runs
}
