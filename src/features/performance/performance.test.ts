import type { EventData, EventType, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAppError } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import {
  createPerformanceSite,
  EVER,
  type PerformanceSite,
} from '../../../test/support/performance-site.ts'
import type { Behaviour } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'
import { removeOldHours } from './performance-projection.ts'

const HOUR_MS = 3_600_000

describe.each(DIALECTS)('performance on %s', (dialect) => {
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
    const found = await site.read('chain')
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
    const { runs, steps } = await site.read('saga')
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
    const { runs, steps } = await site.read('stopped')
    expect(runs).toMatchObject({ cancelled: 1, success_rate: null })
    expect(steps.map(({ step, cancelled }) => [step, cancelled])).toEqual([['now', 1]])
  })

  test('rerun from a step: counted, but its short duration is no duration of the whole', async () => {
    await publishChain('again')
    const runId = await site.start('again')
    await site.work(usual)
    await site.runs.rerun(site.owner, runId, { from: { step: 'join' } })
    await site.work(usual)
    const { runs, steps } = await site.read('again')
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
    const byHour = await site.read('hourly', period)
    expect(byHour.by).toBe('hour')
    expect(byHour.series.map(({ completed }) => completed)).toEqual([1, 1, 1])
    const byDay = await site.read('hourly', { ...period, by: 'day' })
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
    expect((await site.read('compared')).runs.completed).toBe(40)
    expect((await site.read('compared', { ...EVER, version: '1.1.0' })).runs.completed).toBe(20)
    expect((await site.read('compared')).versions.map(({ version }) => version)).toEqual([
      '1.1.0',
      '1.0.0',
    ])
    await site.settled()
    const compared = await site.performance.compare(site.owner.tenantId, 'compared', {
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
      () => site.read('nobody'),
      () => site.read('chain', { version: '9.9.9' }),
      () => site.performance.read(crypto.randomUUID() as TenantId, 'chain', {}),
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
      await expect(site.read('chain', query)).rejects.toSatisfy((error) =>
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
    const { series } = await site.read('late')
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
    const found = await site.read('hostile')
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
    const before = await site.read('chain')
    await publishChain('once')
    for (let run = 0; run < 5; run++) await site.start('once')
    await site.work(usual)
    const { projection, other } = site
    await Promise.all([projection, other, projection, other].map((each) => each.catchUp()))
    expect((await site.read('once')).runs).toMatchObject({ completed: 5, cost: '6.250000' })
    expect((await site.read('chain')).runs).toEqual(before.runs)
  })

  test('a write that fails takes its cursor back: nothing is lost and nothing twice', async () => {
    const named = { workflow_name: 'fragile', workflow_version: '1.0.0', duration_ms: 1 }
    await append('run.completed', named)
    await site.db.query(
      `alter table workflow_performance add constraint fragile check (workflow_name <> 'fragile') not valid`,
    )
    const catchUp = () =>
      site.projection.catchUp().then(
        () => 'caught up',
        () => 'refused',
      )
    await expect.poll(catchUp, { timeout: 20_000 }).toBe('refused')
    await site.db.query('alter table workflow_performance drop constraint fragile')
    await append('run.completed', named)
    expect((await site.read('fragile')).runs.completed).toBe(2)
  })

  test('old hours go, days stay', async () => {
    await append(
      'run.completed',
      { workflow_name: 'old', workflow_version: '1.0.0', duration_ms: 1 },
      new Date('2025-11-01T10:00:00Z'),
    )
    await site.settled()
    const period = { since: '2025-11-01T00:00:00Z', until: '2025-11-02T00:00:00Z' }
    expect((await site.read('old', { ...period, by: 'hour' })).runs.completed).toBe(1)
    expect(await removeOldHours(site.db)(new Date('2025-11-02T00:00:00Z'), 1_000)).toBe(1)
    expect((await site.read('old', { ...period, by: 'hour' })).runs.completed).toBe(0)
    expect((await site.read('old', { ...period, by: 'day' })).runs.completed).toBe(1)
  })
})
