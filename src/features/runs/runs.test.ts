import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { startRunWatch } from './run-watch.ts'
import { removeOldRuns } from './run-retention-store.ts'
import { createRunSite, type Behaviour, type RunSite } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'

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

  /** Attempts end as the step's name says. */
  const failing =
    (...names: string[]): Behaviour =>
    ({ step, input, isCompensation }) =>
      names.includes(isCompensation ? `undo ${step}` : step)
        ? { error: 'broken', category: 'permanent' }
        : { result: input }

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

  test('delay and run deadline: over when the clock says so', async () => {
    await site.publish(
      workflowOf(
        'slow',
        [
          stepNamed('wait', { action: { kind: 'delay', seconds: 60, until: null } }),
          stepNamed('act', { needs: ['wait'] }),
        ],
        { timeoutSeconds: 100 },
      ),
    )
    const runId = await site.start('slow')
    await site.timers.sweep()
    expect(await site.due(runId)).toEqual([])
    site.clock.advance(60_000)
    await site.timers.sweep()
    expect((await site.due(runId)).map(({ step }) => step)).toEqual(['act'])
    site.clock.advance(40_000)
    await site.timers.sweep()
    expect(await site.run(runId)).toMatchObject({ status: 'FAILED' })
    expect((await site.run(runId)).error).toMatch(/longer than its limit/)
    expect(await site.due(runId)).toEqual([])
  })

  const approval = (onDeadline: 'approve' | 'reject') =>
    workflowOf(`approval_${onDeadline}`, [
      stepNamed('ask', {
        action: {
          kind: 'approval',
          message: 'Pay ${trigger.amount}?',
          input: null,
          deadlineSeconds: 60,
          onDeadline,
        },
      }),
      stepNamed('pay', {
        needs: ['ask'],
        action: agentAction({ input: '${steps.ask.result}' }),
      }),
    ])

  test('approval: approved → goes on with who and why; twice → refused', async () => {
    await site.publish(approval('reject'))
    const runId = await site.start('approval_reject', { amount: 5 })
    const [ask] = await site.steps(runId)
    if (ask === undefined) throw new Error('There is no step')
    const decision = { runId, stepId: ask.id, comment: 'fine' }
    await site.runs.decisions.approve(site.owner, decision)
    await expect(site.runs.decisions.reject(site.owner, decision)).rejects.toMatchObject({
      code: 'run.step_not_waiting',
    })
    const [pay] = await site.work()
    expect(pay?.input).toEqual({ approved: true, by: site.owner.name, comment: 'fine' })
  })

  test('approval: rejected → the step fails; deadline → as it says', async () => {
    const runId = await site.start('approval_reject', { amount: 5 })
    const [ask] = await site.steps(runId)
    if (ask === undefined) throw new Error('There is no step')
    await site.runs.decisions.reject(site.owner, { runId, stepId: ask.id, comment: 'too much' })
    expect(await site.run(runId)).toMatchObject({
      status: 'FAILED',
      error: `Rejected by ${site.owner.name}: too much`,
    })
    await site.publish(approval('approve'))
    const [rejected, approved] = [
      await site.start('approval_reject', { amount: 5 }),
      await site.start('approval_approve', { amount: 5 }),
    ]
    site.clock.advance(60_000)
    await site.timers.sweep()
    expect((await site.run(rejected)).status).toBe('FAILED')
    expect((await site.statuses(approved))['ask']).toBe('DONE')
    await site.work()
  })

  test('signal: before and after the step waits, and only once per idempotency key', async () => {
    await site.publish(
      workflowOf('signalled', [
        stepNamed('paid', { action: { kind: 'signal', signal: 'paid', timeoutSeconds: 60 } }),
        stepNamed('sent', {
          needs: ['paid'],
          action: { kind: 'signal', signal: 'sent', timeoutSeconds: null },
        }),
      ]),
    )
    const runId = await site.start('signalled')
    const { signal } = site.runs.runs
    const early = { name: 'sent', body: { by: 'ship' }, idempotencyKey: 'a' }
    expect(await signal(site.owner, runId, early)).toMatchObject({ isReplay: false, stepId: null })
    expect(await signal(site.owner, runId, early)).toMatchObject({ isReplay: true })
    await signal(site.owner, runId, { name: 'paid', body: 3, idempotencyKey: null })
    expect(await site.run(runId)).toMatchObject({
      status: 'COMPLETED',
      output: { sent: { by: 'ship' } },
    })
    const late = await site.start('signalled')
    site.clock.advance(60_000)
    await site.timers.sweep()
    expect(await site.run(late)).toMatchObject({
      status: 'FAILED',
      error: 'No signal paid came in time.',
    })
  })

  test('pause: nothing begins; resume: what became ready begins', async () => {
    const runId = await site.start('chain', { n: 1 })
    await site.runs.runs.pause(site.owner.tenantId, runId)
    expect((await site.work(undefined, runId)).map(({ step }) => step)).toEqual(['first'])
    expect(await site.statuses(runId)).toMatchObject({ second: 'WAITING' })
    await site.runs.runs.resume(site.owner.tenantId, runId)
    expect((await site.work(undefined, runId)).map(({ step }) => step)).toEqual(['second'])
    expect((await site.run(runId)).status).toBe('COMPLETED')
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

  const order = workflowOf('order', [
    stepNamed('reserve', {
      action: agentAction({ input: { sku: 'a' } }),
      compensation: agentAction({ input: { release: '${result}' } }),
    }),
    stepNamed('pay', {
      needs: ['reserve'],
      onFailure: 'compensate',
      compensation: agentAction({ input: 'refund' }),
    }),
    stepNamed('label', {
      needs: ['reserve'],
      compensation: agentAction({ input: { void: '${result}', why: '${error}' } }),
    }),
    stepNamed('ship', { needs: ['pay', 'label'], onFailure: 'compensate' }),
  ])

  test('saga: a failed step undoes what was done, deepest first, with what the action answered', async () => {
    await site.publish(order)
    const runId = await site.start('order')
    const attempts = await site.work(failing('ship'))
    const undone = attempts.filter(({ isCompensation }) => isCompensation)
    expect(
      undone
        .map(({ step }) => step)
        .slice(0, 2)
        .toSorted(),
    ).toEqual(['label', 'pay'])
    expect(undone[2]).toMatchObject({ step: 'reserve', input: { release: { sku: 'a' } } })
    expect(undone.find(({ step }) => step === 'label')?.input).toMatchObject({ why: 'broken' })
    expect(await site.run(runId)).toMatchObject({
      status: 'COMPENSATED',
      error: 'broken',
      failed_step: 'ship',
    })
  })

  test('saga: what never happened for certain is not undone', async () => {
    const runId = await site.start('order')
    const attempts = await site.work(failing('pay'))
    const undone = attempts.filter(({ isCompensation }) => isCompensation).map(({ step }) => step)
    expect(undone).not.toContain('pay')
    expect(undone.at(-1)).toBe('reserve')
    expect((await site.run(runId)).status).toBe('COMPENSATED')
  })

  test('saga: completed → nothing is undone', async () => {
    const runId = await site.start('order')
    expect((await site.work()).some(({ isCompensation }) => isCompensation)).toBe(false)
    expect((await site.run(runId)).status).toBe('COMPLETED')
  })

  test('saga: a compensation that fails waits for a person; retried, it goes on upwards', async () => {
    const runId = await site.start('order')
    await site.work(failing('ship', 'undo pay'))
    expect((await site.run(runId)).status).toBe('COMPENSATING')
    expect(await site.statuses(runId)).toMatchObject({
      'undo pay': 'HELD',
      'undo label': 'DONE',
      'undo reserve': 'RECORDED',
    })
    const held = (await site.steps(runId)).find(({ status }) => status === 'HELD')
    if (held === undefined) throw new Error('Nothing is held')
    const decision = { runId, stepId: held.id, comment: 'try once more' }
    await site.runs.decisions.retry(site.owner, decision)
    const attempts = await site.work()
    expect(attempts.map(({ step }) => step)).toEqual(['pay', 'reserve'])
    expect((await site.run(runId)).status).toBe('COMPENSATED')
  })

  test('saga: a held compensation is skipped or completed by hand → the rest is undone', async () => {
    for (const way of ['skip', 'complete'] as const) {
      const runId = await site.start('order')
      await site.work(failing('ship', 'undo pay'))
      const held = (await site.steps(runId)).find(({ status }) => status === 'HELD')
      if (held === undefined) throw new Error('Nothing is held')
      const decision = { runId, stepId: held.id, comment: 'by hand' }
      if (way === 'skip') await site.runs.decisions.skip(site.owner, decision)
      else await site.runs.decisions.complete(site.owner, decision, { refunded: true })
      expect((await site.work()).map(({ step }) => step)).toEqual(['reserve'])
      expect((await site.run(runId)).status).toBe('COMPENSATED')
      expect(await site.events(runId)).toContain('step.decided')
    }
  })

  test('saga: a compensation that cannot begin → held with the reason, and told as such', async () => {
    const compensation = agentAction({ input: '${result.gone.too}' })
    const steps = [
      stepNamed('reserve', { compensation }),
      stepNamed('ship', { needs: ['reserve'] }),
    ]
    const undoing = steps.map((step) => ({ ...step, onFailure: 'compensate' as const }))
    await site.publish(workflowOf('cannot-undo', undoing))
    const runId = await site.start('cannot-undo')
    await site.work(failing('ship'))
    expect(await site.statuses(runId)).toMatchObject({ 'undo reserve': 'HELD' })
    const told = await site.events(runId)
    expect(told).toContain('compensation.held')
    expect(told).not.toContain('compensation.started')
    const held = (await site.steps(runId)).find(({ status }) => status === 'HELD')
    if (held === undefined) throw new Error('Nothing is held')
    await site.runs.decisions.skip(site.owner, { runId, stepId: held.id, comment: null })
    expect((await site.run(runId)).status).toBe('COMPENSATED')
  })

  test('saga: cancelled with compensation → undone; without → not', async () => {
    for (const compensate of [true, false]) {
      const runId = await site.start('order')
      for (const step of await site.due(runId)) await site.attempt(step)
      await site.runs.runs.cancel(site.owner, runId, { compensate })
      const attempts = await site.work(undefined, runId)
      expect(attempts.map(({ step }) => step)).toEqual(compensate ? ['reserve'] : [])
      expect((await site.run(runId)).status).toBe(compensate ? 'COMPENSATED' : 'CANCELLED')
    }
  })

  test('saga in a workflow: undone with the run around it', async () => {
    await site.publish(
      workflowOf('shop', [
        stepNamed('sell', { action: { kind: 'workflow', workflow: 'order', input: null } }),
        stepNamed('thank', { needs: ['sell'], onFailure: 'compensate' }),
      ]),
    )
    const runId = await site.start('shop')
    const attempts = await site.work(failing('thank'))
    await site.messenger.deliver()
    const undone = attempts.filter(({ isCompensation }) => isCompensation).map(({ step }) => step)
    expect(undone.toSorted()).toEqual(['label', 'pay', 'reserve'])
    expect((await site.run(runId)).status).toBe('COMPENSATED')
  })

  test('hold: the failed step waits; redriven from quarantine, it goes on', async () => {
    await site.publish(
      workflowOf('careful', [
        stepNamed('odd', { onFailure: 'hold' }),
        stepNamed('then', { needs: ['odd'] }),
      ]),
    )
    const runId = await site.start('careful')
    await site.work(failing('odd'))
    expect(await site.statuses(runId)).toEqual({ odd: 'HELD' })
    const [odd] = await site.steps(runId)
    if (odd === undefined) throw new Error('There is no step')
    await site.runs.decisions.retry(site.owner, { runId, stepId: odd.id, comment: null })
    expect((await site.work()).map(({ step }) => step)).toEqual(['odd', 'then'])
    expect((await site.run(runId)).status).toBe('COMPLETED')
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

  test('stuck: a run that stands still is told of once, until it moves; one that waits is not', async () => {
    await site.work()
    const watch = startRunWatch({ ...site, logger: silentLogger, stuckMs: 900_000 })
    const [still, waiting] = [
      await site.start('chain', { n: 1 }),
      await site.start('approval_approve', { amount: 1 }),
    ]
    site.clock.advance(899_000)
    expect(await watch.look()).toBe(0)
    site.clock.advance(2_000)
    expect(await watch.look()).toBe(1)
    expect(await watch.look()).toBe(0)
    expect(await site.events(still)).toContain('run.stuck')
    expect(await site.events(waiting)).not.toContain('run.stuck')
    expect((await site.runs.runs.read(site.owner.tenantId, still)).stuckSince).not.toBeNull()
    await site.work(undefined, still)
    expect((await site.runs.runs.read(site.owner.tenantId, still)).stuckSince).toBeNull()
    await site.runs.runs.cancel(site.owner, waiting, { compensate: false })
    watch.close()
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
