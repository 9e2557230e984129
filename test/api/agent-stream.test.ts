import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TaskOffer } from '@cadre/contract'
import { ECHO } from '../../src/executors/wasm/testing/sample-programs.ts'
import { publishWasm, registerRemote } from '../support/agent-forms.ts'
import { openEventStream, type EventStreamReader } from '../support/event-stream-reader.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
const CLAIM_SECONDS = 1
/** Tasks that two agents share. */
const CROWD = 1_000
const open: EventStreamReader[] = []

beforeAll(async () => {
  cadre = await startCadre({
    CADRE_DEMO_AGENTS: 'false',
    CADRE_OFFER_CLAIM_SECONDS: String(CLAIM_SECONDS),
  })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.close()))
})
afterAll(() => cadre.stop())

const connect = async (agent: { id: string; key: string }, query = '', prefix = '/api/v1') => {
  const stream = await openEventStream(`${cadre.url}${prefix}/agents/${agent.id}/stream${query}`, {
    authorization: `Bearer ${agent.key}`,
  })
  open.push(stream)
  const parsed: TaskOffer[] = []
  let read = 0
  const offers = (): readonly TaskOffer[] => {
    for (const message of stream.messages.slice(read))
      if (message.event === 'task') parsed.push(JSON.parse(message.data) as TaskOffer)
    read = stream.messages.length
    return parsed
  }
  return {
    ...stream,
    offers,
    offerOf: async (taskId: string) => {
      await stream.waitFor((message) => message.data.includes(taskId))
      return offers().find((offer) => offer.task_id === taskId)
    },
    offered: (count: number) =>
      expect
        .poll(() => offers().length, { timeout: 10_000, interval: 10 })
        .toBeGreaterThanOrEqual(count),
  }
}
const create = async (task: Parameters<typeof cadre.client.tasks.create>[0]) =>
  (await cadre.client.tasks.create(task)).id
const put = (
  taskId: string,
  agent: { id: string; key: string },
  new_status: 'IN_PROGRESS' | 'DONE',
) => cadre.clientOf(agent.key).tasks.updateStatus(taskId, { agent_id: agent.id, new_status })
/** Long enough for an offer that must not come to come. */
const quiet = () => pause(300)

test.each(['/api/v1', '/api'])('stream: %s → a task that is created is offered', async (prefix) => {
  const agent = await registerRemote(cadre.client, `listens${prefix.replaceAll('/', '-')}`)
  const stream = await connect(agent, '', prefix)
  const taskId = await create({ agent_id: agent.id, priority: 'high' })
  expect(await stream.offerOf(taskId)).toEqual({
    task_id: taskId,
    priority: 'high',
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
    claim_seconds: CLAIM_SECONDS,
  })
})

test('stream: tasks that wait before it opens → offered, urgent first', async () => {
  const agent = await registerRemote(cadre.client, 'late-riser')
  const low = await create({ agent_id: agent.id, priority: 'low' })
  const urgent = await create({ agent_id: agent.id, priority: 'urgent' })
  await quiet()
  const stream = await connect(agent, '?prefetch=2')
  await stream.offered(2)
  expect(stream.offers().map((offer) => offer.task_id)).toEqual([urgent, low])
})

test('prefetch: at most so many offered or held; a completion makes room', async () => {
  const agent = await registerRemote(cadre.client, 'two-hands')
  const stream = await connect(agent, '?prefetch=2')
  const { items } = await cadre.client.tasks.createBatch(
    Array.from({ length: 6 }, () => ({ agent_id: agent.id })),
  )
  await stream.offered(2)
  const [first] = stream.offers()
  await put(first?.task_id ?? '', agent, 'IN_PROGRESS')
  await quiet()
  // A claim acknowledges the offer, but the place stays taken while the task is held.
  expect(stream.offers()).toHaveLength(2)
  await put(first?.task_id ?? '', agent, 'DONE')
  await stream.offered(3)
  for (let served = 1; served < 6; served++) {
    await stream.offered(served + 1)
    await put(stream.offers()[served]?.task_id ?? '', agent, 'DONE')
  }
  expect(new Set(stream.offers().map((offer) => offer.task_id))).toEqual(
    new Set(items.map((item) => item.id)),
  )
})

test('claim: acknowledges the offer → it is not offered again while it is held', async () => {
  const agent = await registerRemote(cadre.client, 'takes-its-time')
  const stream = await connect(agent, '?prefetch=5')
  const taskId = await create({ agent_id: agent.id })
  await stream.offerOf(taskId)
  await put(taskId, agent, 'IN_PROGRESS')
  await pause(CLAIM_SECONDS * 1_000 + 1_500)
  expect(stream.offers()).toHaveLength(1)
  await put(taskId, agent, 'DONE')
})

test('offer that nobody claims → goes to another stream', async () => {
  const sleepy = await registerRemote(cadre.client, 'sleepy', ['shared.work'])
  const keen = await registerRemote(cadre.client, 'keen', ['shared.work'])
  const first = await connect(sleepy)
  const taskId = await create({ capability: 'shared.work' })
  await first.offerOf(taskId)
  const second = await connect(keen)
  await second.offerOf(taskId)
  expect((await put(taskId, keen, 'DONE')).assigned_agent_id).toBe(keen.id)
  await expect(put(taskId, sleepy, 'DONE')).rejects.toMatchObject({ status: 409 })
})

test('disconnect: unclaimed offers are given back at once', async () => {
  const leaver = await registerRemote(cadre.client, 'leaver', ['left.work'])
  const stayer = await registerRemote(cadre.client, 'stayer', ['left.work'])
  const first = await connect(leaver, '?prefetch=3')
  const { items } = await cadre.client.tasks.createBatch(
    Array.from({ length: 3 }, () => ({ capability: 'left.work' })),
  )
  await first.offered(3)
  const begin = Date.now()
  await first.close()
  const second = await connect(stayer, '?prefetch=3')
  await second.offered(3)
  expect(Date.now() - begin).toBeLessThan(CLAIM_SECONDS * 1_000)
  expect(new Set(second.offers().map((offer) => offer.task_id))).toEqual(
    new Set(items.map((item) => item.id)),
  )
})

test('disconnect: a held task stays held, and is not offered to others', async () => {
  const holder = await registerRemote(cadre.client, 'holds-on', ['held.work'])
  const other = await registerRemote(cadre.client, 'waits', ['held.work'])
  const first = await connect(holder)
  const taskId = await create({ capability: 'held.work' })
  await first.offerOf(taskId)
  await put(taskId, holder, 'IN_PROGRESS')
  await first.close()
  const second = await connect(other)
  await quiet()
  expect(second.offers()).toEqual([])
  expect((await put(taskId, holder, 'DONE')).status).toBe('DONE')
})

test('task finished without a stream → later streams are not offered it', async () => {
  const agent = await registerRemote(cadre.client, 'quick-hands')
  const taskId = await create({ agent_id: agent.id })
  await quiet()
  await put(taskId, agent, 'DONE')
  const stream = await connect(agent)
  const next = await create({ agent_id: agent.id })
  await stream.offerOf(next)
  expect(stream.offers().map((offer) => offer.task_id)).toEqual([next])
})

test('capability queue: two agents share it, each task to one of them', async () => {
  const left = await registerRemote(cadre.client, 'left', ['shared.load'])
  const right = await registerRemote(cadre.client, 'right', ['shared.load'])
  const streams = await Promise.all([connect(left, '?prefetch=5'), connect(right, '?prefetch=5')])
  const { items } = await cadre.client.tasks.createBatch(
    Array.from({ length: 10 }, () => ({ capability: 'shared.load' })),
  )
  await Promise.all(streams.map((stream) => stream.offered(5)))
  const offered = streams.flatMap((stream) => stream.offers().map((offer) => offer.task_id))
  expect(offered).toHaveLength(10)
  expect(new Set(offered)).toEqual(new Set(items.map((item) => item.id)))
})

test('failure → offered again once its backoff is over', async () => {
  const agent = await registerRemote(cadre.client, 'tries-again')
  const stream = await connect(agent)
  const taskId = await create({ agent_id: agent.id, backoff: { base_seconds: 0.05 } })
  await stream.offerOf(taskId)
  await put(taskId, agent, 'IN_PROGRESS')
  await cadre
    .clientOf(agent.key)
    .tasks.reportFailure(taskId, { agent_id: agent.id, error_message: 'not yet' })
  await stream.offered(2)
  expect(stream.offers().map((offer) => offer.task_id)).toEqual([taskId, taskId])
})

test('cancel: an offered task is withdrawn, the place is free, and claiming it → 409', async () => {
  const agent = await registerRemote(cadre.client, 'interrupted')
  const stream = await connect(agent)
  const taskId = await create({ agent_id: agent.id })
  await stream.offerOf(taskId)
  await cadre.client.tasks.cancel(taskId)
  await expect(put(taskId, agent, 'IN_PROGRESS')).rejects.toMatchObject({ status: 409 })
  const next = await create({ agent_id: agent.id })
  await stream.offerOf(next)
})

test('cancel: a held task → its reports get 409 and the place is free', async () => {
  const agent = await registerRemote(cadre.client, 'stopped')
  const stream = await connect(agent)
  const taskId = await create({ agent_id: agent.id })
  await stream.offerOf(taskId)
  await put(taskId, agent, 'IN_PROGRESS')
  await cadre.client.tasks.cancel(taskId)
  const client = cadre.clientOf(agent.key)
  await expect(client.tasks.heartbeat(taskId, { agent_id: agent.id })).rejects.toMatchObject({
    status: 409,
    code: 'task.already_finished',
  })
  const next = await create({ agent_id: agent.id })
  await stream.offerOf(next)
})

test('disabled agent → its tasks are not offered until it is enabled', async () => {
  const agent = await registerRemote(cadre.client, 'switched')
  const stream = await connect(agent)
  await cadre.client.agents.disable(agent.id)
  const taskId = await create({ agent_id: agent.id })
  await quiet()
  expect(stream.offers()).toEqual([])
  await cadre.client.agents.enable(agent.id)
  await stream.offerOf(taskId)
})

test.each(['prefetch=1.5', 'prefetch=1001', 'prefetch=x', 'other=1'])(
  'stream: %s → 422',
  async (query) => {
    const agent = await registerRemote(cadre.client, `asks-${query.replace(/[=.]/g, '-')}`)
    const response = await fetch(`${cadre.url}/api/v1/agents/${agent.id}/stream?${query}`, {
      headers: { authorization: `Bearer ${agent.key}` },
    })
    expect(response.status).toBe(422)
  },
)

test('stream: WASM agent → 409; unknown agent → 404', async () => {
  const { id } = await publishWasm(cadre.client, 'runs-inside', ECHO)
  expect((await cadre.request(`/api/v1/agents/${id}/stream`)).status).toBe(409)
  expect((await cadre.request('/api/v1/agents/nobody/stream')).status).toBe(404)
})

test(`${CROWD} tasks over two streams with 10 simple workers each → every one DONE exactly once`, async () => {
  const agents = [
    await registerRemote(cadre.client, 'crowd-one', ['crowd.work']),
    await registerRemote(cadre.client, 'crowd-two', ['crowd.work']),
  ]
  let done = 0
  const finished = Promise.withResolvers<void>()
  for (const agent of agents) {
    const stream = await connect(agent, '?prefetch=50')
    let next = 0
    const work = async () => {
      while (done < CROWD) {
        const offer = stream.offers()[next]
        if (offer === undefined) {
          await pause(5)
          continue
        }
        next++
        await put(offer.task_id, agent, 'DONE').then(
          () => done++,
          () => {},
        )
      }
      finished.resolve()
    }
    for (let worker = 0; worker < 10; worker++) void work()
  }
  await cadre.client.tasks.createBatch(
    Array.from({ length: CROWD }, () => ({ capability: 'crowd.work', tags: ['crowd'] })),
  )
  await finished.promise
  const { items } = await cadre.client.tasks.list({ tag: 'crowd', status: 'TODO' })
  expect(items).toEqual([])
  expect(done).toBe(CROWD)
})
