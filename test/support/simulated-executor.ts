import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { CreateTask, type TaskId, type TaskPriority, type TenantId } from '@cadre/contract'
import { insertTenant } from '#features/identity/identity-store.ts'
import type { AgentRecord } from '#features/agents/index.ts'
import type { Message } from '#platform/broker/broker.ts'
import type { Principal } from '#platform/web/context.ts'
import { LEASE_MS, type Engine } from './engine.ts'
import { inbox } from './signals.ts'
import { startScheduler } from './start-scheduler.ts'

/** Work of one kind that its owner creates: so many tasks due at that moment. */
export interface Arrival {
  atMs: number
  party: Party
  count: number
  priority?: TaskPriority
}

/** A tenant with an agent in the queue that all tenants share. */
export interface Party {
  name: string
  owner: Principal
  agent: AgentRecord
  /** How long its next task runs. */
  durationMs: () => number
}

/** One task's way, in the time of the engine's clock. */
export interface Job {
  id: TaskId
  party: Party
  priority: TaskPriority
  dueAtMs: number
  /** Starts of anybody from the moment it was due up to its own, which counts; null before. */
  waitInStarts: number | null
  startedAtMs: number | null
  endsAtMs: number | null
}

export interface SimulationOptions {
  engine: Engine
  /** Tasks that run at the same time. */
  slots: number
  windowPerQueue: number
}

/** Recovery looks this often for what the broker has lost, and for what has aged there. */
const RECOVERY_MS = 1_000

/** Tenants' ids decide between equals, so they are the same ones each time. */
let parties = 0

export type Simulation = Awaited<ReturnType<typeof createSimulation>>

/**
 * The real scheduler, claims and completions on the engine's database; the broker and what executes
 * are simulated: messages in order of level and publication, a fixed number of slots, and a clock
 * that jumps from one event to the next as soon as the scheduler has admitted all that it may.
 */
export const createSimulation = async (options: SimulationOptions) => {
  const { engine, slots, windowPerQueue } = options
  const { clock, db } = engine
  const jobs = new Map<TaskId, Job>()
  const inOrder: Job[] = []
  const messages: { message: Message; taskId: TaskId }[] = []
  const running = new Set<Job>()
  const faults: unknown[] = []
  let starts = 0
  const startsWhenDue = new Map<TaskId, number>()
  const nowMs = () => clock.now().getTime()

  const scheduler = await startScheduler({
    engine,
    broker: {
      publish: async (batch) => {
        for (const message of batch)
          messages.push({ message, taskId: message.headers.task_id as TaskId })
      },
    },
    onFault: (error) => faults.push(error),
    batchMax: 500,
    windowPerQueue,
  })

  const marks = inbox<string>()
  let marksSent = 0
  const unlisten = await db.listen('test_marks', marks.put)
  /** The scheduler has heard of everything that happened, and has acted on it. */
  const settled = async () => {
    await db.query(`select pg_notify('test_marks', 'heard')`)
    await marks.count(++marksSent)
    await scheduler.settled()
  }

  const create = async ({ party, count, priority = 'medium' }: Arrival) => {
    const request = CreateTask.parse({ agent_id: party.agent.id, priority })
    const pending = engine.creation.createBatch(
      party.owner,
      Array.from({ length: count }, () => request),
    )
    const dueAtMs = nowMs()
    for (const { task } of await pending) {
      const job = {
        id: task.id,
        party,
        priority,
        dueAtMs,
        waitInStarts: null,
        startedAtMs: null,
        endsAtMs: null,
      }
      jobs.set(task.id, job)
      inOrder.push(job)
      startsWhenDue.set(task.id, starts)
    }
  }
  const next = (): TaskId | null => {
    const first = messages
      .filter(({ message }) => message.expiresAt.getTime() > nowMs())
      .reduce<(typeof messages)[number] | null>(
        (best, each) => (best === null || each.message.level < best.message.level ? each : best),
        null,
      )
    if (first === null) return null
    messages.splice(messages.indexOf(first), 1)
    return first.taskId
  }
  const start = async (job: Job) => {
    const { agent } = job.party
    const task = await engine.reports.tryClaim({ taskId: job.id, agent, leaseMs: LEASE_MS * 1e4 })
    if (task === null) return
    starts++
    job.waitInStarts = starts - (startsWhenDue.get(job.id) ?? 0)
    job.startedAtMs = nowMs()
    job.endsAtMs = nowMs() + job.party.durationMs()
    running.add(job)
  }
  const fill = async () => {
    await settled()
    while (running.size < slots) {
      const taskId = next()
      const job = taskId === null ? undefined : jobs.get(taskId)
      if (job === undefined) return
      await start(job)
      await settled()
    }
  }
  const end = async (job: Job) => {
    running.delete(job)
    const { agent } = job.party
    const report = { agent, token: null, result: null, cost: null }
    await engine.reports.completeHeld({ taskId: job.id, ...report })
  }

  return {
    faults,
    jobs: inOrder as readonly Job[],

    newParty: async (wish: { weight?: number; durationMs: () => number }): Promise<Party> => {
      const id = `00000000-0000-7000-8000-${String(++parties).padStart(12, '0')}`
      await insertTenant(db, { id, name: id, now: clock.now() })
      await db.query('update tenants set weight = $2 where id = $1', [id, wish.weight ?? 1])
      const owner: Principal = {
        id,
        tenantId: id as TenantId,
        kind: 'user',
        name: 'owner',
        role: 'admin',
        scopes: null,
      }
      return {
        name: id,
        owner,
        agent: await newAgent(engine, owner),
        durationMs: wish.durationMs,
      }
    },

    /** Plays the arrivals and goes on while `isGoing` holds; resolves with the time that it took. */
    run: async (arrivals: readonly Arrival[], isGoing: () => boolean): Promise<void> => {
      const beganMs = nowMs()
      let sweepMs = beganMs + RECOVERY_MS
      const coming = arrivals.toSorted((a, b) => a.atMs - b.atMs)
      for (;;) {
        await fill()
        if (!isGoing()) return
        const [first] = [...running].sort((a, b) => (a.endsAtMs ?? 0) - (b.endsAtMs ?? 0))
        const [arrival] = coming
        const endMs = first?.endsAtMs ?? Infinity
        const arrivalMs = arrival === undefined ? Infinity : beganMs + arrival.atMs
        if (Math.min(endMs, arrivalMs) === Infinity) return
        const nextMs = Math.min(endMs, arrivalMs, sweepMs)
        clock.advance(Math.max(0, nextMs - nowMs()))
        if (nextMs === sweepMs) {
          await engine.recovery.sweep()
          sweepMs += RECOVERY_MS
        } else if (arrival !== undefined && arrivalMs <= endMs)
          await create(coming.shift() ?? arrival)
        else if (first !== undefined) await end(first)
      }
    },

    close: async () => {
      await unlisten()
      await scheduler.close()
      await db.query('delete from outbox')
      await db.query('delete from tasks')
      await db.query('delete from queues')
    },
  }
}

const newAgent = async (engine: Engine, owner: Principal): Promise<AgentRecord> => {
  const content = Readable.from([Buffer.from(randomUUID())])
  const binary = await engine.blobs.stage(content, { bytesMax: 1_000 })
  const fields = {
    name: `agent-${randomUUID()}`,
    version: '1.0.0',
    description: '',
    capabilities: [],
    examples: [],
    price: '0',
  }
  return engine.agents.publishWasm(owner, fields, binary)
}
