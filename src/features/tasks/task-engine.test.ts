import { randomUUID } from 'node:crypto'
import { FailureCategory, type AttemptToken, type TaskId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentRecord } from '#features/agents/index.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, LEASE_MS, tracesOf, type Engine } from '../../../test/support/engine.ts'
import {
  createModel,
  MODEL_BACKOFF,
  MODEL_FRACTION,
  type ModelTask,
} from '../../../test/support/task-model.ts'

let database: TestDatabase
let db: Db
let engine: Engine
let agents: AgentRecord[]
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  db = await database.open()
  const random = { fraction: () => MODEL_FRACTION, bytes: () => new Uint8Array() }
  engine = await createEngine({ db, random })
  agents = [await engine.newAgent(['read']), await engine.newAgent(['read', 'write'])]
})
afterAll(async () => {
  await engine.close()
  await database.drop()
})

const TASKS = 2
const CALLS = ['claim', 'complete', 'fail', 'heartbeat', 'progress', 'handBack', 'cancel'] as const
const step = fc.record({
  kind: fc.oneof(
    fc.constantFrom('claim' as const, 'fail' as const, 'advance' as const),
    fc.constantFrom('sweep' as const, ...CALLS),
  ),
  task: fc.nat(TASKS - 1),
  agent: fc.nat(1),
  token: fc.constantFrom('current', 'current', 'none', 'old'),
  category: fc.constantFrom('retriable' as const, ...FailureCategory.options),
  retryAfterMs: fc.constantFrom(0, 60_000),
  ms: fc.nat(40_000),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const wish = fc.record({
  target: fc.constantFrom('first', 'second', 'read', 'write'),
  max_retries: fc.nat(4),
  delayMs: fc.constantFrom(0, 0, 20_000),
})
type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never

/** A task in the engine and in the model, with every token it ever had. */
interface Twin {
  id: TaskId
  task: ModelTask
  tokens: AttemptToken[]
}

const model = createModel(LEASE_MS)
const nowMs = () => engine.clock.now().getTime()

const createTwin = async ({ target, max_retries, delayMs }: Wish): Promise<Twin> => {
  const agent = target === 'first' ? agents[0] : target === 'second' ? agents[1] : undefined
  const created = await engine.newTask(agent ?? { capability: target }, {
    max_retries,
    backoff: MODEL_BACKOFF,
    run_at: new Date(nowMs() + delayMs).toISOString(),
  })
  const task: ModelTask = {
    status: 'TODO',
    agentId: created.agentId,
    capability: created.capability,
    holder: null,
    token: null,
    leaseExpiresAtMs: null,
    retryCount: 0,
    maxRetries: max_retries,
    runAtMs: created.runAt.getTime(),
    attempts: [],
    events: ['task.created'],
  }
  return { id: created.id, task, tokens: [] }
}

const answerOf = (call: Promise<unknown>): Promise<string | null> =>
  call.then(
    () => null,
    (error: unknown) => {
      if (isAppError(error)) return error.code
      throw error
    },
  )

const tokenFor = ({ task, tokens }: Twin, which: string): AttemptToken | null => {
  if (which === 'none') return null
  const old = tokens.findLast((token) => token !== task.token) ?? (randomUUID() as AttemptToken)
  return which === 'old' ? old : (task.token ?? old)
}

/** Makes one call and answers how it ended, and how the model says that it ends. */
const perform = async (twin: Twin, taken: Step, agent: AgentRecord) => {
  const { id: taskId, task } = twin
  const token = tokenFor(twin, taken.token)
  const said = { agent, token }
  const report = { taskId, agent, token, cost: null }
  const held = { ...report, tenantId: agent.tenantId, agentId: agent.id, leaseMs: LEASE_MS }
  const { category, retryAfterMs } = taken
  const both = async (call: Promise<unknown>, expected: () => string | null) =>
    [await answerOf(call), expected()] as const
  switch (taken.kind) {
    case 'claim': {
      const before = twin.tokens.length
      const call = engine
        .claim(taskId, agent)
        .then(({ attemptToken }) => attemptToken && twin.tokens.push(attemptToken))
      return both(call, () => model.claim(task, agent, nowMs(), twin.tokens[before] ?? null))
    }
    case 'complete':
      return both(engine.reports.complete({ ...report, result: 'ok' }, LEASE_MS), () =>
        model.complete(task, said, nowMs()),
      )
    case 'fail':
      return both(engine.reports.fail({ ...report, category, retryAfterMs, error: 'no' }), () =>
        model.fail(task, { ...said, category, retryAfterMs, nowMs: nowMs() }),
      )
    case 'heartbeat':
      return both(engine.reports.heartbeat(held), () => model.heartbeat(task, said, nowMs()))
    case 'progress':
      return both(engine.reports.progress({ ...held, fraction: 0.5, message: null }), () =>
        model.progress(task, said),
      )
    case 'handBack':
      return both(engine.reports.handBack({ ...report, retryAfterMs: null }), () =>
        model.handBack(task, said, nowMs()),
      )
    default:
      return both(engine.reports.cancel(agent.tenantId, taskId, null), () => model.cancel(task))
  }
}

const passTime = async (twins: readonly Twin[], { kind, ms }: Step) => {
  if (kind === 'advance') return engine.clock.advance(ms)
  for (const { task } of twins) model.sweep(task, nowMs())
  await engine.recovery.sweep()
}

const playOut = async (wishes: readonly Wish[], steps: readonly Step[]) => {
  const twins = await Promise.all(wishes.map(createTwin))
  for (const taken of steps) {
    const twin = twins[taken.task]
    const agent = agents[taken.agent]
    if (twin === undefined || agent === undefined) throw new Error('Such a step cannot be')
    if (taken.kind === 'advance' || taken.kind === 'sweep') {
      await passTime(twins, taken)
      for (const { id, task } of twins) expect(await factsOf(id)).toEqual(factsOfModel(task))
    } else {
      const [answer, expected] = await perform(twin, taken, agent)
      expect(answer).toBe(expected)
      expect(await factsOf(twin.id)).toEqual(factsOfModel(twin.task))
    }
  }
  // What is left would be reaped, and so counted, in the next run.
  for (const { id } of twins) await answerOf(engine.reports.cancel(engine.owner.tenantId, id, null))
}

test('any sequence of calls → the tables say what the model says, and so do the answers', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(wish, { minLength: TASKS, maxLength: TASKS }),
      fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }),
      playOut,
    ),
    { numRuns: 25 },
  ))

const factsOf = async (id: TaskId) => {
  const { task, attempts, outbox, events } = await tracesOf(db, id)
  return {
    status: task?.status,
    holder: task?.status === 'IN_PROGRESS' ? task.assigned_agent_id : null,
    retryCount: task?.retry_count,
    attempt: task?.attempt,
    token: task?.attempt_token,
    leaseExpiresAt: task?.lease_expires_at,
    isFinished: task?.finished_at !== null,
    attempts,
    dueAt: outbox.map(({ available_at }) => available_at),
    events,
  }
}

const factsOfModel = (task: ModelTask) => {
  return {
    status: task.status,
    holder: task.status === 'IN_PROGRESS' ? task.holder : null,
    retryCount: task.retryCount,
    attempt: task.attempts.length,
    token: task.token,
    leaseExpiresAt: task.leaseExpiresAtMs === null ? null : new Date(task.leaseExpiresAtMs),
    isFinished: task.status === 'DONE' || task.status === 'CANCELLED',
    attempts: task.attempts.map((outcome, index) => ({ attempt: index + 1, outcome })),
    dueAt: task.status === 'TODO' ? [new Date(task.runAtMs)] : [],
    events: task.events,
  }
}
