import type { EventData, EventType, RunId, TenantId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAppError } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Projection } from '#platform/events/projection.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { settleProjection } from '../../../test/support/projections.ts'
import { createRunSite, type Behaviour, type RunSite } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'
import { removeOldHours, startPerformanceProjection } from './performance-projection.ts'
import { createPerformanceService, type PerformanceService } from './performance-service.ts'

const EVER = { since: '2025-12-01T00:00:00Z', until: '2026-12-31T00:00:00Z' }
const HOUR_MS = 3_600_000

describe.each(DIALECTS)('performance on %s', (dialect) => {
  let database: TestDatabase
  let site: RunSite
  let projection: Projection
  let other: Projection
  let performance: PerformanceService
  let faults: unknown[]
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createRunSite(await database.open())
    faults = []
    const { db, clock, workflows } = site
    const onFault = (error: unknown) => void faults.push(error)
    projection = await startPerformanceProjection({ db, clock, onFault })
    // Another process keeps the same sums.
    other = await startPerformanceProjection({ db, clock, onFault })
    performance = createPerformanceService({ db, clock, workflows, projection })
  })
  afterAll(async () => {
    await other.close()
    await projection.close()
    await site.close()
    await database.drop()
    expect(faults).toEqual([])
  })
  const settled = () => settleProjection(site.db, 'workflow_performance', projection)
  const read = async (workflow: string, query: object = EVER) => {
    await settled()
    return performance.read(site.owner.tenantId, workflow, query)
  }

  /** Every attempt takes its time and costs its price. */
  const taking =
    (ms: (step: string) => number, behave: Behaviour = () => ({ result: null })): Behaviour =>
    (attempt) => {
      site.clock.advance(ms(attempt.step))
      return { cost: '0.25', ...behave(attempt) }
    }

  const publishChain = (name: string, version = '1.0.0') =>
    site.publish(
      workflowOf(
        name,
        [
          stepNamed('fetch'),
          stepNamed('read', {
            needs: ['fetch'],
            forEach: { items: '[1, 2]', concurrencyMax: 1 },
          }),
          stepNamed('cheap', { needs: ['fetch'] }),
          stepNamed('join', { needs: ['read', 'cheap'] }),
        ],
        { version },
      ),
    )
  const SECONDS: Record<string, number> = { fetch: 1, read: 4, cheap: 2, join: 1 }
  const usual = taking((step) => (SECONDS[step] ?? 0) * 1_000)

  test('a run: itself, each step, the elements of lists, and the paths that weigh the most', async () => {
    await publishChain('chain')
    await site.start('chain')
    await site.work(usual)
    const found = await read('chain')
    expect(found.runs).toMatchObject({
      completed: 1,
      success_rate: 1,
      attempts: 5,
      retries: 0,
      cost: '1.250000',
      cost_mean: 1.25,
      duration_ms: { mean: 12_000 },
    })
    expect(found.runs.duration_ms.p50).toBeGreaterThan(12_000 * 0.99)
    expect(found.runs.duration_ms.p50).toBeLessThan(12_000 * 1.01)
    const readStep = found.steps.find(({ step }) => step === 'read')
    expect(readStep).toMatchObject({
      completed: 1,
      attempts: 2,
      cost: '0.500000',
      cost_mean: 0.5,
      elements: { completed: 2, cost: '0.500000', cost_mean: 0.25 },
      compensations: null,
    })
    expect(found.slowest_path?.steps.map(({ step }) => step)).toEqual(['fetch', 'read', 'join'])
    expect(found.dearest_path).toEqual({
      total: 1,
      steps: [
        { step: 'fetch', weight: 0.25 },
        { step: 'read', weight: 0.5 },
        { step: 'join', weight: 0.25 },
      ],
    })
    expect(found.versions).toMatchObject([{ version: '1.0.0', runs: 1, success_rate: 1 }])
    expect(found.path_version).toBe('1.0.0')
    expect(found.series).toHaveLength(1)
  })

  test('retries, failures, skips and compensations are told apart', async () => {
    await site.publish(
      workflowOf('saga', [
        stepNamed('book', { compensation: agentAction(), action: agentAction({ maxRetries: 2 }) }),
        stepNamed('mail', { needs: ['book'], when: '1 > 2' }),
        stepNamed('pay', { needs: ['mail'], onFailure: 'compensate' }),
      ]),
    )
    const runId = await site.start('saga')
    await site.work(
      taking(
        () => 100,
        ({ step, attempt, isCompensation }) =>
          (step === 'book' && attempt === 1 && !isCompensation) || step === 'pay'
            ? { error: 'broken', category: step === 'pay' ? 'permanent' : 'retriable' }
            : { result: null },
      ),
    )
    expect((await site.run(runId)).status).toBe('COMPENSATED')
    const { runs, steps } = await read('saga')
    expect(runs).toMatchObject({
      completed: 0,
      compensated: 1,
      success_rate: 0,
      attempts: 4,
      retries: 1,
      cost: (await site.run(runId)).cost,
      duration_ms: { p50: null },
    })
    const named = (name: string) => steps.find(({ step }) => step === name)
    expect(named('book')).toMatchObject({
      completed: 1,
      retries: 1,
      compensations: { completed: 1, attempts: 1, cost: '0.250000' },
    })
    expect(named('mail')).toMatchObject({ skipped: 1, success_rate: null, cost_mean: null })
    expect(named('pay')).toMatchObject({ failed: 1, success_rate: 0 })
  })

  test('a cancelled run: what had begun counts as cancelled, what had not does not', async () => {
    await site.publish(
      workflowOf('stopped', [stepNamed('now'), stepNamed('later', { needs: ['now'] })]),
    )
    const runId = await site.start('stopped')
    await site.runs.runs.cancel(site.owner, runId, { compensate: false })
    const { runs, steps } = await read('stopped')
    expect(runs).toMatchObject({ cancelled: 1, success_rate: null })
    expect(steps.map(({ step, cancelled }) => [step, cancelled])).toEqual([['now', 1]])
  })

  test('rerun from a step: counted, but its short duration is no duration of the whole', async () => {
    await publishChain('again')
    const runId = await site.start('again')
    await site.work(usual)
    await site.runs.rerun(site.owner, runId, { from: { step: 'join' } })
    await site.work(usual)
    const { runs, steps } = await read('again')
    expect(runs).toMatchObject({ completed: 2, duration_ms: { mean: 12_000 } })
    expect(steps.find(({ step }) => step === 'join')?.completed).toBe(2)
    expect(steps.find(({ step }) => step === 'fetch')?.completed).toBe(1)
  })

  test('hours and days: each run in its own, and the days hold the same as their hours', async () => {
    await publishChain('hourly')
    const since = site.clock.now()
    for (let run = 0; run < 3; run++) {
      site.clock.advance(HOUR_MS)
      await site.start('hourly')
      await site.work(usual)
    }
    const period = { since: since.toISOString(), until: site.clock.now().toISOString() }
    const byHour = await read('hourly', period)
    expect(byHour.by).toBe('hour')
    expect(byHour.series.map(({ completed }) => completed)).toEqual([1, 1, 1])
    const byDay = await read('hourly', { ...period, by: 'day' })
    expect(byDay.runs).toEqual(byHour.runs)
    expect(byDay.steps).toEqual(byHour.steps)
  })

  test('versions: apart when asked for one, together when not, and compared', async () => {
    await publishChain('compared', '1.0.0')
    for (let run = 0; run < 20; run++) await site.start('compared')
    await site.work(taking((step) => (SECONDS[step] ?? 0) * 10))
    await publishChain('compared', '1.1.0')
    // The directory remembers for a moment what a name means.
    site.clock.advance(2_000)
    for (let run = 0; run < 20; run++) await site.start('compared')
    await site.work(
      taking(
        (step) => (SECONDS[step] ?? 0) * 10,
        ({ step }) => ({ result: null, cost: step === 'join' ? '0.5' : '0.25' }),
      ),
    )
    expect((await read('compared')).runs.completed).toBe(40)
    expect((await read('compared', { ...EVER, version: '1.1.0' })).runs.completed).toBe(20)
    expect((await read('compared')).versions.map(({ version }) => version)).toEqual([
      '1.1.0',
      '1.0.0',
    ])
    await settled()
    const compared = await performance.compare(site.owner.tenantId, 'compared', {
      base: '1.0.0',
      version: '1.1.0',
      ...EVER,
    })
    expect(compared.runs).toMatchObject({
      verdict: 'regressed',
      base_count: 20,
      cost_mean: { base: 1.25, version: 1.5, ratio: 1.2, verdict: 'regressed' },
    })
    expect(compared.steps.map(({ step, is_in, verdict }) => [step, is_in, verdict])).toEqual([
      ['cheap', 'both', 'unchanged'],
      ['fetch', 'both', 'unchanged'],
      ['join', 'both', 'regressed'],
      ['read', 'both', 'unchanged'],
    ])
  })

  test('an unknown workflow, an unknown version, another tenant → workflow.not_found', async () => {
    const asked = [
      () => read('nobody'),
      () => read('chain', { version: '9.9.9' }),
      () => performance.read(crypto.randomUUID() as TenantId, 'chain', {}),
    ]
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({ code: 'workflow.not_found' })
  })

  test('a period that ends before it begins, or is too long → refused by its field', async () => {
    for (const query of [
      { since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' },
      { since: '2020-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' },
      { since: '2025-12-01T00:00:00Z', until: '2026-01-01T00:00:00Z', by: 'hour' as const },
    ])
      await expect(read('chain', query)).rejects.toSatisfy((error) =>
        isAppError(error, 'request.invalid'),
      )
  })

  const append = (type: EventType, data: object, at = site.clock.now()) =>
    appendEvents(site.db, [
      {
        tenantId: site.owner.tenantId,
        type,
        subjectId: crypto.randomUUID(),
        at,
        data: data as EventData,
      },
    ])

  test('late events: counted in the hour in which they happened', async () => {
    const at = new Date('2025-12-24T18:30:00Z')
    const named = { workflow_name: 'late', workflow_version: '1.0.0', cost: '1.000000' }
    await append('run.completed', { ...named, duration_ms: 5 }, at)
    await append('run.completed', { ...named, duration_ms: 5 })
    await append('run.completed', { ...named, duration_ms: 5 }, at)
    const { series } = await read('late')
    expect(series.map(({ at: day, completed }) => [day, completed])).toEqual([
      ['2025-12-24T00:00:00.000Z', 2],
      [expect.stringMatching(/^2026-/), 1],
    ])
  })

  test('hostile names and figures: harmless, and kept apart', async () => {
    const steps = [
      '__proto__',
      'constructor',
      `'; drop table events; --`,
      '🧨 "\\',
      'a b',
      'x'.repeat(5_000),
    ]
    const named = { workflow_name: 'hostile', workflow_version: '1.0.0' }
    for (const step of steps) await append('step.completed', { ...named, step, duration_ms: 1 })
    for (const broken of [
      { duration_ms: -5, cost: '-1', attempts: -3, wait_ms: -1 },
      { duration_ms: 1e300, cost: 'much', attempts: 1.5 },
      { duration_ms: null, cost: null, wait_ms: null },
    ])
      await append('step.completed', { ...named, step: 'broken', ...broken })
    await append('step.completed', { step: 'of no workflow' })
    await append('run.completed', { workflow_name: 'hostile' })
    const found = await read('hostile')
    expect(found.steps.map(({ step }) => step).toSorted()).toEqual([...steps, 'broken'].toSorted())
    expect(found.steps.find(({ step }) => step === 'broken')).toMatchObject({
      completed: 3,
      attempts: 1,
      cost: '0.000000',
    })
    expect(found.runs.completed).toBe(0)
    expect(found.path_version).toBeNull()
  })

  test('every event once: however often and from however many processes it is caught up', async () => {
    const before = await read('chain')
    await publishChain('once')
    for (let run = 0; run < 5; run++) await site.start('once')
    await site.work(usual)
    await Promise.all([projection, other, projection, other].map((each) => each.catchUp()))
    expect((await read('once')).runs).toMatchObject({ completed: 5, cost: '6.250000' })
    expect((await read('chain')).runs).toEqual(before.runs)
  })

  test('a write that fails takes its cursor back: nothing is lost and nothing twice', async () => {
    const named = { workflow_name: 'fragile', workflow_version: '1.0.0', duration_ms: 1 }
    await append('run.completed', named)
    await site.db.query(
      `alter table workflow_performance add constraint fragile check (workflow_name <> 'fragile') not valid`,
    )
    const catchUp = () =>
      projection.catchUp().then(
        () => 'caught up',
        () => 'refused',
      )
    await expect.poll(catchUp, { timeout: 20_000 }).toBe('refused')
    await site.db.query('alter table workflow_performance drop constraint fragile')
    await append('run.completed', named)
    expect((await read('fragile')).runs.completed).toBe(2)
  })

  test('old hours go, days stay', async () => {
    await append(
      'run.completed',
      { workflow_name: 'old', workflow_version: '1.0.0', duration_ms: 1 },
      new Date('2025-11-01T10:00:00Z'),
    )
    await settled()
    const period = { since: '2025-11-01T00:00:00Z', until: '2025-11-02T00:00:00Z' }
    expect((await read('old', { ...period, by: 'hour' })).runs.completed).toBe(1)
    expect(await removeOldHours(site.db)(new Date('2025-11-02T00:00:00Z'), 1_000)).toBe(1)
    expect((await read('old', { ...period, by: 'hour' })).runs.completed).toBe(0)
    expect((await read('old', { ...period, by: 'day' })).runs.completed).toBe(1)
  })

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
    const found = await read(name)
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
