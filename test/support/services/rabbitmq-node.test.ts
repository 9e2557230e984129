import { connect } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRabbitMq, type RabbitMqNode } from './rabbitmq-node.ts'

let node: RabbitMqNode
beforeAll(async () => {
  node = await startRabbitMq()
})
afterAll(() => node.close())

test.each(['stop', 'kill'] as const)(
  'rabbitmq: %s and start → same port, what was confirmed is there',
  async (end) => {
    const before = await connect(node.url)
    before.on('error', () => {})
    const channel = await before.createConfirmChannel()
    channel.on('error', () => {})
    await channel.assertQueue(end, { durable: true })
    channel.sendToQueue(end, Buffer.from('kept'), { persistent: true })
    await channel.waitForConfirms()
    const lost = new Promise<void>((resolve) => before.once('close', () => resolve()))
    await node[end]()
    await lost
    await expect(connect(node.url)).rejects.toThrow(/ECONNREFUSED/)
    await node.start()
    const after = await connect(node.url)
    const message = await (await after.createChannel()).get(end)
    expect(message === false ? null : String(message.content)).toBe('kept')
    await after.close()
  },
)
