import { AttemptStop, TaskOffer } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { followEvents } from '@cadre/contract/event-stream'
import { runAttempt, type AttemptEnd } from './attempt.ts'
import { within } from './backoff.ts'
import { createCadre, type Cadre, type CadreOptions } from './cadre.ts'
import { offerQueue } from './offers.ts'
import { isRefusal, updateTaskStatus } from './reports.ts'
import { stopDesk } from './stops.ts'
import type { TaskHandler } from './task-context.ts'

export const LEASE_SECONDS = 30
export const GRACE_MS = 30_000
/** After the grace, what is still running gets this long to be handed back. */
export const HAND_BACK_MS_MAX = 5_000

export interface ConsumeOptions extends CadreOptions {
  /** A client of one's own, instead of `url` and `key`. */
  cadre?: Cadre
  /** The agent's id or name. Default: the agent that the key belongs to. */
  agentId?: string
  /** Tasks handled at once; Cadre offers no more than that. Default 1. */
  concurrency?: number
  /** How long Cadre waits for a sign of life; renewed at a third of it. Default 30 s. */
  leaseSeconds?: number
  /** How long `stop()` waits for running handlers. Default 30 s. */
  graceMs?: number
  /** Aborting it is calling `stop()`. */
  signal?: AbortSignal
  /** Silence after which the stream counts as dead. Default 45 s. */
  silenceMsMax?: number
  /** What happens, for logs and tests. */
  onEvent?: (event: ConsumerEvent) => void
}

export type ConsumerEvent =
  | { type: 'connected' }
  | { type: 'disconnected'; cause: unknown; retryInMs: number }
  | { type: 'offer_invalid'; data: string }
  | { type: 'claimed'; taskId: string; attempt: number }
  | { type: 'claim_failed'; taskId: string; error: unknown }
  | ({ type: 'ended'; taskId: string; attempt: number } & AttemptEnd)

export interface Consumer extends AsyncDisposable {
  /** Fulfils once stopped. Rejects when Cadre refuses the agent: wrong key, no such agent. */
  readonly closed: Promise<void>
  /**
   * Takes no new task, waits for running ones as long as the grace, hands the rest back and
   * aborts their handlers' signals. Repeated calls wait for the same end.
   */
  stop(): Promise<void>
}

/**
 * Runs an agent: takes its tasks from Cadre over HTTP and calls the handler for each, under a
 * lease that is renewed meanwhile. Reconnects for ever; every task is handled at least once.
 */
export const startConsuming = (handler: TaskHandler, options: ConsumeOptions = {}): Consumer => {
  const cadre = options.cadre ?? createCadre(options)
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS
  const concurrency = options.concurrency ?? 1
  const emit = emitter(options.onEvent)
  const stopping = new AbortController()
  const shutdown = new AbortController()
  const stops = stopDesk()

  const handle = async (offer: TaskOffer, agentId: string): Promise<void> => {
    // From before the claim, for the news may overtake the claim's answer.
    using stop = stops.watch(offer.task_id)
    const claim = await claimTask(cadre, offer, { agentId, leaseSeconds }).catch((error: unknown) =>
      emit({ type: 'claim_failed', taskId: offer.task_id, error }),
    )
    if (!claim) return
    const about = { taskId: claim.id, attempt: claim.attempt }
    emit({ type: 'claimed', ...about })
    const end = await runAttempt(claim, {
      cadre,
      agentId,
      leaseSeconds,
      handler,
      traceparent: offer.traceparent,
      shutdown: shutdown.signal,
      stopped: stop.ofAttempt(claim.attempt),
    })
    emit({ type: 'ended', ...about, ...end })
  }

  const consume = async (): Promise<void> => {
    let agentId = options.agentId
    const offers = offerQueue({
      concurrency,
      handle: (offer) => handle(offer, agentId ?? ''),
    })
    const stream = followEvents({
      signal: stopping.signal,
      silenceMsMax: options.silenceMsMax,
      open: async (_lastEventId, signal) => {
        agentId ??= await ownAgentId(cadre)
        const path = `/agents/${encodeURIComponent(agentId)}/stream?prefetch=${concurrency}`
        return cadre.send('GET', path, undefined, {
          headers: { accept: 'text/event-stream' },
          signal,
        })
      },
      onConnect: () => emit({ type: 'connected' }),
      onDisconnect: (loss) => emit({ type: 'disconnected', ...loss }),
    })
    try {
      for await (const { type, data } of stream) {
        if (type === 'cancel') stops.tell(parsed(AttemptStop, data))
        if (type !== 'task') continue
        const offer = parsed(TaskOffer, data)
        if (offer) offers.add(offer)
        else emit({ type: 'offer_invalid', data })
      }
    } finally {
      offers.close()
      await within(options.graceMs ?? GRACE_MS, offers.idle())
      shutdown.abort()
      await within(HAND_BACK_MS_MAX, offers.idle())
    }
  }

  const closed = consume()
  const stop = (): Promise<void> => {
    stopping.abort()
    return closed
  }
  options.signal?.addEventListener('abort', () => stopping.abort(), { once: true })
  if (options.signal?.aborted) stopping.abort()
  return { closed, stop, [Symbol.asyncDispose]: stop }
}

/**
 * Cadre makes an unanswered offer again, and a heartbeat tells what a lost stop would have: a
 * message that arrived garbled loses nothing.
 */
const parsed = <Message>(
  schema: { parse(value: unknown): Message },
  data: string,
): Message | undefined => {
  try {
    return schema.parse(JSON.parse(data))
  } catch {
    return undefined
  }
}

/** The claimed task, or nothing when somebody else was faster or the task has gone. */
const claimTask = async (
  cadre: Cadre,
  offer: TaskOffer,
  { agentId, leaseSeconds }: { agentId: string; leaseSeconds: number },
) => {
  try {
    return await updateTaskStatus(cadre, offer.task_id, {
      agent_id: agentId,
      new_status: 'IN_PROGRESS',
      lease_seconds: leaseSeconds,
    })
  } catch (error) {
    if (isRefusal(error) && [404, 409].includes(error.status)) return undefined
    throw error
  }
}

const ownAgentId = async (cadre: Cadre): Promise<string> => {
  const identity = await cadre.session.whoAmI()
  if (identity.kind === 'agent') return identity.principal_id
  throw new CadreError(422, {
    code: 'sdk.agent_unknown',
    message: `The key belongs to ${identity.name}, which is no agent. Say which agent with agentId.`,
  })
}

/** A fault in the caller's log function must be seen, but not by the task that was logged. */
const emitter =
  (onEvent: ConsumeOptions['onEvent']) =>
  (event: ConsumerEvent): undefined => {
    try {
      onEvent?.(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
