import type { ChannelModel } from 'amqplib'
import type { Clock, Timer } from '../clock.ts'
import type { StalledQueue } from './broker.ts'
import { neglected, STALL_MS } from './consumer-watch.ts'
import { brokerNameOf, DEAD_QUEUE } from './rabbitmq-names.ts'
import type { RabbitMqSubscription } from './rabbitmq-subscription.ts'
import { withChannel } from './rabbitmq-topology.ts'

export interface RabbitMqProbe {
  /** Queues that are subscribed to and not consumed, as far as is known. */
  stalled(): StalledQueue[]
  /** Looks now, unless it just did. False when the broker does not answer in time. */
  look(): Promise<boolean>
  close(): void
}

interface ProbeOptions {
  clock: Clock
  model: () => ChannelModel | null
  subscriptions: ReadonlySet<RabbitMqSubscription>
  everyMs: number
}

const ANSWER_MS_MAX = 1_500
/** Health may be asked by many; the broker is asked once a second. */
const FRESH_MS = 1_000
const QUEUES_PER_LOOK = 200

/**
 * Asks the broker whether consumers are there and messages wait beside them, for a consumer may
 * be gone without a word, and a connection may be open with nobody at its other end.
 */
export const createRabbitMqProbe = (options: ProbeOptions): RabbitMqProbe => {
  const { clock, subscriptions } = options
  /** Since when messages have been seen waiting, at every look. */
  let waitingSince = new Map<string, Date>()
  let looking: Promise<boolean> | null = null
  let looked: { atMs: number; isAnswered: boolean } | null = null
  let timer: Timer | null = null
  let isClosed = false

  /** Consumers that are given messages need no question. */
  const suspects = (): string[] => {
    const beforeMs = clock.now().getTime() - STALL_MS / 2
    const idle = [...subscriptions].filter(
      ({ idleSince }) => idleSince !== null && idleSince.getTime() <= beforeMs,
    )
    return [...new Set(idle.flatMap(({ queues }) => queues))].slice(0, QUEUES_PER_LOOK)
  }
  const ask = async (model: ChannelModel): Promise<void> => {
    await withChannel(model, (channel) => channel.checkQueue(DEAD_QUEUE))
    const seen = new Map<string, Date>()
    for (const queue of suspects()) {
      const found = await withChannel(model, (channel) =>
        channel.checkQueue(brokerNameOf(queue)),
      ).catch(() => null)
      if (found === null || found.consumerCount === 0) missed(queue)
      if (found !== null && found.messageCount > 0)
        seen.set(queue, waitingSince.get(queue) ?? clock.now())
    }
    waitingSince = seen
    const now = clock.now()
    for (const subscription of subscriptions)
      for (const { queue } of neglected(subscription, waitingSince, now))
        subscription.neglected(queue)
  }
  const missed = (queue: string) => {
    for (const subscription of subscriptions) subscription.missed(queue)
  }
  const lookOnce = async (): Promise<boolean> => {
    const model = options.model()
    if (model === null) return false
    const isAnswered = await within(clock, ask(model))
    looked = { atMs: clock.now().getTime(), isAnswered }
    return isAnswered
  }
  const schedule = () => {
    timer = clock.after(options.everyMs, () => {
      void look().finally(() => {
        if (!isClosed) schedule()
      })
    })
  }
  const look = (): Promise<boolean> => {
    if (looked !== null && clock.now().getTime() - looked.atMs < FRESH_MS)
      return Promise.resolve(looked.isAnswered)
    looking ??= lookOnce().finally(() => (looking = null))
    return looking
  }
  schedule()
  return {
    stalled: () => {
      const now = clock.now()
      return [...subscriptions].flatMap((subscription) => [
        ...subscription.absent(),
        ...neglected(subscription, waitingSince, now),
      ])
    },
    look,
    close: () => {
      isClosed = true
      timer?.cancel()
    },
  }
}

const within = (clock: Clock, work: Promise<void>): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = clock.after(ANSWER_MS_MAX, () => resolve(false))
    const end = (isAnswered: boolean) => {
      timer.cancel()
      resolve(isAnswered)
    }
    work.then(
      () => end(true),
      () => end(false),
    )
  })
