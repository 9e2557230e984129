import { connect } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRabbitMq, type RabbitMqNode } from './rabbitmq-node.ts'

// The tests follow each other: the server keeps a new queue in memory for up to two seconds, and
// the first end, a graceful one, brings both queues to disk.
const ENDS = ['stop', 'kill'] as const

let node: RabbitMqNode
beforeAll(async () => {
  node = await startRabbitMq()
  const connection = await connect(node.url)
  const channel = await connection.createChannel()
  for (const end of ENDS) await channel.assertQueue(end, { durable: true })
  await connection.close()
})
afterAll(() => node.close())

test.each(ENDS)('rabbitmq: %s and start → same port, what was confirmed is there', async (end) => {
  const before = await connect(node.url)
  before.on('error', () => {})
  const channel = await before.createConfirmChannel()
  channel.on('error', () => {})
  channel.sendToQueue(end, Buffer.from('kept'), { persistent: true })
  await channel.waitForConfirms()
  const lost = new Promise<void>((resolve) => before.once('close', () => resolve()))
  await node[end]()
  await lost
  await expect(connect(node.url)).rejects.toThrow(/ECONNREFUSED/)
  await node.start()
  const after = await connect(node.url)
  const reading = await after.createChannel()
  reading.on('error', () => {})
  const message = await reading.get(end)
  expect(message === false ? null : String(message.content)).toBe('kept')
  await after.close()
})
