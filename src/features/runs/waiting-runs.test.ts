import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createRunSite, failing, type RunSite } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'
import { startRunWatch } from './run-watch.ts'

// What runs wait for: a time, a person, a signal. And whether one that stands still waits at all.

const chain = workflowOf('chain', [stepNamed('first'), stepNamed('second', { needs: ['first'] })])

describe.each(DIALECTS)('waiting runs on %s', (dialect) => {
  let database: TestDatabase
  let site: RunSite
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createRunSite(await database.open())
    await site.publish(chain)
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
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
    const runId = await site.start('chain')
    await site.runs.runs.pause(site.owner.tenantId, runId)
    expect((await site.work(undefined, runId)).map(({ step }) => step)).toEqual(['first'])
    expect(await site.statuses(runId)).toMatchObject({ second: 'WAITING' })
    await site.runs.runs.resume(site.owner.tenantId, runId)
    expect((await site.work(undefined, runId)).map(({ step }) => step)).toEqual(['second'])
    expect((await site.run(runId)).status).toBe('COMPLETED')
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

  test('stuck: a run that stands still is told of once, until it moves; one that waits is not', async () => {
    await site.work()
    const watch = startRunWatch({ ...site, logger: silentLogger, stuckMs: 900_000 })
    const [still, waiting] = [
      await site.start('chain'),
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
})
