import { startConsuming } from '@cadre/sdk'
import { Pool } from 'undici'

// Cadre: tasks are created over HTTP and executed by an agent with the SDK, over RabbitMQ where
// the address names one, else over HTTP.

const AGENT = 'noop'

export const connect = async ({ address }) => {
  const pool = new Pool(address.url, { connections: 64 })
  const post = async (path, body) => {
    const answer = await pool.request({
      method: 'POST',
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${address.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`Cadre: ${answer.statusCode} ${text}`)
  }
  await post('/agents', { name: AGENT, runtime: 'remote' })
  return {
    createOne: (job) => post('/tasks', { agent_id: AGENT, input: job }),
    createMany: (jobs) =>
      post('/tasks/batch', { tasks: jobs.map((job) => ({ agent_id: AGENT, input: job })) }),
    close: () => pool.close(),
  }
}

export const work = async ({ address, concurrency, onStart }) => {
  const connected = Promise.withResolvers()
  const consumer = startConsuming(
    async ({ input }) => {
      onStart(input)
      return null
    },
    {
      url: address.url,
      key: address.key,
      agentId: AGENT,
      concurrency,
      leaseSeconds: 5,
      ...(address.amqp === undefined ? {} : { amqp: { url: address.amqp } }),
      onEvent: ({ type }) => type === 'connected' && connected.resolve(),
    },
  )
  await connected.promise
  return { stop: () => consumer.stop() }
}
