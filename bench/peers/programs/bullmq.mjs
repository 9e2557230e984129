import { load } from './packages.mjs'

// BullMQ on a Redis with its default settings: nothing is flushed to disk before the answer.

const connectionOf = ({ redis }) => {
  const { hostname, port, username, password } = new URL(redis)
  return {
    host: hostname,
    port: Number(port),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    maxRetriesPerRequest: null,
  }
}

export const connect = async ({ address, packages }) => {
  const { Queue } = await load(packages, 'bullmq')
  const queue = new Queue('noop', { connection: connectionOf(address) })
  await queue.waitUntilReady()
  const options = { removeOnComplete: true }
  return {
    createOne: (job) => queue.add('noop', { job }, options),
    createMany: (jobs) =>
      queue.addBulk(jobs.map((job) => ({ name: 'noop', data: { job }, opts: options }))),
    close: () => queue.close(),
  }
}

export const work = async ({ address, packages, concurrency, onStart }) => {
  const { Worker } = await load(packages, 'bullmq')
  const worker = new Worker('noop', async ({ data }) => onStart(data.job), {
    connection: connectionOf(address),
    concurrency,
  })
  await worker.waitUntilReady()
  return { stop: () => worker.close() }
}
