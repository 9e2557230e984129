import type { CadreEvent } from '@cadre/contract'
import { followEvents, type FollowOptions } from '@cadre/contract/event-stream'
import type { Session } from './session.ts'

export interface FeedOptions extends Omit<FollowOptions, 'open'> {
  /** Only what happens to this task, run or other object. */
  subjectId?: string
}

/** Cadre's events as they happen, across lost connections. */
export async function* eventFeed(
  { client }: Session,
  { subjectId, ...options }: FeedOptions,
): AsyncGenerator<CadreEvent, void> {
  const query = subjectId === undefined ? '' : `?subject_id=${encodeURIComponent(subjectId)}`
  const messages = followEvents({
    ...options,
    open: (lastEventId, signal) => {
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
      return client.send('GET', `/events${query}`, undefined, { headers, signal })
    },
  })
  for await (const { data } of messages) {
    const event = parse(data)
    if (event) yield event
  }
}

/** Messages of another kind, such as a greeting, are no events. */
const parse = (data: string): CadreEvent | undefined => {
  try {
    const event = JSON.parse(data) as Partial<CadreEvent>
    return typeof event.type === 'string' && event.data ? (event as CadreEvent) : undefined
  } catch {
    return undefined
  }
}
