import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { CadreEvent } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { openEventStream, type EventStreamReader } from '../support/event-stream-reader.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
const OTHER_KEY = 'key-of-the-other-tenant-administrator'
const open: EventStreamReader[] = []

beforeAll(async () => {
  cadre = await startCadre(
    {
      CADRE_DEMO_AGENTS: 'false',
      CADRE_STREAMS_MAX: '20',
      CADRE_STREAM_KEEP_ALIVE_SECONDS: '0.2',
    },
    { principals: [{ tenant: 'other', role: 'admin', key: OTHER_KEY }] },
  )
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.close()))
})
afterAll(async () => {
  await cadre.stop()
})

const follow = async (query = '', headers: Record<string, string> = {}, key = cadre.key) => {
  const stream = await openEventStream(`${cadre.url}/api/v1/events${query}`, {
    authorization: `Bearer ${key}`,
    ...headers,
  })
  open.push(stream)
  return stream
}
const eventsOf = (stream: EventStreamReader) =>
  stream.messages.map((message) => JSON.parse(message.data) as CadreEvent)
const isOf =
  (type: string, subjectId: string) => (message: { event: string | null; data: string }) =>
    message.event === type && message.data.includes(subjectId)
let sequence = 0
const newAgent = () => registerRemote(cadre.client, `eventful-${sequence++}`)

test('events: each message carries cursor, type and the event', async () => {
  const stream = await follow()
  const agent = await newAgent()
  const task = await cadre.client.tasks.create({
    agent_id: agent.id,
    title: 'seen',
    priority: 'low',
  })
  const message = await stream.waitFor(isOf('task.created', task.id))
  const event = JSON.parse(message.data) as CadreEvent
  expect(message).toMatchObject({ id: event.id, event: event.type })
  expect(event).toMatchObject({
    type: 'task.created',
    subject_id: task.id,
    data: {
      task_id: task.id,
      agent_name: agent.name,
      title: 'seen',
      status: 'TODO',
      priority: 'low',
    },
  })
})

test('events: the whole life of a task, in order', async () => {
  const stream = await follow()
  const agent = await newAgent()
  const { id } = await cadre.client.tasks.create({
    agent_id: agent.id,
    backoff: { base_seconds: 0 },
  })
  const claim = () =>
    cadre.client.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'IN_PROGRESS' })
  await claim()
  await cadre.client.tasks.progress(id, { agent_id: agent.id, fraction: 0.5 })
  await cadre.client.tasks.reportFailure(id, { agent_id: agent.id, error_message: 'once' })
  await claim()
  await cadre.client.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'DONE' })
  await stream.waitFor(isOf('task.completed', id))
  expect(
    eventsOf(stream)
      .filter((event) => event.subject_id === id)
      .map((event) => event.type),
  ).toEqual([
    'task.created',
    'task.claimed',
    'task.progressed',
    'task.retried',
    'task.claimed',
    'task.completed',
  ])
})

test('filter: by subject in any case, and by type → only those', async () => {
  const agent = await newAgent()
  const [one, two] = await Promise.all([
    cadre.client.tasks.create({ agent_id: agent.id }),
    cadre.client.tasks.create({ agent_id: agent.id }),
  ])
  const bySubject = await follow(`?subject_id=${one.id.toUpperCase()}`)
  const byType = await follow('?type=task.cancelled')
  const three = await cadre.client.tasks.create({ agent_id: agent.id })
  await cadre.client.tasks.cancel(two.id)
  await cadre.client.tasks.cancel(one.id)
  await cadre.client.tasks.cancel(three.id)
  await bySubject.waitFor(isOf('task.cancelled', one.id))
  await byType.waitFor(isOf('task.cancelled', three.id))
  expect(eventsOf(bySubject).map((event) => event.subject_id)).toEqual([one.id])
  expect(new Set(eventsOf(byType).map((event) => event.type))).toEqual(new Set(['task.cancelled']))
})

test.each(['after', 'last-event-id'])(
  'resume by %s while events come → no gap and no repeat',
  async (how) => {
    const agent = await newAgent()
    const first = await follow('?type=task.created')
    const created: string[] = []
    const create = async (count: number) => {
      for (let index = 0; index < count; index++)
        created.push((await cadre.client.tasks.create({ agent_id: agent.id })).id)
    }
    await create(5)
    await first.waitFor(isOf('task.created', created[4] ?? ''))
    const seen = eventsOf(first).filter((event) => event.data.agent_id === agent.id)
    await first.close()
    await create(20)
    const cursor = seen[2]?.id ?? ''
    const creating = create(40)
    const second =
      how === 'after'
        ? await follow(`?type=task.created&after=${encodeURIComponent(cursor)}`)
        : await follow('?type=task.created', { 'last-event-id': cursor })
    await creating
    await second.waitFor(isOf('task.created', created.at(-1) ?? ''))
    const resumed = eventsOf(second).map((event) => event.subject_id)
    expect(resumed).toEqual(created.slice(3))
  },
)

test('resume far behind → everything missed comes, however much it is', async () => {
  const agent = await newAgent()
  const marker = await follow('?type=task.created')
  const first = await cadre.client.tasks.create({ agent_id: agent.id })
  const { id: cursor } = await marker.waitFor(isOf('task.created', first.id))
  await marker.close()
  for (let batch = 0; batch < 6; batch++)
    await cadre.client.tasks.createBatch(
      Array.from({ length: 1_000 }, () => ({ agent_id: agent.id })),
    )
  const last = await cadre.client.tasks.create({ agent_id: agent.id })
  const seen: string[] = []
  let after = cursor ?? ''
  // The server may end a stream that falls behind; a client resumes behind what it saw.
  for (let streams = 0; streams < 20 && !seen.includes(last.id); streams++) {
    const stream = await follow(`?type=task.created&after=${encodeURIComponent(after)}`)
    await Promise.race([stream.waitFor(isOf('task.created', last.id)), stream.ended])
    const events = eventsOf(stream)
    seen.push(...events.map((event) => event.subject_id))
    after = events.at(-1)?.id ?? after
    await stream.close()
  }
  expect(seen).toHaveLength(6_001)
  expect(new Set(seen).size).toBe(6_001)
})

test('keep-alive: a quiet stream → a comment that shows it lives', async () => {
  const stream = await follow('?type=agent.deleted')
  await stream.waitForComment('alive')
})

test('another tenant: its events are never seen, live or replayed', async () => {
  const theirs = cadre.clientOf(OTHER_KEY)
  const start = await cadre.client.tasks.create({ agent_id: (await newAgent()).id })
  const { items } = await cadre.client.tasks.events(start.id)
  const live = await follow()
  const foreign = await registerRemote(theirs, 'foreign')
  const secret = await theirs.tasks.create({ agent_id: foreign.id, title: 'foreign secret' })
  await theirs.tasks.cancel(secret.id)
  const ours = await cadre.client.tasks.create({ agent_id: (await newAgent()).id })
  await live.waitFor(isOf('task.created', ours.id))
  const replay = await follow(`?after=${encodeURIComponent(items[0]?.id ?? '')}`)
  await replay.waitFor(isOf('task.created', ours.id))
  for (const stream of [live, replay]) {
    const text = JSON.stringify(stream.messages)
    expect(text).not.toContain(secret.id)
    expect(text).not.toContain(foreign.id)
    expect(text).not.toContain('foreign secret')
  }
  const bySubject = await follow(
    `?subject_id=${secret.id}&after=${encodeURIComponent(items[0]?.id ?? '')}`,
  )
  const theirStream = await follow('', {}, OTHER_KEY)
  const again = await theirs.tasks.create({ agent_id: foreign.id })
  await theirStream.waitFor(isOf('task.created', again.id))
  expect(bySubject.messages).toEqual([])
})

test.each([
  'after=nonsense',
  'after=1-2-3',
  'after=99999999999999999999999-1',
  'after=-1--1',
  'subject_id=x',
  'type=task.exploded',
  'colour=red',
])('events: %s → 422', async (query) => {
  const response = await cadre.request(`/api/v1/events?${query}`)
  expect(response.status).toBe(422)
})

test('too many streams → 503, and closing one makes room', async () => {
  const streams: EventStreamReader[] = []
  // The streams of the tests before end a moment after their clients have gone.
  await expect
    .poll(async () => {
      while (streams.length < 20) streams.push(await follow())
      return streams.length
    })
    .toBe(20)
  const refused = await cadre.request('/api/v1/events')
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  await streams[0]?.close()
  await expect
    .poll(async () => {
      const response = await cadre.request('/api/v1/events')
      await response.body?.cancel()
      return response.status
    })
    .toBe(200)
})
