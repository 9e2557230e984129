import type { CadreEvent, RunDetail } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { eventFeed } from './event-feed.ts'
import type { Session } from './session.ts'
import { isRunOver } from './wording.ts'

const EVENTS_PER_PAGE = 1_000
/** Events come at once; this only covers a proxy that holds them back. */
const SAFETY_LOOK_MS = 10_000

export interface RunFollowOptions {
  /** Stops the following; the run goes on. */
  signal: AbortSignal
  /** Each event of the run once, in order, from its beginning. */
  onEvent: (event: CadreEvent) => void
  onDisconnect: () => void
}

/**
 * Follows a run to its end. The stream only says that there is something new; what it is comes
 * from the run's own list of events, so that none is missed or told twice. Answers undefined where
 * the signal stopped the following.
 */
export const followRun = async (
  session: Session,
  runId: string,
  { signal, onEvent, onDisconnect }: RunFollowOptions,
): Promise<RunDetail | undefined> => {
  const { runs } = session.client
  let finished: RunDetail | undefined
  let refusal: CadreError | undefined
  let lastEventId: string | undefined
  const ended = new AbortController()

  const readNews = async (): Promise<void> => {
    for (;;) {
      const page = await runs.events(runId, { cursor: lastEventId, limit: EVENTS_PER_PAGE })
      for (const event of page.items) onEvent(event)
      lastEventId = page.items.at(-1)?.id ?? lastEventId
      if (page.next_cursor === null) return
    }
  }
  const look = async (): Promise<void> => {
    // Read before its events, so that those of its end are among them.
    const run = await runs.get(runId)
    await readNews()
    if (!isRunOver(run.status)) return
    finished = run
    ended.abort()
  }
  const lookAgain = oneAtATime(async () => {
    if (finished !== undefined) return
    await look().catch((error: unknown) => {
      // Anything else shows up in the stream as well, which connects again.
      if (!(error instanceof CadreError)) return
      refusal = error
      ended.abort()
    })
  })
  const timer = setInterval(lookAgain, SAFETY_LOOK_MS)
  try {
    const feed = eventFeed(session, {
      subjectId: runId,
      signal: AbortSignal.any([signal, ended.signal]),
      onConnect: lookAgain,
      onDisconnect,
    })
    for await (const _ of feed) lookAgain()
  } finally {
    clearInterval(timer)
  }
  if (refusal !== undefined) throw refusal
  return finished
}

/** Runs it once more after the call that is under way, however often it was asked for meanwhile. */
const oneAtATime = (work: () => Promise<void>): (() => void) => {
  let isAtWork = false
  let isWanted = false
  const go = async (): Promise<void> => {
    isAtWork = true
    while (isWanted) {
      isWanted = false
      await work()
    }
    isAtWork = false
  }
  return () => {
    isWanted = true
    if (!isAtWork) void go()
  }
}
