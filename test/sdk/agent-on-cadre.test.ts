import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  createCadre,
  PermanentError,
  startConsuming,
  TaskCancelledError,
  type Cadre,
  type ConsumeOptions,
  type Consumer,
  type CreateTask,
  type Task,
  type TaskHandler,
} from '../../packages/sdk/src/index.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { consumerLog } from './consumer-log.ts'

// The agent runtime against the real server: what it promises, seen from both ends.

let server: RunningCadre
let dataDirectory: string
let cadre: Cadre
let agent: { id: string; name: string; key: string }
const consumers: Consumer[] = []
let agentCount = 0

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-sdk-'))
  server = await start()
  cadre = createCadre({ url: server.url, key: server.key })
})
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()))
})
afterAll(async () => {
  await server.stop()
  await rm(dataDirectory, { recursive: true, force: true })
})

const start = (settings: Record<string, string> = {}) =>
  startCadre({
    CADRE_DATA_DIR: dataDirectory,
    CADRE_DEMO_AGENTS: 'false',
    CADRE_RECOVERY_SWEEP_SECONDS: '0.2',
    CADRE_SCHEDULER_SWEEP_SECONDS: '0.2',
    ...settings,
  })

describe('a task for a remote agent', () => {
  test('is offered, handled and done; result, cost and progress arrive', async () => {
    await serve(async (task, context) => {
      context.progress(0.5, 'half way')
      context.addCost(0.25)
      return { doubled: Number(task.input) * 2 }
    })
    const task = await give({ input: 21 })
    expect(await ended(task, 'DONE')).toMatchObject({
      result: { doubled: 42 },
      cost: '0.250000',
      attempt: 1,
    })
  })

  test('fifty at once, ten at a time → each done exactly once', async () => {
    const seen = new Map<string, number>()
    await serve((task) => void seen.set(task.id, (seen.get(task.id) ?? 0) + 1), {
      concurrency: 10,
    })
    const tasks = await Promise.all(Array.from({ length: 50 }, () => give()))
    const done = await Promise.all(tasks.map((task) => ended(task, 'DONE')))
    expect(done.every((task) => task.attempt === 1)).toBe(true)
    expect([...seen.values()]).toEqual(Array(50).fill(1))
  })

  test('handler throws → tried again, with the error in the record', async () => {
    await serve((_, context) => {
      if (context.attempt === 1) throw new Error('flaky')
      return 'second time lucky'
    })
    const task = await give({ backoff: { base_seconds: 0, cap_seconds: 0 } })
    expect(await ended(task, 'DONE')).toMatchObject({ result: 'second time lucky', attempt: 2 })
    const { items } = await cadre.tasks.attempts(task.id)
    expect(items[0]).toMatchObject({ outcome: 'failed', category: 'retriable', error: 'flaky' })
  })

  test('PermanentError → quarantine at once', async () => {
    await serve(() => {
      throw new PermanentError('not for me')
    })
    expect(await ended(await give(), 'QUARANTINED')).toMatchObject({
      attempt: 1,
      last_error: 'not for me',
      last_error_category: 'permanent',
    })
  })

  test('cancelled → the handler hears of it and the task stays cancelled', async () => {
    const heard = Promise.withResolvers<unknown>()
    const log = await serve(
      async (_, context) => {
        await once(context.signal, 'abort')
        heard.resolve(context.signal.reason)
        return 'too late'
      },
      { leaseSeconds: 1 },
    )
    const task = await give()
    await log.next('claimed')
    await cadre.tasks.cancel(task.id, 'no longer wanted')
    expect(await heard.promise).toBeInstanceOf(TaskCancelledError)
    expect(await log.next('ended')).toMatchObject({ outcome: 'cancelled' })
    expect((await cadre.tasks.get(task.id)).status).toBe('CANCELLED')
  })

  test('agent unheard of for a lease → tried again; its late result changes nothing', async () => {
    const gate = Promise.withResolvers<void>()
    const log = await serve(
      async (_, context) => {
        if (context.attempt > 1) return 'second attempt'
        await gate.promise
        return 'zombie'
      },
      { leaseSeconds: 1, concurrency: 2, fetch: withoutHeartbeats },
    )
    const task = await give({ backoff: { base_seconds: 0, cap_seconds: 0 } })
    await log.next('claimed', 2)
    gate.resolve()
    await log.next('ended', 2)
    expect(await ended(task, 'DONE')).toMatchObject({ result: 'second attempt', attempt: 2 })
    expect(log.all).toContainEqual(expect.objectContaining({ outcome: 'lost', attempt: 1 }))
  })

  test('cancelled before any agent came → costs the next task no time', async () => {
    agent = await register()
    const cancelled = await give()
    await admitted(cancelled)
    await cadre.tasks.cancel(cancelled.id)
    const log = await serveAs(agent.key, () => 'next')
    expect(await ended(await give(), 'DONE')).toMatchObject({ result: 'next' })
    expect(log.all.filter(({ type }) => type === 'claimed')).toHaveLength(1)
  })
})

describe('stop', () => {
  test('running handler finishes within the grace; nothing new is taken', async () => {
    const gate = Promise.withResolvers<string>()
    const log = await serve(() => gate.promise)
    const first = await give()
    await log.next('claimed')
    const second = await give()
    const stopped = consumers[0]?.stop()
    gate.resolve('finished')
    await stopped
    expect((await cadre.tasks.get(first.id)).status).toBe('DONE')
    expect((await cadre.tasks.get(second.id)).status).toBe('TODO')
    await serveAs(agent.key, () => 'by the next one')
    expect(await ended(second, 'DONE')).toMatchObject({ result: 'by the next one' })
  })

  test('grace over → handed back, and another instance does it', async () => {
    const log = await serve(() => new Promise<never>(() => {}), { graceMs: 0 })
    const task = await give({ backoff: { base_seconds: 0, cap_seconds: 0 } })
    await log.next('claimed')
    await consumers[0]?.stop()
    expect(log.all.at(-1)).toMatchObject({ outcome: 'handed_back' })
    await serveAs(agent.key, () => 'by the next one')
    expect(await ended(task, 'DONE')).toMatchObject({ result: 'by the next one', attempt: 2 })
  })
})

describe('the connection', () => {
  test('server restarts under a running task → the result arrives, and work goes on', async () => {
    const gate = Promise.withResolvers<void>()
    const log = await serve(async () => {
      await gate.promise
      return 'survived'
    })
    const before = await give()
    await log.next('claimed')
    const { port } = new URL(server.url)
    await server.stop()
    await log.next('disconnected')
    gate.resolve()
    server = await start({ CADRE_PORT: port })
    expect(await ended(before, 'DONE')).toMatchObject({ result: 'survived', attempt: 1 })
    expect(await ended(await give(), 'DONE')).toMatchObject({ result: 'survived' })
  })

  test('key of another agent → closed rejects', async () => {
    await serve(() => null)
    const other = await register()
    const consumer = startConsuming(() => null, {
      url: server.url,
      key: other.key,
      agentId: agent.id,
    })
    await expect(consumer.closed).rejects.toMatchObject({ status: 403 })
  })

  test('unknown key → closed rejects', async () => {
    const consumer = startConsuming(() => null, { url: server.url, key: 'cadre_nobody' })
    await expect(consumer.closed).rejects.toMatchObject({ status: 401 })
  })
})

/** Until the scheduler has handed the task to the broker, where it waits for an agent. */
const admitted = async (task: Task) => {
  for (;;) {
    const metrics = await (await server.request('/api/v1/metrics')).text()
    if (metrics.includes(`queue="tasks.agent.${agent.id}",state="admitted"} 1`)) return task
  }
}

const register = async () => {
  agentCount += 1
  const { id, name, key } = await cadre.agents.register({
    runtime: 'remote',
    name: `remote-${agentCount}`,
  })
  return { id, name, key: key ?? '' }
}

/** A new agent with a running consumer. */
const serve = async (handler: TaskHandler, options: ConsumeOptions = {}) => {
  agent = await register()
  return serveAs(agent.key, handler, options)
}

const serveAs = async (key: string, handler: TaskHandler, options: ConsumeOptions = {}) => {
  const log = consumerLog()
  consumers.push(startConsuming(handler, { url: server.url, key, onEvent: log.push, ...options }))
  await log.next('connected')
  return log
}

const give = (task: Partial<CreateTask> = {}): Promise<Task> =>
  cadre.tasks.create({ agent_id: agent.id, ...task })

/** The task once it is in this state, as the event stream tells. */
const ended = async (task: Task, status: Task['status']): Promise<Task> => {
  const seen = await fetch(`${server.url}/api/v1/events?subject_id=${task.id}`, {
    headers: { authorization: `Bearer ${server.key}` },
  })
  const reader = seen.body?.getReader()
  for (;;) {
    const now = await cadre.tasks.get(task.id)
    if (now.status === status) {
      await reader?.cancel()
      return now
    }
    const chunk = await reader?.read()
    if (chunk?.done !== false) throw new Error(`The event stream ended while ${now.status}`)
  }
}

/** A network that loses every heartbeat. */
const withoutHeartbeats: typeof fetch = (input, init) =>
  String(init?.body).includes('"heartbeat"')
    ? Promise.reject(new TypeError('lost'))
    : fetch(input, init)
