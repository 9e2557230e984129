import type { Clock } from '../clock.ts'
import type { StalledQueue } from './broker.ts'

/** A queue whose messages wait for so long beside a consumer with room is not consumed. */
export const STALL_MS = 10_000
const NAMED_MAX = 5

/** Knows since when a consumer could have been given a message and was not. */
export interface IdleGauge {
  /** Null while it has no room. */
  readonly since: Date | null
  delivered(hasRoom: boolean): void
  /** It has room, since now if it had none. */
  freed(): void
}

export const createIdleGauge = (clock: Clock): IdleGauge => {
  let since: Date | null = clock.now()
  return {
    get since() {
      return since
    },
    delivered: (hasRoom) => void (since = hasRoom ? clock.now() : null),
    freed: () => void (since ??= clock.now()),
  }
}

/** Which of a consumer's queues it has neglected, given since when messages wait in them. */
export const neglected = (
  consumer: { queues: readonly string[]; idleSince: Date | null },
  waitingSince: ReadonlyMap<string, Date>,
  now: Date,
): StalledQueue[] => {
  const { idleSince } = consumer
  if (idleSince === null) return []
  return consumer.queues.flatMap((queue) => {
    const waiting = waitingSince.get(queue)
    if (waiting === undefined) return []
    const since = waiting > idleSince ? waiting : idleSince
    if (now.getTime() - since.getTime() < STALL_MS) return []
    return [{ queue, since, reason: 'messages wait and none is taken' }]
  })
}

/** One sentence that names the queues, the one that stalled first at the front. */
export const describeStalls = (stalled: readonly StalledQueue[]): string => {
  const named = stalled
    .toSorted((a, b) => a.since.getTime() - b.since.getTime())
    .slice(0, NAMED_MAX)
    .map(({ queue, since, reason }) => `${queue} since ${since.toISOString()} (${reason})`)
  const more = stalled.length > NAMED_MAX ? ` and ${stalled.length - NAMED_MAX} more` : ''
  return `not consumed: ${named.join(', ')}${more}`
}
