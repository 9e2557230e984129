import { invalidField } from '#platform/errors.ts'
import { parseCron, type CronExpression } from './cron.ts'
import { createRunTimes } from './run-times.ts'
import type { Timing } from './schedule.ts'
import { isTimeZone } from '#platform/zoned-time.ts'

/** Runs whose distances are looked at: more than one expression can put into two hours' minutes. */
const RUNS_SAMPLED = 120

/**
 * Refuses times that make no sense, come too often or never come.
 * @returns the first run after now
 * @throws AppError 422 that names the field
 */
export const judgeTiming = (timing: Timing, now: Date, intervalMsMin: number): Date => {
  if (!isTimeZone(timing.timeZone))
    throw invalidField('time_zone', 'must be an IANA time zone such as Europe/Berlin')
  if (timing.startsAt !== null && timing.endsAt !== null && timing.startsAt >= timing.endsAt)
    throw invalidField('ends_at', 'must be later than starts_at')
  if (timing.everyMs !== null && timing.everyMs < intervalMsMin)
    throw invalidField('every_seconds', tooOften(intervalMsMin))
  if (timing.cron !== null) judgeCron(parsed(timing.cron), now, intervalMsMin)
  const next = createRunTimes(timing).after(now)
  if (next === null) throw invalidField(fieldOf(timing), 'gives no run from now on')
  return next
}

const parsed = (text: string): CronExpression => {
  try {
    return parseCron(text)
  } catch (error) {
    throw invalidField('cron', error instanceof Error ? error.message : 'is no cron expression')
  }
}

const judgeCron = (cron: CronExpression, now: Date, intervalMsMin: number): void => {
  let wallMs = cron.nextWall(now.getTime())
  if (wallMs === null) throw invalidField('cron', 'names a date that never comes')
  for (let runs = 0; runs < RUNS_SAMPLED; runs++) {
    const next = cron.nextWall(wallMs)
    if (next === null) return
    if (next - wallMs < intervalMsMin) throw invalidField('cron', tooOften(intervalMsMin))
    wallMs = next
  }
}

const tooOften = (intervalMsMin: number): string =>
  `must leave ${intervalMsMin / 1_000} s between two runs at least (CADRE_SCHEDULE_INTERVAL_SECONDS_MIN)`

const fieldOf = (timing: Timing): string => {
  if (timing.at !== null) return 'at'
  return timing.endsAt === null ? 'cron' : 'ends_at'
}
