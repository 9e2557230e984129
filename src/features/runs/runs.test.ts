import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createRunSite, type RunSite } from '../../../test/support/run-site.ts'
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
})
