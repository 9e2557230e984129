import type { Schedule, ScheduleRun } from '@cadre/contract'
import { relativeTime } from './wording.ts'

/** `30 8 * * 1-5 (Europe/Berlin)`, `every 60 s`, `once`. */
export const timingWords = (schedule: Schedule): string => {
  if (schedule.cron !== null) return `${schedule.cron} (${schedule.time_zone})`
  return schedule.every_seconds === null ? 'once' : `every ${schedule.every_seconds} s`
}

export const nextRunWords = ({ is_paused, next_runs: [next] }: Schedule): string => {
  if (is_paused) return 'paused'
  return next === undefined ? 'over' : relativeTime(next)
}

const OUTCOMES: Record<ScheduleRun['outcome'], string> = {
  created: 'started',
  overlapped: 'left out: an earlier one was unfinished',
  missed: 'missed',
  failed: 'failed',
}

/** What became of a run: how its task stands, or why there is none. */
export const runWords = (run: ScheduleRun): string => {
  if (run.outcome === 'missed' && run.runs > 1) return `${run.runs} missed`
  return run.run_status ?? run.task_status ?? OUTCOMES[run.outcome]
}
