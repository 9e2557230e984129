import { load } from './packages.mjs'

// graphile-worker as its README starts it: LISTEN/NOTIFY, one transaction for each job.

export const connect = async ({ address, packages }) => {
  const { makeWorkerUtils } = await load(packages, 'graphile-worker')
  const { default: pg } = await load(packages, 'pg')
  const pgPool = new pg.Pool({ connectionString: address.postgres, max: 20 })
  const utils = await makeWorkerUtils({ pgPool })
  await utils.migrate()
  return {
    createOne: (job) => utils.addJob('noop', { job }),
    createMany: (jobs) =>
      utils.addJobs(jobs.map((job) => ({ identifier: 'noop', payload: { job } }))),
    close: async () => {
      await utils.release()
      await pgPool.end()
    },
  }
}

export const work = async ({ address, packages, concurrency, onStart }) => {
  const { run, Logger } = await load(packages, 'graphile-worker')
  const runner = await run({
    connectionString: address.postgres,
    maxPoolSize: 20,
    concurrency,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    taskList: { noop: async ({ job }) => onStart(job) },
  })
  return { stop: () => runner.stop() }
}
