import { startConsuming } from '@cadre/sdk'
import { Pool } from 'undici'

// Cadre: runs are started over HTTP; each step is a task for an agent with the SDK, over RabbitMQ
// where the address names one, else over HTTP.

const AGENT = 'noop'

export const serve = async ({ address, onStep, chainSteps, width }) => {
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
  await post('/workflows', chain(chainSteps))
  await post('/workflows', wide(width))
  const connected = Promise.withResolvers()
  const consumer = startConsuming(
    async () => {
      onStep()
      return null
    },
    {
      url: address.url,
      key: address.key,
      agentId: AGENT,
      concurrency: 128,
      ...(address.amqp === undefined ? {} : { amqp: { url: address.amqp } }),
      onEvent: ({ type }) => type === 'connected' && connected.resolve(),
    },
  )
  await connected.promise
  return {
    start: (kind) => post(`/workflows/${kind}/trigger`, {}),
    stop: async () => {
      await consumer.stop()
      await pool.close()
    },
  }
}

const step = (needs) => ({ agent: AGENT, ...(needs === null ? {} : { needs: [needs] }) })

const chain = (steps) => ({
  name: 'chain',
  version: '1.0.0',
  steps: Object.fromEntries(
    Array.from({ length: steps }, (_, at) => [`s${at}`, step(at === 0 ? null : `s${at - 1}`)]),
  ),
})

const wide = (width) => ({
  name: 'wide',
  version: '1.0.0',
  steps: {
    first: step(null),
    each: {
      ...step('first'),
      for_each: JSON.stringify(Array.from({ length: width }, (_, at) => at)),
      input: '${item}',
    },
    last: step('each'),
  },
})
