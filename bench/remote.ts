import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Task, TaskCounts } from '@cadre/contract'
import { createClient } from '@cadre/contract/client'
import { spread } from './figures.ts'
import type { Caller } from './http-caller.ts'
import type { ServerProcess } from './server-process.ts'

const PRODUCERS = 64
const TASKS = 5_000
const LATENCY_TASKS = 2_000
const LATENCY_PER_SECOND = 200
const AGENT = 'bench-remote'

/** A remote agent over HTTP with the SDK: the way that peers' workers get their jobs. */
export const benchRemote = async (server: ServerProcess, caller: Caller): Promise<void> => {
  const client = createClient({ baseUrl: server.url, key: server.key, fetch })
  await client.agents.register({ name: AGENT, runtime: 'remote' })
  await withAgent(server, () => produce(caller, AGENT, 500))
  await benchThroughput(server, caller)
  await benchLatency(server, caller)
}

type Started = ReadonlyMap<string, number>

/** Does `work` while an agent in a process of its own serves; answers when each task started. */
export const withAgent = async (
  { url, key, agentId = AGENT }: { url: string; key: string; agentId?: string },
  work: () => Promise<unknown>,
): Promise<Started> => {
  const agent: ChildProcess = fork(join(import.meta.dirname, 'remote-agent.ts'), [
    url,
    key,
    agentId,
    String(PRODUCERS),
  ])
  await once(agent, 'message')
  await work()
  const exited = once(agent, 'exit')
  agent.send('report')
  const [started] = (await once(agent, 'message')) as [[string, number][]]
  await exited
  return new Map(started)
}

/** Creates tasks one by one, and waits until all have ended. */
export const produce = async (caller: Caller, agentId: string, count: number): Promise<void> => {
  let created = 0
  await Promise.all(
    Array.from({ length: PRODUCERS }, async () => {
      while (created++ < count) await create(caller, agentId)
    }),
  )
  await drained(caller)
}

const create = (caller: Caller, agentId = AGENT) =>
  caller.call<Task>('POST', '/tasks', { agent_id: agentId, input: 'x' })

const drained = async (caller: Caller): Promise<void> => {
  for (;;) {
    const { waiting, in_progress } = await caller.call<TaskCounts>('GET', '/tasks/counts')
    if (waiting + in_progress === 0) return
    await pause(50)
  }
}

const benchThroughput = async (server: ServerProcess, caller: Caller): Promise<void> => {
  let totalMs = 0
  await withAgent(server, async () => {
    const begin = performance.now()
    await produce(caller, AGENT, TASKS)
    totalMs = performance.now() - begin
  })
  console.log(
    `end to end (remote no-op over HTTP, created one by one by ${PRODUCERS} producers): ${Math.round((TASKS / totalMs) * 1_000)} tasks/s (${TASKS} tasks)`,
  )
}

const benchLatency = async (server: ServerProcess, caller: Caller): Promise<void> => {
  const sentAt = new Map<string, number>()
  const started = await withAgent(server, async () => {
    const begin = performance.now()
    const calls: Promise<unknown>[] = []
    for (let index = 0; index < LATENCY_TASKS; index++) {
      const dueMs = begin + (index * 1_000) / LATENCY_PER_SECOND
      if (dueMs > performance.now()) await pause(dueMs - performance.now())
      const sent = performance.timeOrigin + performance.now()
      calls.push(create(caller).then(({ id }) => sentAt.set(id, sent)))
    }
    await Promise.all(calls)
    await drained(caller)
  })
  const waits = [...sentAt].map(([id, sent]) => (started.get(id) ?? Number.NaN) - sent)
  console.log(
    `request to handler start at ${LATENCY_PER_SECOND}/s (remote no-op): ${spread(waits)}`,
  )
}
