import { load } from './packages.mjs'

// pg-boss: workers poll, here as often as it allows (every 0.5 s), for batches.

const QUEUE = 'noop'
const BATCH = 128

const open = async ({ address, packages }) => {
  const { PgBoss } = await load(packages, 'pg-boss')
  const boss = new PgBoss({ connectionString: address.postgres, max: 20 })
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${String(error)}\n`))
  await boss.start()
  return boss
}

export const connect = async (options) => {
  const boss = await open(options)
  await boss.createQueue(QUEUE)
  return {
    createOne: (job) => boss.send(QUEUE, { job }),
    createMany: (jobs) =>
      boss.insert(
        QUEUE,
        jobs.map((job) => ({ data: { job } })),
      ),
    close: () => boss.stop({ graceful: false }),
  }
}

export const work = async ({ onStart, ...options }) => {
  const boss = await open(options)
  await boss.work(QUEUE, { batchSize: BATCH, pollingIntervalSeconds: 0.5 }, async (jobs) => {
    for (const { data } of jobs) onStart(data.job)
  })
  return { stop: () => boss.stop({ graceful: true, timeout: 5_000 }) }
}
