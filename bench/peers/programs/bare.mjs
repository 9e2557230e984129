import amqp from 'amqplib'
import { Pool } from 'undici'
import { QUEUE } from './bare-queue.mjs'

// The least that a queue behind HTTP and RabbitMQ can do: jobs are taken over HTTP, published with
// a confirm, consumed and acknowledged. No database, no accounts, no claims, no retries.

export const connect = async ({ address }) => {
  const pool = new Pool(address.url, { connections: 64 })
  const post = async (jobs) => {
    const answer = await pool.request({ method: 'POST', path: '/', body: JSON.stringify(jobs) })
    await answer.body.dump()
    if (answer.statusCode !== 201) throw new Error(`The bare server answered ${answer.statusCode}.`)
  }
  return {
    createOne: (job) => post([job]),
    createMany: post,
    close: () => pool.close(),
  }
}

export const work = async ({ address, concurrency, onStart }) => {
  const connection = await amqp.connect(address.amqp)
  const channel = await connection.createChannel()
  await channel.prefetch(concurrency)
  const { consumerTag } = await channel.consume(QUEUE, (message) => {
    if (message === null) return
    onStart(Number(message.content.toString()))
    channel.ack(message)
  })
  return {
    stop: async () => {
      await channel.cancel(consumerTag)
      await connection.close()
    },
  }
}
