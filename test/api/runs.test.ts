import { startConsuming, type Consumer } from '@cadre/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CadreError } from '@cadre/contract/client'
import type { Run, RunStep, WorkflowDocument } from '@cadre/contract'
import { openEventStream, type EventStreamReader } from '../support/event-stream-reader.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// Runs through the public door, with a real agent at work on their steps.

const keyOf = (name: string) => `key-of-the-run-tests-${name}`
const ROLES = ['viewer', 'developer', 'supervisor', 'agent'] as const
const NOWHERE = '00000000-0000-4000-8000-000000000000'

let cadre: RunningCadre
let events: EventStreamReader
let agent: Consumer
beforeAll(async () => {
  cadre = await startCadre(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(ROLES, keyOf),
    },
  )
  const { client, url, key } = cadre
  await client.agents.register({ name: 'worker', runtime: 'remote' })
  agent = startConsuming(
    async ({ input }) => {
      if (input === 'fail') throw new Error('told to fail')
      return input
    },
    { url, key, agentId: 'worker', concurrency: 32 },
  )
  for (const definition of DEFINITIONS) await client.workflows.publish(definition)
  events = await openEventStream(`${url}/api/v1/events`, { authorization: `Bearer ${key}` })
})
afterAll(async () => {
  await agent.stop()
  await events.close()
  await cadre.stop()
})

const DEFINITIONS: WorkflowDocument[] = [
  {
    name: 'two-steps',
    version: '1.0.0',
    trigger: { schema: { type: 'object', properties: { n: { type: 'integer' } } } },
    steps: {
      first: { agent: 'worker', input: '${trigger.n}' },
      second: { agent: 'worker', needs: ['first'], input: '${steps.first.result + 1}' },
    },
  },
  {
    name: 'asks',
    version: '1.0.0',
    steps: {
      ask: { approval: { message: 'Pay <b>${trigger.amount}</b>?' } },
      pay: { agent: 'worker', needs: ['ask'], input: '${steps.ask.result.comment}' },
    },
  },
  {
    name: 'waits',
    version: '1.0.0',
    steps: { paid: { signal: 'paid' } },
    output: '${steps.paid.result}',
  },
  {
    name: 'undoes',
    version: '1.0.0',
    steps: {
      reserve: {
        agent: 'worker',
        input: 'R-1',
        compensation: { agent: 'worker', input: 'release ${result}' },
      },
      pay: { agent: 'worker', needs: ['reserve'], input: 'fail', max_retries: 1 },
    },
    on_failure: 'compensate',
  },
  {
    name: 'wide',
    version: '1.0.0',
    steps: { each: { agent: 'worker', for_each: 'trigger', input: '${item}' } },
    output: '${size(steps.each.result)}',
  },
]

const trigger = async (workflow: string, context?: unknown): Promise<Run> =>
  (await cadre.client.runs.trigger(workflow, { context: context as never })).run
const untilEvent = (runId: string, type: string) =>
  events.waitFor(
    ({ event, data }) => event === type && data.includes(runId) && data.includes(`"${type}"`),
  )
const untilOver = async (run: { id: string }, end: string) => {
  await untilEvent(run.id, `run.${end}`)
  return cadre.client.runs.get(run.id)
}
const stepOf = async (run: { id: string }, name: string): Promise<RunStep> => {
  const { items } = await cadre.client.runs.steps(run.id, { step: name })
  const [step] = items
  if (step === undefined) throw new Error(`The run has no step ${name}`)
  return step
}
const refusal = async (call: Promise<unknown>): Promise<[number, string]> => {
  try {
    await call
  } catch (error) {
    const { status, code } = error as CadreError
    return [status, code]
  }
  throw new Error('It was not refused')
}

describe('a run', () => {
  test('goes through its steps and answers their result', async () => {
    const run = await trigger('two-steps', { n: 1 })
    expect(run).toMatchObject({ status: 'RUNNING', workflow_name: 'two-steps', trigger: 'api' })
    expect(await untilOver(run, 'completed')).toMatchObject({
      status: 'COMPLETED',
      output: { second: 2 },
      context: { n: 1 },
      steps: { total: 2, done: 2, running: 0, failed: 0 },
    })
    const { items } = await cadre.client.runs.steps(run.id)
    expect(items.map(({ step, status, attempts }) => [step, status, attempts])).toEqual([
      ['first', 'DONE', 1],
      ['second', 'DONE', 1],
    ])
    const detail = await cadre.client.runs.step(run.id, items[1]?.id ?? '')
    expect(detail).toMatchObject({ input: 2, output: 2 })
    const task = await cadre.client.tasks.get(items[0]?.task_id ?? '')
    expect(task).toMatchObject({ status: 'DONE', result: 1 })
  })

  test('by name@version; an unknown one → 404; a context against the schema → 422', async () => {
    await untilOver(await trigger('two-steps@1.0.0', { n: 1 }), 'completed')
    expect(await refusal(trigger('two-steps@9.0.0'))).toEqual([404, 'workflow.not_found'])
    expect(await refusal(trigger('two-steps', { n: 'x' }))).toEqual([422, 'request.invalid'])
  })

  test('a hundred requests at once under one idempotency key → one run', async () => {
    const calls = Array.from({ length: 100 }, () =>
      cadre.client.runs.trigger('two-steps', { context: { n: 1 }, idempotency_key: 'hundred' }),
    )
    const runs = await Promise.all(calls)
    expect(new Set(runs.map(({ run }) => run.id)).size).toBe(1)
    expect(runs.filter(({ is_replay: isReplay }) => !isReplay)).toHaveLength(1)
  })

  test('fan-out of 1,000 elements: all of them; its steps come in pages', async () => {
    const run = await trigger(
      'wide',
      Array.from({ length: 1_000 }, (_, at) => at),
    )
    expect(await untilOver(run, 'completed')).toMatchObject({ output: 1_000 })
    const seen = new Set<number | null>()
    let cursor: string | undefined
    do {
      const page = await cadre.client.runs.steps(run.id, {
        limit: 400,
        ...(cursor !== undefined && { cursor }),
      })
      for (const { item } of page.items) seen.add(item)
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen.size).toBe(1_001)
    const whole = await cadre.client.runs.steps(run.id, { with_items: 'false' as never })
    expect(whole.items).toMatchObject([{ step: 'each', kind: 'fan_out', items: 1_000 }])
  })

  test('approval: asked for in the inbox; approved → goes on; twice → 409', async () => {
    const run = await trigger('asks', { amount: 5 })
    const { items } = await cadre.client.runs.approvals()
    const asked = items.find((approval) => approval.run.id === run.id)
    expect(asked?.step).toMatchObject({ message: 'Pay <b>5</b>?', status: 'RUNNING' })
    const stepId = asked?.step.id ?? ''
    await cadre.client.runs.decide(run.id, stepId, 'approve', { comment: 'fine' })
    // The step behind it may have ended the run by now.
    expect(await refusal(cadre.client.runs.decide(run.id, stepId, 'reject'))).toEqual([
      409,
      expect.stringMatching(/^run\.(?:step_not_waiting|over)$/),
    ])
    expect(await untilOver(run, 'completed')).toMatchObject({ output: { pay: 'fine' } })
    const left = await cadre.client.runs.approvals()
    expect(left.items.filter((approval) => approval.run.id === run.id)).toEqual([])
  })

  test('signal: wakes the step, its body is the result; the same key again changes nothing', async () => {
    const run = await trigger('waits')
    const signal = { name: 'paid', body: { by: 'card' }, idempotency_key: 'a' }
    expect(await cadre.client.runs.signal(run.id, signal)).toMatchObject({ is_replay: false })
    expect(await untilOver(run, 'completed')).toMatchObject({ output: { by: 'card' } })
    expect(await refusal(cadre.client.runs.signal(run.id, signal))).toEqual([409, 'run.over'])
  })

  test('pause and resume, both twice; cancel; what is over refuses', async () => {
    const run = await trigger('asks', { amount: 1 })
    for (const isPaused of [true, true])
      expect((await cadre.client.runs.pause(run.id)).is_paused).toBe(isPaused)
    await cadre.client.runs.resume(run.id)
    expect((await cadre.client.runs.resume(run.id)).is_paused).toBe(false)
    const cancelled = await cadre.client.runs.cancel(run.id, { reason: 'no need' })
    expect(cancelled).toMatchObject({ status: 'CANCELLED' })
    expect(await refusal(cadre.client.runs.cancel(run.id))).toEqual([409, 'run.over'])
    expect(await stepOf(run, 'ask')).toMatchObject({ status: 'CANCELLED' })
  })

  test('failure with compensation → undone, and told what it cost to date', async () => {
    const run = await trigger('undoes')
    expect(await untilOver(run, 'compensated')).toMatchObject({
      status: 'COMPENSATED',
      error: 'told to fail',
      failed_step: 'pay',
      compensation: { recorded: 0, held: 0, done: 1 },
    })
    const only = async (isUndo: 'true' | 'false') =>
      (await cadre.client.runs.steps(run.id, { is_compensation: isUndo })).items
    const [undo, ...others] = await only('true')
    expect(others).toEqual([])
    expect((await only('false')).map(({ step }) => step)).toEqual(['pay', 'reserve'])
    expect(await cadre.client.runs.step(run.id, undo?.id ?? '')).toMatchObject({
      status: 'DONE',
      input: 'release R-1',
    })
    expect(await refusal(cadre.client.runs.rerun(run.id, { from: 'failed' }))).toEqual([
      409,
      'run.was_undone',
    ])
    const again = await cadre.client.runs.rerun(run.id)
    expect(await untilOver(again, 'compensated')).toMatchObject({ rerun_of: run.id })
  })

  test('list: by workflow and status, in pages, newest first', async () => {
    const first = await cadre.client.runs.list({ workflow: 'two-steps', limit: 1 })
    expect(first.items).toHaveLength(1)
    const next = await cadre.client.runs.list({
      workflow: 'two-steps',
      limit: 1,
      cursor: first.next_cursor ?? '',
    })
    expect(next.items[0]?.id).not.toBe(first.items[0]?.id)
    const { items } = await cadre.client.runs.list({ status: 'CANCELLED' })
    expect(items.every(({ status }) => status === 'CANCELLED')).toBe(true)
    expect(items.length).toBeGreaterThan(0)
  })

  test('what happened in it is told in order', async () => {
    const run = await trigger('asks', { amount: 1 })
    await cadre.client.runs.cancel(run.id)
    const { items } = await cadre.client.runs.events(run.id)
    expect(items.map(({ type }) => type)).toEqual([
      'run.started',
      'approval.requested',
      'step.cancelled',
      'run.cancelled',
    ])
  })
})

describe('who may', () => {
  test.each([
    ['viewer', 403, 403, 403],
    ['developer', 201, 200, 403],
    ['supervisor', 201, 200, 200],
    ['agent', 403, 403, 403],
  ] as const)('%s: start %i, approve %i, skip %i', async (role, start, approve, skip) => {
    const post = async (path: string): Promise<number> => {
      const response = await cadre.request(`/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keyOf(role)}`, 'content-type': 'application/json' },
        body: '{}',
      })
      await response.arrayBuffer()
      return response.status
    }
    expect(await post('/workflows/asks/trigger')).toBe(start)
    const [run, other] = [
      await trigger('asks', { amount: 1 }),
      await trigger('asks', { amount: 1 }),
    ]
    const [step, otherStep] = [await stepOf(run, 'ask'), await stepOf(other, 'ask')]
    expect(await post(`/runs/${run.id}/steps/${step.id}/approve`)).toBe(approve)
    expect(await post(`/runs/${other.id}/steps/${otherStep.id}/skip`)).toBe(skip)
  })

  test('another tenant: sees none of it', async () => {
    const run = await trigger('asks', { amount: 1 })
    const step = await stepOf(run, 'ask')
    const { runs } = cadre.clientOf(keyOf('other'))
    expect((await runs.list()).items).toEqual([])
    expect((await runs.approvals()).items).toEqual([])
    const refused = [404, 'run.not_found']
    expect(await refusal(runs.get(run.id))).toEqual(refused)
    expect(await refusal(runs.steps(run.id))).toEqual(refused)
    expect(await refusal(runs.step(run.id, step.id))).toEqual(refused)
    expect(await refusal(runs.cancel(run.id))).toEqual(refused)
    expect(await refusal(runs.rerun(run.id))).toEqual(refused)
    expect(await refusal(runs.decide(run.id, step.id, 'approve'))).toEqual(refused)
    expect(await refusal(runs.signal(run.id, { name: 'x' }))).toEqual(refused)
    expect(await refusal(runs.trigger('asks'))).toEqual([404, 'workflow.not_found'])
    expect(await refusal(cadre.client.runs.step(run.id, NOWHERE))).toEqual([
      404,
      'run.step_not_found',
    ])
  })
})
