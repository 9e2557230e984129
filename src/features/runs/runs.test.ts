import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createRunSite, failing, type RunSite } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'
import { removeOldRuns } from './run-retention-store.ts'

describe.each(DIALECTS)('runs on %s', (dialect) => {
  let database: TestDatabase
  let site: RunSite
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createRunSite(await database.open())
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
  })

  test('chain: each step after its need, with its result; output of the last one', async () => {
    await site.publish(
      workflowOf('chain', [
        stepNamed('first', { action: agentAction({ input: { n: '${trigger.n}' } }) }),
        stepNamed('second', {
          needs: ['first'],
          action: agentAction({ input: { n: '${steps.first.result.n + 1}' } }),
        }),
      ]),
    )
    const runId = await site.start('chain', { n: 1 })
    const attempts = await site.work(({ input }) => ({ result: input, cost: '0.25' }))
    expect(attempts.map(({ step, input }) => [step, input])).toEqual([
      ['first', { n: 1 }],
      ['second', { n: 2 }],
    ])
    expect(await site.run(runId)).toMatchObject({
      status: 'COMPLETED',
      output: { second: { n: 2 } },
      cost: '0.500000',
    })
    expect(await site.events(runId)).toEqual([
      'run.started',
      'step.started',
      'step.completed',
      'step.started',
      'step.completed',
      'run.completed',
    ])
  })

  test('condition: false → skipped, and what needs it goes on', async () => {
    await site.publish(
      workflowOf('maybe', [
        stepNamed('ask'),
        stepNamed('ship', { needs: ['ask'], when: 'trigger.ships' }),
        stepNamed('bill', {
          needs: ['ask', 'ship'],
          action: agentAction({ input: '${steps.ship.status}' }),
        }),
      ]),
    )
    const runId = await site.start('maybe', { ships: false })
    const attempts = await site.work()
    expect(attempts.map(({ step }) => step)).toEqual(['ask', 'bill'])
    expect(attempts[1]?.input).toBe('SKIPPED')
    expect((await site.run(runId)).status).toBe('COMPLETED')
    expect(await site.statuses(runId)).toEqual({ ask: 'DONE', bill: 'DONE', ship: 'SKIPPED' })
  })

  test('fan-out: as many at once as allowed, results in the order of the list', async () => {
    await site.publish(
      workflowOf('many', [
        stepNamed('each', {
          forEach: { items: 'trigger.files', concurrencyMax: 2 },
          action: agentAction({ input: { file: '${item}', at: '${index}' } }),
        }),
        stepNamed('gather', {
          needs: ['each'],
          action: agentAction({ input: '${steps.each.result}' }),
        }),
      ]),
    )
    const runId = await site.start('many', { files: ['a', 'b', 'c', 'd', 'e'] })
    const begun = await site.due(runId)
    expect(begun.map(({ item }) => item)).toEqual([0, 1])
    for (const item of begun.toReversed()) await site.attempt(item)
    expect((await site.due(runId)).map(({ item }) => item)).toEqual([2, 3])
    const attempts = await site.work(({ step, input }) => ({
      result: step === 'each' ? (input as { file: string }).file.toUpperCase() : input,
    }))
    expect(attempts.at(-1)).toMatchObject({
      step: 'gather',
      input: [{ file: 'a', at: 0 }, { file: 'b', at: 1 }, 'C', 'D', 'E'],
    })
    expect((await site.run(runId)).status).toBe('COMPLETED')
  })

  test('fan-out over nothing: done at once with no results', async () => {
    const runId = await site.start('many', { files: [] })
    expect((await site.work()).map(({ step, input }) => [step, input])).toEqual([['gather', []]])
    expect((await site.run(runId)).status).toBe('COMPLETED')
  })

  test('fan-out: an element fails → the run fails, and the rest is withdrawn', async () => {
    const runId = await site.start('many', { files: ['a', 'b', 'c'] })
    await site.work(({ item }) =>
      item === 1 ? { error: 'bad file', category: 'permanent' } : { result: null },
    )
    expect(await site.run(runId)).toMatchObject({
      status: 'FAILED',
      error: 'bad file',
      failed_step: 'each',
    })
    expect(await site.statuses(runId)).toMatchObject({
      'each[0]': 'DONE',
      'each[1]': 'FAILED',
      'each[2]': 'CANCELLED',
      each: 'CANCELLED',
    })
  })

  test('list that is none: the step fails with what it got', async () => {
    const runId = await site.start('many', { files: 'a.txt' })
    expect(await site.run(runId)).toMatchObject({ status: 'FAILED', failed_step: 'each' })
    expect((await site.run(runId)).error).toMatch(/list/)
  })

  test('failed step: `continue` goes on without a result, `fail` ends the run and what it holds', async () => {
    await site.publish(
      workflowOf('lenient', [
        stepNamed('try_it', { onFailure: 'continue' }),
        stepNamed('after', {
          needs: ['try_it'],
          action: agentAction({
            input: { status: '${steps.try_it.status}', error: '${steps.try_it.error}' },
          }),
        }),
        stepNamed('aside'),
      ]),
    )
    const lenient = await site.start('lenient')
    const attempts = await site.work(failing('try_it'))
    expect(attempts.find(({ step }) => step === 'after')?.input).toEqual({
      status: 'FAILED',
      error: 'broken',
    })
    expect((await site.run(lenient)).status).toBe('COMPLETED')

    const strict = await site.start('lenient')
    await site.work(failing('after'), strict)
    expect(await site.run(strict)).toMatchObject({ status: 'FAILED', failed_step: 'after' })
  })

  test('failure: retried as the step says, and only then the step fails', async () => {
    await site.publish(
      workflowOf('stubborn', [stepNamed('flaky', { action: agentAction({ maxRetries: 3 }) })]),
    )
    const runId = await site.start('stubborn')
    const attempts = await site.work(({ attempt }) =>
      attempt < 3 ? { error: 'again', cost: '0.1' } : { result: 'ok', cost: '0.1' },
    )
    expect(attempts).toHaveLength(3)
    expect(await site.run(runId)).toMatchObject({
      status: 'COMPLETED',
      cost: '0.300000',
      output: { flaky: 'ok' },
    })
  })

  test('payload: each step adds to it, later steps read it', async () => {
    await site.publish(
      workflowOf(
        'shared',
        [
          stepNamed('reserve', {
            action: agentAction({ input: 'R-1' }),
            payload: { reservation: '${result}', seen: null },
          }),
          stepNamed('pay', {
            needs: ['reserve'],
            action: agentAction({ input: '${payload.reservation}' }),
          }),
        ],
        { payload: { seen: true, order: '${trigger.order}' } },
      ),
    )
    const runId = await site.start('shared', { order: 7 })
    const attempts = await site.work()
    expect(attempts[1]?.input).toBe('R-1')
    expect((await site.run(runId)).payload).toEqual({ order: 7, reservation: 'R-1' })
  })

  test('cost limit: a run that has cost more fails', async () => {
    await site.publish(
      workflowOf('dear', [stepNamed('one'), stepNamed('two', { needs: ['one'] })], {
        costLimit: '1',
      }),
    )
    const runId = await site.start('dear')
    expect(await site.work(() => ({ cost: '1.5' }))).toHaveLength(1)
    expect(await site.run(runId)).toMatchObject({ status: 'FAILED', cost: '1.500000' })
    expect((await site.run(runId)).error).toMatch(/more than its limit/)
  })

  test('cancel: open steps are withdrawn, the run is over, later reports change nothing', async () => {
    const runId = await site.start('chain', { n: 1 })
    const cancelled = await site.runs.runs.cancel(site.owner, runId, {
      reason: 'changed my mind',
      compensate: true,
    })
    expect(cancelled).toMatchObject({
      status: 'CANCELLED',
      error: `Cancelled by ${site.owner.name}: changed my mind`,
    })
    expect(await site.work(undefined, runId)).toEqual([])
    expect(await site.statuses(runId)).toEqual({ first: 'CANCELLED' })
  })

  test('idempotency key: a hundred at once → one run; another request under it → 409', async () => {
    const request = { context: { n: 1 }, idempotency_key: 'once' }
    const triggered = await Promise.all(
      Array.from({ length: 100 }, () => site.runs.runs.trigger(site.owner, 'chain', request)),
    )
    expect(new Set(triggered.map(({ run }) => run.id)).size).toBe(1)
    expect(triggered.filter(({ isReplay }) => !isReplay)).toHaveLength(1)
    await expect(
      site.runs.runs.trigger(site.owner, 'chain', { ...request, context: { n: 2 } }),
    ).rejects.toMatchObject({ kind: 'conflict' })
    await site.work()
  })

  test('workflow in a workflow: its output is the step’s result, its cost is the run’s', async () => {
    await site.publish(
      workflowOf('outer', [
        stepNamed('inner', {
          action: { kind: 'workflow', workflow: 'chain', input: { n: '${trigger.n}' } },
        }),
      ]),
    )
    const runId = await site.start('outer', { n: 4 })
    await site.work(({ input }) => ({ result: input, cost: '0.5' }))
    await site.messenger.deliver()
    expect(await site.run(runId)).toMatchObject({
      status: 'COMPLETED',
      output: { inner: { second: { n: 5 } } },
      cost: '1.000000',
    })
  })

  test('rerun: whole, from what failed, from a step; what is kept is not run again', async () => {
    const first = await site.start('lenient')
    await site.work(failing('after'), first)
    const { rerun } = site.runs
    const stepsOf = async (request: Parameters<typeof rerun>[2]) => {
      const { id } = await rerun(site.owner, first, request)
      const attempts = await site.work(undefined, id)
      expect((await site.run(id)).status).toBe('COMPLETED')
      return attempts.map(({ step }) => step).toSorted()
    }
    expect(await stepsOf({ from: 'start' })).toEqual(['after', 'aside', 'try_it'])
    const failed = await stepsOf({ from: 'failed' })
    expect(failed).toContain('after')
    expect(failed).not.toContain('try_it')
    expect(await stepsOf({ from: { step: 'try_it' } })).toEqual(
      expect.arrayContaining(['after', 'try_it']),
    )
  })

  test('agent by name and version: that one gets the task', async () => {
    const agent = `${site.worker.name}@${site.worker.version}`
    await site.publish(
      workflowOf('pinned', [
        stepNamed('one', { action: agentAction({ agent, capability: null }) }),
      ]),
    )
    const runId = await site.start('pinned')
    expect((await site.due(runId)).map(({ agent_id }) => agent_id)).toEqual([site.worker.id])
    await site.work()
  })

  test('agent that is not there: the step fails and says which', async () => {
    await site.publish(
      workflowOf('lost', [
        stepNamed('gone', { action: agentAction({ agent: 'nobody', capability: null }) }),
      ]),
    )
    const runId = await site.start('lost')
    expect(await site.run(runId)).toMatchObject({
      status: 'FAILED',
      error: 'There is no agent nobody.',
      failed_step: 'gone',
    })
  })

  test('retention: old runs go with all that belongs to them; those in quarantine stay', async () => {
    const [old, family, held] = [
      await site.start('chain', { n: 1 }),
      await site.start('outer', { n: 1 }),
      await site.start('lenient'),
    ]
    await site.work(failing('after'), old)
    await site.work(failing('after'))
    site.clock.advance(1_000)
    const fresh = await site.start('chain', { n: 1 })
    await site.work()
    const before = site.clock.now()
    const remove = removeOldRuns(site.db)
    expect(await remove(before, 1_000)).toBeGreaterThan(1)
    expect(await remove(before, 1_000)).toBe(0)
    const left = await site.db.query<{ id: string }>(
      'select id from workflow_runs where id = any ($1::uuid[])',
      [[old, family, held, fresh]],
    )
    expect(left.map(({ id }) => id).toSorted()).toEqual([held, fresh].toSorted())
    const orphans = await site.db.query(
      `select 1 from tasks as t where t.run_id is not null
         and not exists (select 1 from workflow_runs as r where r.id = t.run_id)
       union all select 1 from workflow_steps as s
         where not exists (select 1 from workflow_runs as r where r.id = s.run_id)`,
    )
    expect(orphans).toEqual([])
  })
})
