import { setTimeout as pause } from 'node:timers/promises'
import type { Task } from '@cadre/contract'
import { createClient } from '@cadre/contract'
import { milliseconds, percentile, spread } from './figures.ts'
import { createCaller, type Caller } from './http-caller.ts'
import { followEvents } from './live-events.ts'
import { NOOP_MODULE } from './noop-module.ts'
import { benchRemote } from './remote.ts'
import { startServer, type ServerProcess } from './server-process.ts'

const PRODUCERS = 64
const TASKS = 5_000
const LATENCY_TASKS = 2_000
const LATENCY_PER_SECOND = 200
const EXECUTIONS = 1_000

/** Everything that one process with the embedded database is asked for. */
export const benchEmbedded = async (): Promise<void> => {
  await benchStart()
  const server = await startServer()
  const caller = createCaller({ ...server, connectionsMax: PRODUCERS })
  try {
    await publishNoop(server)
    await benchThroughput(server, caller, 500)
    await benchThroughput(server, caller, TASKS, 'WASM no-op, created one by one by 64 producers')
    await benchStartLatency(server, caller)
    await benchRemote(server, caller)
    await benchExecution(caller)
  } finally {
    caller.close()
    await server.stop()
  }
}

const benchStart = async (): Promise<void> => {
  const first = await startServer()
  await first.stop({ isDataKept: true })
  const again: number[] = []
  for (let round = 0; round < 3; round++) {
    const server = await startServer({ CADRE_DATA_DIR: first.dataDirectory })
    again.push(server.readyMs)
    await server.stop({ isDataKept: round < 2 })
  }
  console.log(
    `start-up: first ${milliseconds(first.readyMs)}, again ${milliseconds(percentile(again, 0.5))} (median of 3)`,
  )
}

const publishNoop = async (server: ServerProcess): Promise<void> => {
  const form = new FormData()
  form.set('name', 'noop')
  form.set('version', '1.0.0')
  form.set('binary', new Blob([NOOP_MODULE]), 'noop.wasm')
  await createClient({ baseUrl: server.url, key: server.key, fetch }).agents.publish(form)
}

/** Creates `count` tasks and waits until each is done. */
const benchThroughput = async (
  server: ServerProcess,
  caller: Caller,
  count: number,
  label?: string,
): Promise<void> => {
  let done = 0
  const allDone = Promise.withResolvers<void>()
  const unfollow = await followEvents(
    { ...server, path: '/events?type=task.completed' },
    () => void (++done === count && allDone.resolve()),
  )
  const begin = performance.now()
  let created = 0
  const produce = async () => {
    while (created < count) {
      created++
      await caller.call('POST', '/tasks', { agent_id: 'noop', input: 'x' })
    }
  }
  await Promise.all(Array.from({ length: PRODUCERS }, produce))
  const createdMs = performance.now() - begin
  await allDone.promise
  const totalMs = performance.now() - begin
  unfollow()
  if (label === undefined) return
  console.log(
    `end to end (${label}): ${Math.round((count / totalMs) * 1_000)} tasks/s; creating alone ${Math.round((count / createdMs) * 1_000)}/s (${count} tasks)`,
  )
}

/** From sending the request to the start of the attempt, at a steady rate. */
const benchStartLatency = async (server: ServerProcess, caller: Caller): Promise<void> => {
  const waits: number[] = []
  const sentAt = new Map<string, number>()
  const claimedAt = new Map<string, number>()
  const allClaimed = Promise.withResolvers<void>()
  const settle = (id: string) => {
    const sent = sentAt.get(id)
    const claimed = claimedAt.get(id)
    if (sent === undefined || claimed === undefined) return
    waits.push(claimed - sent)
    if (waits.length === LATENCY_TASKS) allClaimed.resolve()
  }
  const unfollow = await followEvents({ ...server, path: '/events?type=task.claimed' }, (event) => {
    const { subject_id: id, at } = JSON.parse(event.data) as { subject_id: string; at: string }
    claimedAt.set(id, Date.parse(at))
    settle(id)
  })
  const begin = performance.now()
  const calls: Promise<unknown>[] = []
  for (let index = 0; index < LATENCY_TASKS; index++) {
    const dueMs = begin + (index * 1_000) / LATENCY_PER_SECOND
    if (dueMs > performance.now()) await pause(dueMs - performance.now())
    const sent = performance.timeOrigin + performance.now()
    calls.push(
      caller.call<Task>('POST', '/tasks', { agent_id: 'noop', input: 'x' }).then((task) => {
        sentAt.set(task.id, sent)
        settle(task.id)
      }),
    )
  }
  await Promise.all(calls)
  await allClaimed.promise
  unfollow()
  console.log(`request to start at ${LATENCY_PER_SECOND}/s (WASM no-op): ${spread(waits)}`)
}

const benchExecution = async (caller: Caller): Promise<void> => {
  const api: number[] = []
  const program: number[] = []
  for (let index = 0; index < EXECUTIONS; index++) {
    const begin = performance.now()
    const { duration_ms } = await caller.call<{ duration_ms: number }>('POST', '/tasks/execute', {
      agent_id: 'word-count',
      input: 'The quick brown fox jumps over the lazy dog',
    })
    api.push(performance.now() - begin)
    program.push(duration_ms)
  }
  console.log(`WASM execution over the API (word-count): ${spread(api.slice(100))}`)
  console.log(`WASM execution, the program alone: ${spread(program.slice(100))}`)
}
