import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  createCadre,
  LeaseLostError,
  startConsuming,
  TaskCancelledError,
  type Cadre,
  type ConsumeOptions,
  type Consumer,
  type TaskHandler,
} from '../../packages/sdk/src/index.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { consumerLog } from './consumer-log.ts'

// With a lease of an hour, no heartbeat tells a handler anything: what it hears came by the stream.

const LEASE_SECONDS = 3_600

let server: RunningCadre
let cadre: Cadre
let agentCount = 0
const consumers: Consumer[] = []

beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false', CADRE_RECOVERY_SWEEP_SECONDS: '0.1' })
  cadre = createCadre({ url: server.url, key: server.key })
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
})
afterAll(() => server.stop())

const serve = async (agentId: string, handler: TaskHandler, options: ConsumeOptions = {}) => {
  const log = consumerLog()
  const base = { cadre, agentId, leaseSeconds: LEASE_SECONDS, graceMs: 0 }
  consumers.push(startConsuming(handler, { ...base, onEvent: log.push, ...options }))
  await log.next('connected')
  return log
}
const newAgent = async () =>
  (await registerRemote(server.client, `agent-${(agentCount += 1)}`, [])).id

/** Tells why it was stopped. */
const untilStopped = () => {
  const heard = Promise.withResolvers<unknown>()
  const handler: TaskHandler = async (_, context) => {
    if (!context.signal.aborted) await once(context.signal, 'abort')
    heard.resolve(context.signal.reason)
  }
  return { handler, heard: heard.promise }
}

test('cancelled → the handler hears of it at once, not at its next heartbeat', async () => {
  const agentId = await newAgent()
  const { handler, heard } = untilStopped()
  const log = await serve(agentId, handler)
  const task = await cadre.tasks.create({ agent_id: agentId })
  await log.next('claimed')
  await cadre.tasks.cancel(task.id, 'not needed')
  expect(await heard).toBeInstanceOf(TaskCancelledError)
  expect(await log.next('ended')).toMatchObject({ outcome: 'cancelled' })
})

test('cancelled after the agent came back by another stream → it hears of it all the same', async () => {
  const agentId = await newAgent()
  const { handler, heard } = untilStopped()
  const log = await serve(agentId, handler)
  const task = await cadre.tasks.create({ agent_id: agentId })
  await log.next('claimed')
  const elsewhere = await serve(agentId, () => new Promise(() => {}))
  await cadre.tasks.cancel(task.id)
  expect(await heard).toBeInstanceOf(TaskCancelledError)
  expect(elsewhere.all).toEqual([{ type: 'connected' }])
})

test('one attempt ran for too long → its handler is stopped and the task tried again', async () => {
  const agentId = await newAgent()
  const heard = Promise.withResolvers<unknown>()
  const log = await serve(agentId, async (_, context) => {
    if (context.attempt > 1) return 'second attempt'
    await once(context.signal, 'abort')
    heard.resolve(context.signal.reason)
    return 'too late'
  })
  const task = await cadre.tasks.create({
    agent_id: agentId,
    timeouts: { execution_seconds: 0.2 },
    backoff: { base_seconds: 0, cap_seconds: 0 },
  })
  expect(await heard.promise).toBeInstanceOf(LeaseLostError)
  await log.next('ended', 2)
  expect(await cadre.tasks.get(task.id)).toMatchObject({
    status: 'DONE',
    attempt: 2,
    result: 'second attempt',
    last_error_category: 'timeout',
  })
})

test('the task took too long in all → its handler is stopped, the task is in quarantine', async () => {
  const agentId = await newAgent()
  const { handler, heard } = untilStopped()
  const log = await serve(agentId, handler)
  const task = await cadre.tasks.create({ agent_id: agentId, timeouts: { total_seconds: 0.2 } })
  expect(await heard).toBeInstanceOf(LeaseLostError)
  expect(await log.next('ended')).toMatchObject({ outcome: 'lost' })
  expect(await cadre.tasks.get(task.id)).toMatchObject({
    status: 'QUARANTINED',
    last_error_category: 'timeout',
  })
})

test('stopped beyond its grace → handed back with no retry counted, though it had only one', async () => {
  const agentId = await newAgent()
  const log = await serve(agentId, () => new Promise(() => {}))
  const task = await cadre.tasks.create({ agent_id: agentId, max_retries: 1 })
  await log.next('claimed')
  await consumers.pop()?.stop()
  expect(log.all.at(-1)).toMatchObject({ outcome: 'handed_back' })
  expect(await cadre.tasks.get(task.id)).toMatchObject({ status: 'TODO', retry_count: 0 })
})
