import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CATCHING_FLOOD,
  DEEP_RECURSION,
  ECHO,
  ENDLESS,
  MEMORY_HOG,
  OUTPUT_FLOOD,
  POLL_FLOOD,
  RANDOM_FLOOD,
  SLEEPER,
} from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { watchService, type ServiceWatch } from '../support/latency-probe.ts'
import { startCadreProcess, type CadreProcess } from '../support/start-cadre-process.ts'

let cadre: CadreProcess
let others: ServiceWatch

const PROGRAMS = {
  endless: { binary: ENDLESS, outcome: 'timeout', category: 'timeout' },
  sleeper: { binary: SLEEPER, outcome: 'timeout', category: 'timeout' },
  'memory-hog': { binary: MEMORY_HOG, outcome: 'out_of_memory', category: 'sandbox_violation' },
  'output-flood': { binary: OUTPUT_FLOOD, outcome: 'output_limit', category: 'sandbox_violation' },
  'catching-flood': {
    binary: CATCHING_FLOOD,
    outcome: 'output_limit',
    category: 'sandbox_violation',
  },
  'deep-recursion': { binary: DEEP_RECURSION, outcome: 'trap', category: 'retriable' },
  'random-flood': { binary: RANDOM_FLOOD, outcome: 'trap', category: 'retriable' },
  'poll-flood': { binary: POLL_FLOOD, outcome: 'trap', category: 'retriable' },
} as const
type Program = keyof typeof PROGRAMS
const NAMES = Object.keys(PROGRAMS) as Program[]

beforeAll(async () => {
  cadre = await startCadreProcess({
    CADRE_EXECUTION_SECONDS: '2',
    CADRE_MAX_RETRIES: '1',
    CADRE_BACKOFF_BASE_SECONDS: '0',
  })
  const witness = await registerRemote(cadre.client, 'witness')
  const { id } = await cadre.client.tasks.create({ agent_id: witness.id })
  others = watchService(cadre, ['/health/live', `/api/v1/tasks/${id}`])
  for (const name of NAMES) await publishWasm(cadre.client, name, PROGRAMS[name].binary)
  await publishWasm(cadre.client, 'echo', ECHO)
})
afterAll(async () => {
  await cadre.stop()
  others.judge()
})

const attack = (name: string, work: () => Promise<void>) => others.during(name, work)

test.each(NAMES)(
  '%s, three at once → its outcome each time, others served, a good program runs on',
  async (name) => {
    await attack(name, async () => {
      const runs = Array.from({ length: 3 }, () => cadre.client.tasks.execute({ agent_id: name }))
      const good = await cadre.client.tasks.execute({ agent_id: 'echo', input: 'still here' })
      expect(good).toMatchObject({ outcome: 'exit', exit_code: 0, stdout: 'still here' })
      const outcomes = (await Promise.all(runs)).map((run) => run.outcome)
      // A program that floods may also be stopped by the clock on a slow machine.
      for (const outcome of outcomes) expect([PROGRAMS[name].outcome, 'timeout']).toContain(outcome)
    })
  },
)

test('all of them through the queue at once, good ones among them → each in its place, others served', async () => {
  await attack('hostile queue', async () => {
    const { items } = await cadre.client.tasks.createBatch(
      [...NAMES, ...NAMES].flatMap((name, index) => [
        { agent_id: name, tags: ['hostile'] },
        { agent_id: 'echo', input: index, tags: ['good'] },
      ]),
    )
    await expect.poll(unfinished, { timeout: 90_000, interval: 200 }).toBe(0)
    for (const [index, { id, tags }] of items.entries()) {
      const task = await cadre.client.tasks.get(id)
      if (tags.includes('good'))
        expect(task).toMatchObject({ status: 'DONE', result: (index - 1) / 2 })
      else {
        const { category } = PROGRAMS[task.agent_name as Program]
        expect(task.status).toBe('QUARANTINED')
        expect([category, 'timeout']).toContain(task.last_error_category)
      }
    }
  })
})
/** The watched task waits for ever. */
const unfinished = async () => {
  const { waiting, in_progress } = await cadre.client.tasks.counts()
  return waiting + in_progress - 1
}

test('100 executions that trap at once → all answered, others served', async () => {
  await attack('a burst of traps', async () => {
    const runs = await Promise.all(
      Array.from({ length: 100 }, () => cadre.client.tasks.execute({ agent_id: 'deep-recursion' })),
    )
    expect(new Set(runs.map((run) => run.outcome))).toEqual(new Set(['trap']))
  })
  expect(await cadre.client.health()).toMatchObject({ status: 'healthy' })
})
