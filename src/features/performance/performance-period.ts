import { PERFORMANCE_DAYS_MAX, PERFORMANCE_HOURS_MAX } from '@cadre/contract'
import { invalidField } from '#platform/errors.ts'
import type { Grain } from './performance.ts'
import { startOf } from './workflow-buckets.ts'

const GRAIN_MS: Readonly<Record<Grain, number>> = { hour: 3_600_000, day: 86_400_000 }
const GRAINS_MAX: Readonly<Record<Grain, number>> = {
  hour: PERFORMANCE_HOURS_MAX,
  day: PERFORMANCE_DAYS_MAX,
}
const DAYS_BY_HOUR = 3

/** Whole hours or days. */
export interface Period {
  grain: Grain
  since: Date
  /** Excluded. */
  until: Date
}

/** @throws AppError 422 for what ends before it begins, or is too long */
export const periodOf = (
  asked: { since?: string | undefined; until?: string | undefined; by?: Grain | undefined },
  { now, daysDefault }: { now: Date; daysDefault: number },
): Period => {
  const last = asked.until === undefined ? now : new Date(asked.until)
  const first =
    asked.since === undefined
      ? new Date(last.getTime() - daysDefault * GRAIN_MS.day)
      : new Date(asked.since)
  if (first >= last) throw invalidField('since', 'must be before `until`')
  const isShort = last.getTime() - first.getTime() <= DAYS_BY_HOUR * GRAIN_MS.day
  const grain = asked.by ?? (isShort ? 'hour' : 'day')
  const since = startOf(first, grain)
  const until = new Date(startOf(new Date(last.getTime() - 1), grain).getTime() + GRAIN_MS[grain])
  const grains = (until.getTime() - since.getTime()) / GRAIN_MS[grain]
  if (grains > GRAINS_MAX[grain])
    throw invalidField('since', `must be at most ${GRAINS_MAX[grain]} ${grain}s before \`until\``)
  return { grain, since, until }
}
