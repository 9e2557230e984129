import type { Duplex } from 'node:stream'
import { connect, type ChannelModel } from 'amqplib'
import type { Clock, Timer } from '../clock.ts'
import type { Random } from '../random.ts'

export interface RabbitMqConnectionOptions {
  /** `amqp:` or `amqps:`, with credentials and vhost. */
  url: string
  /** Certificate authority of the server, in PEM; without one the system's. */
  ca: string | null
  heartbeatSeconds: number
  clock: Clock
  random: Random
  /** Builds what stands on the connection. A rejection drops the connection and tries again. */
  onUp: (model: ChannelModel) => Promise<void>
  onDown: () => void
  /** Reported once per outage. */
  onFault: (error: unknown) => void
}

export interface RabbitMqConnection {
  /** Why nothing can be sent at this moment, or null. */
  readonly outage: { since: Date; reason: string } | null
  /** A connection is being made at this moment. */
  readonly isTrying: boolean
  /** The first attempt is over, whether it succeeded or not. */
  firstAttempt: Promise<void>
  /** Ends a connection that does not answer any more, so that a new one is made. */
  drop(): void
  /** Ends a pause between attempts, and makes the next pauses short again. */
  tryNow(): void
  close(): Promise<void>
}

const HANDSHAKE_MS_MAX = 5_000
const CLOSE_MS_MAX = 2_000
const DELAY_MS_MIN = 100
const DELAY_MS_MAX = 5_000

/** Keeps a connection to RabbitMQ: made again whenever it is lost, for as long as it takes. */
export const createRabbitMqConnection = (
  options: RabbitMqConnectionOptions,
): RabbitMqConnection => {
  const { clock } = options
  const first = Promise.withResolvers<void>()
  let outage: RabbitMqConnection['outage'] = { since: clock.now(), reason: 'not connected yet' }
  let current: ChannelModel | null = null
  let failures = 0
  let isClosed = false
  let isTrying = false
  let retry: { timer: Timer; go: () => void } | null = null

  const fail = (error: unknown) => {
    const reason = error instanceof Error && error.message !== '' ? error.message : 'closed'
    if (failures++ === 0 && !isClosed) options.onFault(error)
    outage = { since: failures === 1 ? clock.now() : (outage?.since ?? clock.now()), reason }
  }
  const keep = async (): Promise<void> => {
    while (!isClosed) {
      try {
        isTrying = true
        fail(await oneConnection())
      } catch (error) {
        fail(error)
      }
      isTrying = false
      current = null
      options.onDown()
      first.resolve()
      if (!isClosed) await pauseBefore(failures)
    }
  }
  /** Resolves with the reason when a connection that worked is lost. */
  const oneConnection = async (): Promise<unknown> => {
    const model = await connect(withHeartbeat(options.url, options.heartbeatSeconds), {
      noDelay: true,
      keepAlive: true,
      timeout: HANDSHAKE_MS_MAX,
      ...(options.ca === null ? {} : { ca: [options.ca] }),
    })
    const lost = lossOf(model)
    current = model
    const isUp = await Promise.race([options.onUp(model).then(() => true), lost.then(() => false)])
      // What is half built goes down with its connection.
      .catch(async (error: unknown) => {
        await closeWithin(model)
        throw error
      })
    if (isUp) {
      failures = 0
      outage = null
      isTrying = false
      first.resolve()
    }
    if (isClosed) await closeWithin(model)
    return lost
  }
  const pauseBefore = (attempt: number): Promise<void> =>
    new Promise((resolve) => {
      const ceilingMs = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** Math.min(attempt, 10))
      const delayMs = ceilingMs / 2 + (ceilingMs / 2) * options.random.fraction()
      retry = { timer: clock.after(delayMs, resolve), go: resolve }
    })
  const kept = keep()

  return {
    get outage() {
      return outage
    },
    get isTrying() {
      return isTrying
    },
    firstAttempt: first.promise,
    tryNow: () => {
      if (outage === null || isTrying) return
      failures = Math.min(failures, 1)
      retry?.timer.cancel()
      retry?.go()
    },
    drop: () => void (current !== null && destroySocket(current)),
    close: async () => {
      isClosed = true
      retry?.timer.cancel()
      retry?.go()
      if (current !== null) await closeWithin(current)
      await kept
    },
  }
}

const withHeartbeat = (url: string, seconds: number): string => {
  const address = new URL(url)
  if (!address.searchParams.has('heartbeat'))
    address.searchParams.set('heartbeat', String(Math.max(1, Math.round(seconds))))
  return address.href
}

const lossOf = (model: ChannelModel): Promise<unknown> =>
  new Promise((resolve) => {
    let reason: unknown = null
    model.on('error', (error) => (reason = error))
    model.once('close', (error) => resolve(reason ?? error ?? new Error('Connection closed')))
  })

/** A server that does not answer is not waited for. */
const closeWithin = async (model: ChannelModel): Promise<void> => {
  const timer = setTimeout(() => destroySocket(model), CLOSE_MS_MAX)
  const closed = new Promise<void>((resolve) => model.once('close', () => resolve()))
  await Promise.race([model.close().catch(() => {}), closed])
  clearTimeout(timer)
}

/** The library has no call for this, and a handshake with a server that hangs would hang too. */
const destroySocket = (model: ChannelModel): void => {
  const { stream } = model.connection as unknown as { stream: Duplex }
  // It notices nothing but an error or an end.
  stream.destroy(new Error('The connection was given up.'))
}
