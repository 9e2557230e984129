import type { RunId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAppError } from '#platform/errors.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import {
  createPerformanceSite,
  type PerformanceSite,
} from '../../../test/support/performance-site.ts'
import type { Behaviour } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'

// Random runs, with failures, retries, cancellations and compensations: the sums are what the
// tables of the runs say.

const plan = fc.record({
  steps: fc.array(
    fc.record({
      needs: fc.array(fc.nat(20), { maxLength: 2 }),
      items: fc.option(fc.nat(3), { freq: 2 }),
      isWanted: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
      onFailure: fc.constantFrom('fail' as const, 'continue' as const, 'compensate' as const),
      isUndone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  /** Of the attempts, in their order. */
  ends: fc.array(
    fc.record({
      ms: fc.nat(20_000),
      cents: fc.nat(500),
      fate: fc.oneof(
        { weight: 12, arbitrary: fc.constant('done' as const) },
        { weight: 2, arbitrary: fc.constant('flaky' as const) },
        { weight: 1, arbitrary: fc.constant('hopeless' as const) },
      ),
    }),
    { minLength: 30, maxLength: 30, size: 'max' },
  ),
  cancelAfter: fc.option(fc.nat(6), { freq: 4 }),
  runs: fc.integer({ min: 1, max: 2 }),
})

type Planned = typeof plan extends fc.Arbitrary<infer Value> ? Value : never
const oneStep: Planned['steps'][number] = {
  needs: [],
  items: null,
  isWanted: true,
  onFailure: 'compensate',
  isUndone: true,
}
const endedIn = (...fates: Planned['ends'][number]['fate'][]) =>
  fates.map((fate) => ({ ms: 10, cents: 1, fate }))
const oneRun: Planned = { steps: [oneStep], ends: endedIn('done'), cancelAfter: null, runs: 1 }
/** Completed, failed, cancelled, undone: chance may leave one of them out. */
const EVERY_END: [Planned][] = [
  [oneRun],
  [{ ...oneRun, steps: [{ ...oneStep, onFailure: 'fail' }], ends: endedIn('hopeless') }],
  [{ ...oneRun, cancelAfter: 0 }],
  [
    {
      ...oneRun,
      steps: [oneStep, { ...oneStep, needs: [0] }],
      ends: endedIn('done', 'hopeless', 'done'),
    },
  ],
]

describe.each(DIALECTS)('sums of runs on %s', (dialect) => {
  let database: TestDatabase
  let site: PerformanceSite
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createPerformanceSite(await database.open())
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
    expect(site.faults).toEqual([])
  })

  test('random runs: what was summed is what the tables say', async () => {
    let workflows = 0
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(plan, async (wanted) => {
        const name = `random_${++workflows}`
        await site.publish(
          workflowOf(
            name,
            wanted.steps.map((step, index) =>
              stepNamed(`s${index}`, {
                needs:
                  index === 0 ? [] : [...new Set(step.needs.map((need) => `s${need % index}`))],
                when: step.isWanted ? null : '1 > 2',
                forEach:
                  step.items === null
                    ? null
                    : {
                        items: JSON.stringify(Array.from({ length: step.items }, (_, at) => at)),
                        concurrencyMax: 2,
                      },
                action: agentAction({ maxRetries: 1 }),
                onFailure: step.onFailure,
                compensation: step.isUndone ? agentAction({ maxRetries: 1 }) : null,
              }),
            ),
          ),
        )
        const runIds: RunId[] = []
        for (let run = 0; run < wanted.runs; run++) runIds.push(await site.start(name))
        let attempts = 0
        const behave: Behaviour = ({ isCompensation, attempt }) => {
          const end = wanted.ends[attempts++ % wanted.ends.length]
          site.clock.advance(end?.ms ?? 0)
          const cost = ((end?.cents ?? 0) / 100).toFixed(2)
          if (isCompensation || end === undefined || end.fate === 'done') return { cost }
          if (end.fate === 'flaky' && attempt > 1) return { cost }
          const category = end.fate === 'flaky' ? 'retriable' : 'permanent'
          return { error: end.fate, category, cost }
        }
        for (const runId of runIds) {
          for (let begun = 0; begun < (wanted.cancelAfter ?? 0); begun++) {
            const [next] = await site.due(runId)
            if (next !== undefined) await site.attempt(next, behave)
          }
          if (wanted.cancelAfter !== null)
            await site.runs.runs
              .cancel(site.owner, runId, { compensate: false })
              .catch((error: unknown) => {
                if (!isAppError(error, 'run.over')) throw error
              })
        }
        await site.work(behave)
        await expectTotals(name, outcomes)
      }),
      { numRuns: dialect === 'pglite' ? 20 : 30, examples: EVERY_END },
    )
    expect([...outcomes].toSorted()).toEqual(['CANCELLED', 'COMPENSATED', 'COMPLETED', 'FAILED'])
  }, 240_000)

  const expectTotals = async (name: string, outcomes: Set<string>) => {
    const found = await site.read(name)
    const runs = await site.db.query<{ status: string; cost: string; duration_ms: number }>(
      'select status, cost, duration_ms from workflow_runs where workflow_name = $1',
      [name],
    )
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    const ended = (status: string) => runs.filter((run) => run.status === status).length
    for (const { status } of runs) outcomes.add(status)
    expect(found.runs).toMatchObject({
      completed: ended('COMPLETED'),
      failed: ended('FAILED'),
      cancelled: ended('CANCELLED'),
      compensated: ended('COMPENSATED'),
    })
    expect(Number(found.runs.cost)).toBeCloseTo(sum(runs.map(({ cost }) => Number(cost))), 6)
    const completed = runs.filter(({ status }) => status === 'COMPLETED')
    if (completed.length > 0)
      expect((found.runs.duration_ms.mean ?? 0) * completed.length).toBeCloseTo(
        sum(completed.map(({ duration_ms }) => duration_ms)),
        3,
      )

    // Of what began; a step that was cancelled before its turn never was.
    const counts = await site.db.query<{
      step: string
      part: string
      status: string
      attempts: number
      cost: string
      rows: number
    }>(
      `select s.step, s.status,
         case when s.is_compensation then 'compensation' when s.item >= 0 then 'item'
           else 'step' end as part,
         sum(s.attempts) as attempts, coalesce(sum(s.cost), 0) as cost, count(*) as rows
       from workflow_steps as s join workflow_runs as r on r.id = s.run_id
       where r.workflow_name = $1 and s.released_at is not null and s.reused_from is null
       group by s.step, s.status, 3`,
      [name],
    )
    const of = (part: string, step: string) =>
      counts.filter((row) => row.part === part && row.step === step)
    const number = (part: string, step: string, status: string) =>
      sum(
        of(part, step)
          .filter((row) => row.status === status)
          .map((row) => Number(row.rows)),
      )
    for (const step of new Set(counts.map((row) => row.step))) {
      const shown = found.steps.find((each) => each.step === step)
      const work = [...of('step', step), ...of('item', step)]
      expect(shown, step).toMatchObject({
        completed: number('step', step, 'DONE'),
        failed: number('step', step, 'FAILED'),
        skipped: number('step', step, 'SKIPPED'),
        cancelled: number('step', step, 'CANCELLED'),
        attempts: sum(work.map((row) => Number(row.attempts))),
      })
      expect(Number(shown?.cost)).toBeCloseTo(sum(work.map((row) => Number(row.cost))), 6)
      for (const [part, told] of [
        ['item', shown?.elements],
        ['compensation', shown?.compensations],
      ] as const)
        if (of(part, step).length > 0)
          expect(told, `${part} of ${step}`).toMatchObject({
            completed: number(part, step, 'DONE'),
            failed: number(part, step, 'FAILED'),
            cancelled: number(part, step, 'CANCELLED'),
          })
    }
    expect(found.steps_total).toBe(new Set(counts.map((row) => row.step)).size)
    const attempts = sum(counts.map((row) => Number(row.attempts)))
    expect(found.runs.attempts).toBe(attempts)
  }
})
