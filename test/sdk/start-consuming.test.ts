import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createCadre,
  LeaseLostError,
  PermanentError,
  RateLimitedError,
  ShuttingDownError,
  startConsuming,
  TaskCancelledError,
  type ConsumeOptions,
  type Consumer,
  type TaskHandler,
} from '../../packages/sdk/src/index.ts'
import { AGENT_ID, FakeCadre, refuse, type FakeRequest } from '../support/fake-cadre.ts'
import { consumerLog, type ConsumerLog } from './consumer-log.ts'

let fake: FakeCadre
let consumer: Consumer | undefined
let log: ConsumerLog

beforeEach(async () => {
  fake = await FakeCadre.start()
  log = consumerLog()
})
afterEach(async () => {
  await consumer?.stop().catch(() => {})
  consumer = undefined
  await fake[Symbol.asyncDispose]()
})

describe('an offered task', () => {
  test('is claimed, handled and completed with result and cost', async () => {
    await consume(async (task, context) => {
      context.addCost(0.1)
      context.addCost(0.2)
      return { echoed: task.input, attempt: context.attempt }
    })
    const task = fake.offer(fake.addTask({ input: 'hello' }))
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed', taskId: task.id })
    expect(task).toMatchObject({ status: 'DONE', result: { echoed: 'hello', attempt: 1 } })
    expect(task.cost).toBe('0.300000')
  })

  test('that somebody else has claimed is dropped without a word', async () => {
    await consume(() => 'unused')
    fake.offer(fake.addTask({ status: 'IN_PROGRESS' }))
    const own = fake.offer()
    expect(await log.next('ended')).toMatchObject({ taskId: own.id })
    expect(log.all.filter((event) => event.type === 'claim_failed')).toEqual([])
  })

  test('that arrives garbled is told of, and the stream goes on', async () => {
    await consume(() => 'fine')
    fake.send('task', { task_id: 'no-uuid' })
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
    expect(log.all.some((event) => event.type === 'offer_invalid')).toBe(true)
  })

  test('is handled beside others up to the concurrency, and no further', async () => {
    const gate = Promise.withResolvers<void>()
    let running = 0
    let peak = 0
    await consume(
      async () => {
        peak = Math.max(peak, (running += 1))
        await gate.promise
        running -= 1
      },
      { concurrency: 2 },
    )
    expect(fake.requests.find(isStream)?.query.get('prefetch')).toBe('2')
    const tasks = [fake.offer(), fake.offer(), fake.offer()]
    await log.next('claimed', 2)
    gate.resolve()
    await log.next('ended', 3)
    expect(peak).toBe(2)
    expect(tasks.map((task) => task.status)).toEqual(['DONE', 'DONE', 'DONE'])
  })
})

describe('a failing handler', () => {
  test.each([
    [new Error('flaky'), { error_message: 'flaky', category: 'retriable' }],
    [new PermanentError('never'), { error_message: 'never', category: 'permanent' }],
    [new RateLimitedError(7), { category: 'rate_limited', retry_after_seconds: 7 }],
    ['a\u0000bc', { error_message: 'abc', category: 'retriable' }],
  ])('%s → reported with its category', async (thrown, report) => {
    await consume(() => {
      throw thrown
    })
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'failed' })
    expect(fake.requests.filter(isFailure).flatMap(callsOf)).toMatchObject([report])
  })

  test('result refused as too large → permanent failure, not an endless retry', async () => {
    fake.intercept = (request, response) => {
      if (!isCompletion(request)) return false
      refuse(response, 413, 'http.too_large', 'The body is too large.')
      return true
    }
    await consume(() => 'x')
    const task = fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'failed' })
    expect(task.status).toBe('QUARANTINED')
  })
})

describe('presence', () => {
  test('reported once connected, with what runs; goodbye at the end', async () => {
    const gate = Promise.withResolvers<void>()
    await consume(() => gate.promise, { concurrency: 3 })
    const first = await fake.seen(isPresence)
    expect(first.body).toMatchObject({ transport: 'http', concurrency: 3, in_flight: 0 })
    expect(first.body['name']).toContain(`:${process.pid}`)
    expect(first.path).toContain(fake.requests.find(isStream)?.query.get('instance'))
    fake.offer()
    const second = await fake.seen(
      (request) => isPresence(request) && request.body['in_flight'] === 1,
    )
    expect(second.path).toBe(first.path)
    gate.resolve()
    await consumer?.stop()
    expect(fake.requests.at(-1)).toMatchObject({ method: 'DELETE', path: first.path })
  })

  test('refused → not reported again, and the work goes on', async () => {
    fake.intercept = (request, response) => {
      if (!isPresence(request)) return false
      refuse(response, 404, 'http.not_found', 'An older Cadre.')
      return true
    }
    await consume(() => 'fine')
    await fake.seen(isPresence)
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
    await consumer?.stop()
    expect(fake.requests.filter(({ path }) => path.includes('/instances/'))).toHaveLength(1)
  })

  test('cannot be reported → reported later', async () => {
    let isAway = true
    fake.losesAnswer = (request) => isPresence(request) && isAway
    await consume(() => 'fine')
    await fake.seen(isPresence)
    isAway = false
    fake.offer()
    await fake.seen(isPresence, 2)
  })
})

describe('the lease', () => {
  test('is renewed while the handler works, and progress is shown', async () => {
    await consume(
      async (_, context) => {
        context.progress(0.5, 'half')
        await fake.seen(isHeartbeat, 2)
      },
      { leaseSeconds: 1 },
    )
    const task = fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
    expect(task.progress).toEqual({ fraction: 0.5, message: 'half' })
  })

  test('task cancelled → the handler hears of it, nothing is reported', async () => {
    const heard = Promise.withResolvers<unknown>()
    await consume(
      async (_, context) => {
        await once(context.signal, 'abort')
        heard.resolve(context.signal.reason)
      },
      { leaseSeconds: 1 },
    )
    const task = fake.offer()
    await log.next('claimed')
    task.status = 'CANCELLED'
    expect(await log.next('ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await heard.promise).toBeInstanceOf(TaskCancelledError)
    expect(fake.requests.some(isCompletion)).toBe(false)
  })

  test('heartbeat answered 409 → handler aborted, nothing reported', async () => {
    const heard = Promise.withResolvers<unknown>()
    await consume(
      async (_, context) => {
        await once(context.signal, 'abort')
        heard.resolve(context.signal.reason)
        return 'too late'
      },
      { leaseSeconds: 1 },
    )
    const task = fake.offer()
    await log.next('claimed')
    task.attempt_token = 'somebody else'
    expect(await log.next('ended')).toMatchObject({ outcome: 'lost' })
    expect(await heard.promise).toBeInstanceOf(LeaseLostError)
    expect(fake.requests.some(isCompletion)).toBe(false)
  })

  test('no heartbeat gets through for a whole lease → lost', async () => {
    fake.intercept = (request, response) => {
      if (isHeartbeat(request)) response.destroy()
      return isHeartbeat(request)
    }
    await consume(untilAborted, { leaseSeconds: 1 })
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'lost' })
    expect(fake.requests.some(isFailure)).toBe(false)
  })
})

describe('reporting', () => {
  test('answer to a completion lost → repeated, and the 409 recognised as our own success', async () => {
    let isFirst = true
    fake.losesAnswer = (request) => {
      const loses = isCompletion(request) && isFirst
      if (loses) isFirst = false
      return loses
    }
    await consume(() => 'result')
    const task = fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
    expect(fake.requests.filter(isCompletion)).toHaveLength(2)
    expect(task.status).toBe('DONE')
  })

  test('Cadre unavailable for a moment → the result arrives afterwards', async () => {
    let failures = 2
    fake.intercept = (request, response) => {
      if (!isCompletion(request) || failures === 0) return false
      failures -= 1
      refuse(response, 503, 'unavailable', 'Starting')
      return true
    }
    await consume(() => 'result')
    const task = fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
    expect(task.result).toBe('result')
  })

  test('completed by another attempt meanwhile → lost', async () => {
    await consume((task) => {
      const stored = fake.tasks.get(task.id)
      if (stored) stored.attempt_token = 'another attempt'
      return 'late'
    })
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'lost' })
  })
})

describe('the connection', () => {
  test('cut → reconnects and goes on', async () => {
    await consume(() => 'ok')
    fake.dropStreams()
    await log.next('connected', 2)
    fake.offer()
    expect(await log.next('ended')).toMatchObject({ outcome: 'completed' })
  })

  test('silent for too long → given up and opened anew', async () => {
    await consume(() => 'ok', { silenceMsMax: 200 })
    await log.next('connected', 2)
    expect(await log.next('disconnected')).toMatchObject({
      cause: expect.objectContaining({ name: 'StreamSilentError' }),
    })
  })

  test('wrong key → closed rejects and nothing is retried', async () => {
    consumer = startConsuming(() => null, { url: fake.url, key: 'wrong', agentId: AGENT_ID })
    await expect(consumer.closed).rejects.toMatchObject({ status: 401 })
    expect(fake.requests).toHaveLength(1)
  })

  test('agent left out → the agent that the key belongs to', async () => {
    consumer = startConsuming(() => null, { url: fake.url, key: fake.key, onEvent: log.push })
    await log.next('connected')
    expect(fake.requests.map(({ path }) => path)).toContain(`/agents/${AGENT_ID}/stream`)
  })
})

describe('stop', () => {
  test('waits for a running handler and takes nothing new', async () => {
    const gate = Promise.withResolvers<string>()
    await consume(() => gate.promise)
    const first = fake.offer()
    await log.next('claimed')
    const second = fake.offer()
    const stopped = consumer?.stop()
    gate.resolve('finished')
    await stopped
    expect([first.status, second.status]).toEqual(['DONE', 'TODO'])
    await fake.streamless()
  })

  test('grace over → hands the task back and aborts the handler', async () => {
    const heard = Promise.withResolvers<unknown>()
    await consume(
      async (_, context) => {
        await once(context.signal, 'abort')
        heard.resolve(context.signal.reason)
        await new Promise(() => {})
      },
      { graceMs: 20 },
    )
    const task = fake.offer()
    await log.next('claimed')
    await consumer?.stop()
    expect(await heard.promise).toBeInstanceOf(ShuttingDownError)
    expect(task).toMatchObject({ status: 'TODO', retry_count: 0, last_error: null })
    expect(log.all.at(-1)).toMatchObject({ outcome: 'handed_back' })
  })

  test('by the signal, or by leaving an `await using` block', async () => {
    const controller = new AbortController()
    await consume(() => null, { signal: controller.signal })
    controller.abort()
    await consumer?.closed
    {
      await using second = startConsuming(() => null, { url: fake.url, key: fake.key })
      await fake.seen(({ path }) => path.endsWith('/stream'), 2)
      expect(second.closed).toBeInstanceOf(Promise)
    }
    await fake.streamless()
  })
})

const consume = async (handler: TaskHandler, options: ConsumeOptions = {}) => {
  const cadre = createCadre({ url: fake.url, key: fake.key })
  consumer = startConsuming(handler, { cadre, agentId: AGENT_ID, onEvent: log.push, ...options })
  await log.next('connected')
}

const untilAborted: TaskHandler = async (_, context) => {
  await once(context.signal, 'abort')
  throw context.signal.reason
}

const callsOf = ({ body }: FakeRequest) => (body['calls'] ?? []) as Record<string, unknown>[]
const hasCall = (request: FakeRequest, name: string) =>
  callsOf(request).some(({ call }) => call === name)
const isCompletion = (request: FakeRequest) => hasCall(request, 'complete')
const isFailure = (request: FakeRequest) => hasCall(request, 'fail')
const isStream = (request: FakeRequest) => request.path.endsWith('/stream')
const isPresence = ({ method, path }: FakeRequest) =>
  method === 'PUT' && path.includes('/instances/')
const isHeartbeat = (request: FakeRequest) => hasCall(request, 'heartbeat')
