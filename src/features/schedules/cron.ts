import { Cron } from 'croner'
import { instantsOf, jumpOver, turnBackWithin, wallOf } from '#platform/zoned-time.ts'

const NICKNAMES = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i
/** An hour field that leaves no hour out. */
const EVERY_HOUR = /^(?:\*|\?|\*\/1|0-23)$/
/** Clocks are never put back by more. */
const TURN_BACK_MS_MAX = 3 * 3_600_000
/** Wall times tried until one is found that clocks show after the instant asked for. */
const TRIES_MAX = 10_000

/** A parsed cron expression. The library knows calendars; what clocks do is decided here. */
export interface CronExpression {
  /** The next wall time after one; null when there is none. */
  nextWall(wallMs: number): number | null
  /** Runs every hour of its days: it follows elapsed time when clocks change. */
  isHourly: boolean
}

/** @throws Error with a sentence for people when the text is no expression of five or six fields */
export const parseCron = (text: string): CronExpression => {
  const fields = text.trim().split(/\s+/)
  const isNickname = fields.length === 1 && NICKNAMES.test(fields[0] ?? '')
  if (!isNickname && fields.length !== 5 && fields.length !== 6)
    throw new Error('must have five fields (minute hour day month weekday), or six with seconds')
  let cron: Cron
  try {
    cron = new Cron(fields.join(' '), {
      timezone: 'UTC',
      paused: true,
      mode: isNickname ? 'auto' : '5-or-6-parts',
    })
  } catch (error) {
    throw new Error(faultOf(error), { cause: error })
  }
  const hour = fields.length === 6 ? fields[2] : fields[1]
  return {
    nextWall: (wallMs) => cron.nextRun(new Date(wallMs))?.getTime() ?? null,
    isHourly: isNickname ? /^@hourly$/i.test(text.trim()) : EVERY_HOUR.test(hour ?? ''),
  }
}

const faultOf = (error: unknown): string =>
  error instanceof Error
    ? error.message.replace(/^CronPattern: /, '').replace(/^./, (first) => first.toLowerCase())
    : 'is no cron expression'

/**
 * The first run after an instant, in ms since 1970; null when there is none.
 *
 * An expression with certain hours runs once for each wall time: at the first of two moments when
 * clocks are put back, and at the jump itself when they skip it. One that runs every hour follows
 * elapsed time: through both passes of a repeated hour, and never for a skipped one.
 */
export const nextCronRun = (cron: CronExpression, zone: string, afterMs: number): number | null => {
  const ahead = nextAhead(cron, zone, afterMs)
  if (!cron.isHourly) return ahead
  const turnMs = turnBackWithin(zone, afterMs, TURN_BACK_MS_MAX)
  if (turnMs === null || (ahead !== null && ahead < turnMs)) return ahead
  const repeated = cron.nextWall(wallOf(zone, turnMs) - 1_000)
  const again = repeated === null ? undefined : instantsOf(zone, repeated).at(-1)
  return again === undefined || (ahead !== null && ahead < again) ? ahead : again
}

/** By wall times that come after the present one. */
const nextAhead = (cron: CronExpression, zone: string, afterMs: number): number | null => {
  let wallMs: number | null = wallOf(zone, afterMs)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    wallMs = cron.nextWall(wallMs)
    if (wallMs === null) return null
    const shown = instantsOf(zone, wallMs)
    const instants = cron.isHourly ? shown : [shown[0] ?? jumpOver(zone, wallMs)]
    const next = instants.find((instantMs) => instantMs > afterMs)
    if (next !== undefined) return next
  }
  return null
}
