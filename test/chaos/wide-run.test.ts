import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { startConsuming } from '@cadre/sdk'
import { expect, test } from 'vitest'
import { startCadreProcess } from '../support/start-cadre-process.ts'
import { isLong, TEST_MS_MAX } from './chaos-run.ts'

// One run of very many steps: it completes, the server's memory does not grow with it, and what
// people look at stays quick. `npm run chaos` runs the long form.

const STEPS = isLong ? 10_000 : 1_000
const GROWTH_MIB_MAX = isLong ? 250 : 150
/** A busy machine answers late; what reads everything would not answer at all. */
const PAGE_MS_MAX = 10_000
const LOOK_MS = 250

test(`a run of ${STEPS} steps completes in flat memory`, { timeout: TEST_MS_MAX }, async () => {
  const cadre = await startCadreProcess()
  const { client, url, key } = cadre
  await client.agents.register({ name: 'worker', runtime: 'remote' })
  await client.workflows.publish({
    name: 'wide',
    version: '1.0.0',
    steps: {
      each: {
        agent: 'worker',
        for_each: { items: 'trigger', concurrency: 200 },
        input: '${item}',
        max_retries: 10,
      },
      last: { agent: 'worker', needs: ['each'], input: '${size(steps.each.result)}' },
    },
    output: '${steps.last.result}',
  })
  const agent = startConsuming(async ({ input }) => input, {
    url,
    key,
    agentId: 'worker',
    concurrency: 64,
  })
  /** Runs it to its end, with people looking at it; answers the most memory seen. */
  const runWide = async (): Promise<number> => {
    const context = Array.from({ length: STEPS }, (_, at) => at)
    const { run } = await client.runs.trigger('wide', { context: context as never })
    let mostMiB = memoryOf(cadre.processId)
    for (let status = 'RUNNING'; status === 'RUNNING'; await pause(LOOK_MS)) {
      const from = performance.now()
      const detail = await client.runs.get(run.id)
      await client.runs.steps(run.id, { limit: 1_000 })
      expect(performance.now() - from).toBeLessThan(PAGE_MS_MAX)
      mostMiB = Math.max(mostMiB, memoryOf(cadre.processId))
      status = detail.status
    }
    expect(await client.runs.get(run.id)).toMatchObject({ status: 'COMPLETED', output: STEPS })
    return mostMiB
  }
  try {
    // The first one fills what the database and the engine of the language keep for good.
    const firstMiB = await runWide()
    const secondMiB = await runWide()
    console.log(`${STEPS} steps: ${firstMiB} MiB, and as many again: ${secondMiB} MiB`)
    expect(secondMiB - firstMiB).toBeLessThan(GROWTH_MIB_MAX)
  } finally {
    await agent.stop()
    await cadre.stop()
  }
})

const memoryOf = (processId: number): number => {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1_024)
}
