import { TaskCommand } from '@cadre/contract'
import type { Channel, ChannelModel, Options } from 'amqplib'
import { LEVEL_MAX } from './broker.ts'
import { brokerNameOf, DEAD_QUEUE, EXCHANGES, topicOf } from './rabbitmq-names.ts'

export type QueueType = 'classic' | 'quorum'

export interface RabbitMqTopology {
  /** The queue exists and is bound. Asked once per connection and queue. */
  ensureQueue(queue: string): Promise<void>
  /** It may be gone: the next `ensureQueue` looks again. */
  forget(queue: string): void
}

export interface TopologyOptions {
  queueType: QueueType
  /** An exchange of type x-delayed-message that exists already, or null. */
  delayedExchange: string | null
  onFault: (error: unknown) => void
}

const PRECONDITION_FAILED = 406
const PRIORITIES = LEVEL_MAX + 1

/** Declares the exchanges and the queue of dead letters. Idempotent. */
export const declareTopology = async (
  model: ChannelModel,
  options: TopologyOptions,
): Promise<void> => {
  await withChannel(model, async (channel) => {
    for (const exchange of Object.values(EXCHANGES))
      await channel.assertExchange(exchange, 'topic', { durable: true })
  })
  await assertQueue(model, DEAD_QUEUE, plainQueueOptions(options.queueType), options.onFault)
  await withChannel(model, (channel) => channel.bindQueue(DEAD_QUEUE, EXCHANGES.dead, '#'))
}

/** Task queues on one connection, declared when they are first used. */
export const createRabbitMqTopology = (
  model: ChannelModel,
  options: TopologyOptions,
): RabbitMqTopology => {
  const ensured = new Map<string, Promise<void>>()
  const declare = async (queue: string): Promise<void> => {
    const name = brokerNameOf(queue)
    await assertQueue(model, name, taskQueueOptions(options.queueType), options.onFault)
    await withChannel(model, async (channel) => {
      await channel.bindQueue(name, EXCHANGES.agents, name)
      for (const command of TaskCommand.options)
        await channel.bindQueue(name, EXCHANGES.commands, topicOf(command, name))
      if (options.delayedExchange !== null)
        await channel.bindQueue(name, options.delayedExchange, name)
    })
  }
  return {
    ensureQueue: (queue) => {
      const known = ensured.get(queue)
      if (known !== undefined) return known
      const declared = declare(queue)
      ensured.set(queue, declared)
      declared.catch(() => ensured.delete(queue))
      return declared
    },
    forget: (queue) => void ensured.delete(queue),
  }
}

const assertQueue = async (
  model: ChannelModel,
  name: string,
  options: Options.AssertQueue,
  onFault: (error: unknown) => void,
): Promise<void> => {
  try {
    await withChannel(model, (channel) => channel.assertQueue(name, options))
  } catch (error) {
    // Somebody made it otherwise. It still carries messages, perhaps not in order.
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error
    onFault(error)
  }
}

const plainQueueOptions = (queueType: QueueType): Options.AssertQueue => ({
  durable: true,
  arguments: { 'x-queue-type': queueType },
})

const taskQueueOptions = (queueType: QueueType): Options.AssertQueue => ({
  ...plainQueueOptions(queueType),
  deadLetterExchange: EXCHANGES.dead,
  // A quorum queue knows two priorities at the most, and takes no such argument.
  ...(queueType === 'classic' ? { maxPriority: PRIORITIES } : {}),
})

/** On a channel of its own: a refusal closes the channel, and must not close anybody else's. */
export const withChannel = async <Result>(
  model: ChannelModel,
  work: (channel: Channel) => Promise<Result>,
): Promise<Result> => {
  const channel = await model.createChannel()
  channel.on('error', () => {})
  try {
    return await work(channel)
  } finally {
    // Closed already where the server refused.
    await channel.close().catch(() => {})
  }
}
