import type { Schedule, ScheduleRun } from '@cadre/contract'
import { RUN_STATUS_WORDS } from '../runs/run-words.ts'
import { STATUS_WORDS } from '../tasks/task-words.ts'
import { formatAge, formatCount } from '../ui/format.ts'
import type { Tone } from '../ui/notice.tsx'
import { formatInZone, OWN_ZONE } from './zone-time.ts'

export const INTERVAL_UNITS = [
  { value: 'days', label: 'days', seconds: 86_400 },
  { value: 'hours', label: 'hours', seconds: 3_600 },
  { value: 'minutes', label: 'minutes', seconds: 60 },
  { value: 'seconds', label: 'seconds', seconds: 1 },
] as const
export type IntervalUnit = (typeof INTERVAL_UNITS)[number]['value']

/** An interval in the largest unit that divides it: 5400 seconds are 90 minutes. */
export const intervalOf = (seconds: number): { count: number; unit: IntervalUnit } => {
  const unit = INTERVAL_UNITS.find((known) => seconds % known.seconds === 0)
  return unit === undefined
    ? { count: seconds, unit: 'seconds' }
    : { count: seconds / unit.seconds, unit: unit.value }
}

/** `30 8 * * 1-5`, `every 90 minutes`, `once`. */
export const timingWords = (schedule: Schedule): string => {
  if (schedule.cron !== null) return schedule.cron
  if (schedule.every_seconds === null) return 'once'
  const { count, unit } = intervalOf(schedule.every_seconds)
  return count === 1 ? `every ${unit.slice(0, -1)}` : `every ${formatCount(count)} ${unit}`
}

/** `in 5 m`, or `due now`. */
export const untilWords = (timestamp: string, nowMs: number): string => {
  const leftMs = Date.parse(timestamp) - nowMs
  return leftMs < 1_000 ? 'due now' : `in ${formatAge(leftMs)}`
}

/** What became of a run: how its task or workflow stands, or why there is none. */
export const runWords = (run: ScheduleRun): { label: string; tone: Tone; note: string } => {
  const note = `Due ${formatInZone(run.due_at, OWN_ZONE)}${run.is_manual ? ', run by hand' : ''}`
  switch (run.outcome) {
    case 'created':
      if (run.run_status !== null) return { ...RUN_STATUS_WORDS[run.run_status], note }
      return run.task_status === null
        ? { label: 'Started', tone: 'neutral', note }
        : { ...STATUS_WORDS[run.task_status], note }
    case 'overlapped':
      return { label: 'Left out', tone: 'warn', note: `${note}. An earlier one was unfinished` }
    case 'missed':
      return {
        label: run.runs > 1 ? `${formatCount(run.runs)} missed` : 'Missed',
        tone: 'warn',
        note:
          run.error === null
            ? `${note}. Nothing ran here at that time`
            : `${note}. The tenant was suspended`,
      }
    case 'failed':
      return { label: 'Failed', tone: 'bad', note: `${note}. ${run.error ?? ''}` }
  }
}
