import { load } from '../../peers/programs/packages.mjs'

// DBOS: a library on PostgreSQL. Runs are started and executed in this process; each step is a
// function whose end is stored (`DBOS.runStep`).

export const serve = async ({ address, packages, onStep, chainSteps, width }) => {
  const { DBOS } = await load(packages, '@dbos-inc/dbos-sdk')
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: address.postgres,
    systemDatabasePoolSize: 20,
    logLevel: 'error',
    runAdminServer: false,
  })
  const step = (name) => DBOS.runStep(async () => void onStep(), { name })
  const workflows = {
    chain: DBOS.registerWorkflow(
      async () => {
        for (let at = 0; at < chainSteps; at++) await step(`s${at}`)
      },
      { name: 'chain' },
    ),
    wide: DBOS.registerWorkflow(
      async () => {
        await step('first')
        await Promise.allSettled(Array.from({ length: width }, (_, at) => step(`each-${at}`)))
        await step('last')
      },
      { name: 'wide' },
    ),
  }
  await DBOS.launch()
  return {
    start: async (kind) => void (await DBOS.startWorkflow(workflows[kind])()),
    stop: () => DBOS.shutdown(),
  }
}
