import { AttemptStop, TaskOffer, type Assignment } from '@cadre/contract'
import { CadreError } from '@cadre/contract/client'
import { followEvents } from '@cadre/contract/event-stream'
import { followAmqp } from './amqp-offers.ts'
import { runAttempt, type AttemptEnd } from './attempt.ts'
import { pause, within } from './backoff.ts'
import { createCadre, type Cadre, type CadreOptions } from './cadre.ts'
import { offerQueue, type Offer } from './offers.ts'
import { leanFetch } from './lean-fetch.ts'
import { isRefusal } from './reports.ts'
import { showPresence, type Presence } from './presence.ts'
import { stopDesk } from './stops.ts'
import { createTaskCalls, type TaskCalls } from './task-calls.ts'
import type { TaskHandler } from './task-context.ts'

export const LEASE_SECONDS = 30
export const GRACE_MS = 30_000
/** After the grace, what is still running gets this long to be handed back. */
export const HAND_BACK_MS_MAX = 5_000
/** Cadre is told that the process ends, if it can be told in this time. */
const FAREWELL_MS_MAX = 1_000
/** Before an offer that Cadre did not answer for goes back to the broker. */
const CLAIM_RETRY_MS = 1_000
/** Messages at hand for each task that may run, so that no slot waits for the broker. */
const DELIVERIES_PER_SLOT = 2

export interface ConsumeOptions extends CadreOptions {
  /** A client of one's own, instead of `url` and `key`. */
  cadre?: Cadre
  /** The agent's id or name. Default: the agent that the key belongs to. */
  agentId?: string
  /** What people know this process by in Cadre. Default: its host and process id. */
  processName?: string
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
  /**
   * Takes the offers straight from RabbitMQ instead of from Cadre's stream. Also set by the
   * environment: `CADRE_AMQP_URL`. Claims and reports go over HTTP all the same.
   */
  amqp?: AmqpOptions
  /** What happens, for logs and tests. */
  onEvent?: (event: ConsumerEvent) => void
}

export interface AmqpOptions {
  /** Such as `amqp://user:password@host:5672`, or `amqps://`. Default: `CADRE_AMQP_URL`. */
  url?: string
  /** Certificate authority of the broker in PEM; without one the system's. */
  ca?: string
  /** One queue to consume, such as `tasks.todo`. Default: the agent's own and its capabilities'. */
  queue?: string
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
  const cadre = options.cadre ?? createCadre({ fetch: leanFetch, ...options })
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS
  const concurrency = options.concurrency ?? 1
  const emit = emitter(options.onEvent)
  const leaving = new AbortController()
  const stopping = new AbortController()
  const shutdown = new AbortController()
  const stops = stopDesk()
  const amqp = amqpOf(options)

  const handle = async (offer: Offer, agentId: string, calls: TaskCalls): Promise<void> => {
    // From before the claim, for the news may overtake the claim's answer.
    using stop = stops.watch(offer.task_id)
    const claim = await claimTask(calls, offer, leaseSeconds).catch(async (error: unknown) => {
      emit({ type: 'claim_failed', taskId: offer.task_id, error })
      if (offer.giveBack) await pause(CLAIM_RETRY_MS, stopping.signal)
      offer.giveBack?.()
    })
    if (!claim) return
    offer.acknowledge?.()
    if (claim === 'gone') return
    const about = { taskId: claim.id, attempt: claim.attempt }
    emit({ type: 'claimed', ...about })
    const end = await runAttempt(claim, {
      cadre,
      calls,
      agentId,
      leaseSeconds,
      handler,
      traceparent: offer.traceparent,
      shutdown: shutdown.signal,
      stopped: stop.ofAttempt(claim.attempt),
    })
    emit({ type: 'ended', ...about, ...end })
  }

  const told = (presence: Presence) => ({
    connected: () => {
      presence.setConnected(true)
      emit({ type: 'connected' })
    },
    disconnected: (loss: { cause: unknown; retryInMs: number }) => {
      presence.setConnected(false)
      emit({ type: 'disconnected', ...loss })
    },
  })

  /** Cadre's own stream: its offers, unless RabbitMQ brings them, and news of attempts to stop. */
  const followStream = async (
    agentId: () => Promise<string>,
    { presence, onOffer }: { presence: Presence; onOffer: (offer: Offer) => void },
  ) => {
    const isOffering = amqp === undefined
    const stream = followEvents({
      signal: stopping.signal,
      silenceMsMax: options.silenceMsMax,
      open: async (_lastEventId, signal) => {
        const prefetch = isOffering ? concurrency : 0
        const path = `/agents/${encodeURIComponent(await agentId())}/stream`
        const query = `?prefetch=${prefetch}&instance=${presence.instance}`
        return cadre.send('GET', path + query, undefined, {
          headers: { accept: 'text/event-stream' },
          signal,
        })
      },
      onConnect: () => {
        presence.setStreaming(true)
        if (isOffering) told(presence).connected()
      },
      onDisconnect: (loss) => {
        presence.setStreaming(false)
        if (isOffering) told(presence).disconnected(loss)
      },
    })
    for await (const { type, data } of stream) {
      if (type === 'cancel') stops.tell(parsed(AttemptStop, data))
      if (type !== 'task') continue
      const offer = parsed(TaskOffer, data)
      if (offer) onOffer(offer)
      else emit({ type: 'offer_invalid', data })
    }
  }

  const consume = async (): Promise<void> => {
    let known = options.agentId
    const agentId = async () => (known ??= await ownAgentId(cadre))
    let calls: TaskCalls | undefined
    const offers = offerQueue({
      concurrency,
      onChange: () => presence.changed(),
      handle: async (offer) => {
        const id = await agentId()
        return handle(offer, id, (calls ??= createTaskCalls(cadre, id, presence.instance)))
      },
    })
    const presence = showPresence({
      cadre,
      agentId,
      name: options.processName,
      transport: amqp === undefined ? 'http' : 'amqp',
      concurrency,
      inFlight: offers.running,
    })
    const rabbit =
      amqp &&
      followAmqp({
        ...amqp,
        queues: async () =>
          amqp.queue === undefined
            ? (await cadre.agents.queues(await agentId())).queues
            : [amqp.queue],
        prefetch: concurrency * DELIVERIES_PER_SLOT,
        signal: stopping.signal,
        onOffer: offers.add,
        onInvalid: (data) => emit({ type: 'offer_invalid', data }),
        onConnect: told(presence).connected,
        onDisconnect: told(presence).disconnected,
      })
    // Goodbye comes before the stream ends: without it, its end says that the process is gone.
    whenAborted(leaving.signal, async () => {
      offers.close()
      await within(FAREWELL_MS_MAX, presence.end())
      stopping.abort()
    })
    try {
      await followStream(agentId, { presence, onOffer: offers.add })
    } finally {
      stopping.abort()
      offers.close()
      await within(options.graceMs ?? GRACE_MS, offers.idle())
      shutdown.abort()
      await within(HAND_BACK_MS_MAX, offers.idle())
      await within(FAREWELL_MS_MAX, presence.end())
      await (await rabbit)?.[Symbol.asyncDispose]()
    }
  }

  const closed = consume()
  const stop = (): Promise<void> => {
    leaving.abort()
    return closed
  }
  if (options.signal) whenAborted(options.signal, () => leaving.abort())
  return { closed, stop, [Symbol.asyncDispose]: stop }
}

const whenAborted = (signal: AbortSignal, act: () => void): void => {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
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

/** The claimed task, or `gone` when somebody else was faster or the task has gone. */
const claimTask = async (
  calls: TaskCalls,
  offer: Offer,
  leaseSeconds: number,
): Promise<Assignment | 'gone'> => {
  try {
    return await calls.claim(offer.task_id, leaseSeconds)
  } catch (error) {
    if (isRefusal(error) && [404, 409].includes(error.status)) return 'gone'
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

/** Where the offers come from; undefined for Cadre's own stream. */
const amqpOf = ({ amqp }: ConsumeOptions) => {
  const url = amqp?.url ?? process.env['CADRE_AMQP_URL']
  return url === undefined || url === '' ? undefined : { ...amqp, url }
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
