import { readFileSync } from 'node:fs'
import { startConsuming } from '@cadre/sdk'
import { expect, test } from 'vitest'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startCadreProcess } from '../support/start-cadre-process.ts'
import { isLong, TEST_MS_MAX } from './chaos-run.ts'

// One run of very many steps: it completes, the server's memory does not grow with it, and what
// people look at stays quick. `npm run chaos` runs the long form.

const STEPS = isLong ? 10_000 : 2_000
const GROWTH_MIB_MAX = 200
const PAGE_MS_MAX = 2_000

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
  const events = await openEventStream(`${url}/api/v1/events?types=run.completed`, {
    authorization: `Bearer ${key}`,
  }).catch(() => openEventStream(`${url}/api/v1/events`, { authorization: `Bearer ${key}` }))
  try {
    const warmUp = await client.runs.trigger('wide', { context: [1, 2, 3] as never })
    await events.waitFor(({ data }) => data.includes('run.completed'))
    expect((await client.runs.get(warmUp.run.id)).output).toBe(3)
    const beforeMiB = memoryOf(cadre.processId)
    const context = Array.from({ length: STEPS }, (_, at) => at)
    const { run } = await client.runs.trigger('wide', { context: context as never })
    let mostMiB = beforeMiB
    for (let status = 'RUNNING'; status === 'RUNNING';) {
      const from = performance.now()
      const [detail] = await Promise.all([
        client.runs.get(run.id),
        client.runs.steps(run.id, { limit: 1_000 }),
      ])
      expect(performance.now() - from).toBeLessThan(PAGE_MS_MAX)
      mostMiB = Math.max(mostMiB, memoryOf(cadre.processId))
      status = detail.status
    }
    expect(await client.runs.get(run.id)).toMatchObject({ status: 'COMPLETED', output: STEPS })
    console.log(`${STEPS} steps: ${beforeMiB} MiB before, ${mostMiB} MiB at the most`)
    expect(mostMiB - beforeMiB).toBeLessThan(GROWTH_MIB_MAX)
  } finally {
    await agent.stop()
    await events.close()
    await cadre.stop()
  }
})

const memoryOf = (processId: number): number => {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1_024)
}
