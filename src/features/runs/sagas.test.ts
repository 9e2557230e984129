import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createRunSite, failing, type RunSite } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'

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

describe.each(DIALECTS)('sagas on %s', (dialect) => {
  let database: TestDatabase
  let site: RunSite
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createRunSite(await database.open())
    await site.publish(order)
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
  })

  test('saga: a failed step undoes what was done, deepest first, with what the action answered', async () => {
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
})
