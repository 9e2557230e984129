import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  createCadre,
  startConsuming,
  type Cadre,
  type Consumer,
} from '../../packages/sdk/src/index.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { consumerLog } from './consumer-log.ts'

// What becomes of the work of an agent's process that ends without a word, and of one that says
// goodbye: real processes, killed and stopped, with leases of ten minutes.

let server: RunningCadre
let cadre: Cadre
let agent: { id: string; key: string }
const processes: ChildProcess[] = []
const consumers: Consumer[] = []

beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false', CADRE_AGENT_GONE_SECONDS: '1.5' })
  cadre = createCadre({ url: server.url, key: server.key })
  const { id, key } = await cadre.agents.register({ runtime: 'remote', name: 'mortal' })
  agent = { id, key: key ?? '' }
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
  for (const child of processes.splice(0)) child.kill('SIGKILL')
})
afterAll(() => server.stop())

/** A process that holds a task, and of which Cadre knows. */
const holdTask = async (name: string) => {
  const child = fork(join(import.meta.dirname, 'agent-process.ts'), {
    env: { ...process.env, AGENT_URL: server.url, AGENT_KEY: agent.key, AGENT_PROCESS: name },
  })
  processes.push(child)
  const task = await cadre.tasks.create({ agent_id: agent.id })
  const [told] = (await once(child, 'message')) as [{ holds: string }]
  expect(told.holds).toBe(task.id)
  await until(async () => (await namesOfConnected()).includes(name))
  return { child, task }
}
const namesOfConnected = async (): Promise<string[]> =>
  (await cadre.agents.instances(agent.id)).items
    .filter(({ is_connected }) => is_connected)
    .map(({ name }) => name)

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo()));
}
const serveNext = () => {
  const log = consumerLog()
  const { url } = server
  consumers.push(
    startConsuming(() => 'by the next one', { url, key: agent.key, onEvent: log.push }),
  )
  return log
}

test('killed in the middle of a task → another process does it long before the lease is over', async () => {
  const { child, task } = await holdTask('killed')
  const log = serveNext()
  child.kill('SIGKILL')
  expect(await log.next('claimed')).toMatchObject({ taskId: task.id, attempt: 2 })
  await log.next('ended')
  expect(await cadre.tasks.get(task.id)).toMatchObject({ status: 'DONE', retry_count: 1 })
  const { items } = await cadre.tasks.attempts(task.id)
  expect(items[0]).toMatchObject({
    outcome: 'lost',
    error: "The agent's process that held the task is gone.",
  })
  expect(await namesOfConnected()).not.toContain('killed')
})

test('stops in order in the middle of a task → keeps it and finishes it', async () => {
  const stopping = await holdTask('stopping')
  stopping.child.send('stop')
  await until(async () => !(await namesOfConnected()).includes('stopping'))
  // Whoever is killed now is given up after the other one's stream had ended.
  const killed = await holdTask('killed meanwhile')
  const log = serveNext()
  killed.child.kill('SIGKILL')
  expect(await log.next('claimed')).toMatchObject({ taskId: killed.task.id })
  expect(await cadre.tasks.get(stopping.task.id)).toMatchObject({
    status: 'IN_PROGRESS',
    attempt: 1,
  })
  stopping.child.send('finish')
  await once(stopping.child, 'exit')
  expect(await cadre.tasks.get(stopping.task.id)).toMatchObject({
    status: 'DONE',
    attempt: 1,
    result: 'by the one that was to stop',
  })
})

test('its stream is cut and cannot come back, but it lives → keeps its task', async () => {
  const finish = Promise.withResolvers<string>()
  const cut = new AbortController()
  const log = consumerLog()
  consumers.push(
    startConsuming(() => finish.promise, {
      url: server.url,
      key: agent.key,
      processName: 'cut off',
      leaseSeconds: 600,
      onEvent: log.push,
      fetch: withStreamUntil(cut.signal),
    }),
  )
  const task = await cadre.tasks.create({ agent_id: agent.id })
  await log.next('claimed')
  await until(async () => (await namesOfConnected()).includes('cut off'))
  cut.abort()
  await log.next('disconnected')
  // Whoever is killed now is given up after the one that was cut off could have been.
  const killed = await holdTask('killed beside it')
  const next = serveNext()
  killed.child.kill('SIGKILL')
  expect(await next.next('claimed')).toMatchObject({ taskId: killed.task.id })
  finish.resolve('after all')
  await log.next('ended')
  expect(await cadre.tasks.get(task.id)).toMatchObject({
    status: 'DONE',
    attempt: 1,
    result: 'after all',
  })
})

/** A network that lets streams through until the signal, and none from then on. */
const withStreamUntil =
  (cut: AbortSignal): typeof fetch =>
  (input, init) => {
    if (!String(input instanceof Request ? input.url : input).includes('/stream'))
      return fetch(input, init)
    const signals = [cut, ...(init?.signal ? [init.signal] : [])]
    return fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
