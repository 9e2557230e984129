import type { ErrorBody } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertEndedRuns, type EndedRun } from '../support/insert-ended-runs.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { stepNamed, workflowOf } from '../support/workflow-definitions.ts'

const HOUR_MS = 3_600_000
const RUNS = 30

let cadre: RunningCadre
const keyOf = (name: string) => `key-of-the-performance-tests-${name}`

/** Runs that ended before this server started: it reads them from the log. */
const seeded = (version: string, durationMs: number): EndedRun[] => {
  const definition = workflowOf(
    'report',
    [stepNamed('read'), stepNamed('write', { needs: ['read'] })],
    { version },
  )
  return Array.from({ length: RUNS }, (_, run) => ({
    definition,
    endedAt: new Date(Date.now() - run * HOUR_MS),
    events: [
      ['step.completed', { step: 'read', duration_ms: 400, wait_ms: 5, attempts: 1 }],
      ['step.completed', { step: 'write', duration_ms: durationMs - 400, attempts: 2 }],
      ['run.completed', { duration_ms: durationMs, cost: '0.010000' }],
    ],
  }))
}

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(['viewer', 'agent'], keyOf),
      prepare: (db) => insertEndedRuns(db, [...seeded('1.0.0', 1_000), ...seeded('1.1.0', 2_000)]),
    },
  )
})
afterAll(async () => {
  await cadre.stop()
})

const get = async (path: string, key?: string) => {
  const headers = key === undefined ? {} : { authorization: `Bearer ${keyOf(key)}` }
  const response = await cadre.request(`/api/v1${path}`, { headers })
  return { status: response.status, body: (await response.json()) as ErrorBody }
}

describe('performance', () => {
  test('read → runs, steps, versions, and the slowest path of the latest version', async () => {
    const found = await cadre.client.performance.read('report')
    expect(found).toMatchObject({
      version: null,
      by: 'day',
      runs: { completed: 2 * RUNS, success_rate: 1, retries: 2 * RUNS, cost: '0.600000' },
      versions: [
        { version: '1.1.0', runs: RUNS },
        { version: '1.0.0', runs: RUNS },
      ],
      path_version: '1.1.0',
      dearest_path: null,
    })
    expect(found.steps.map(({ step }) => step)).toEqual(['write', 'read'])
    expect(found.slowest_path?.steps.map(({ step }) => step)).toEqual(['read', 'write'])
    expect(found.series.reduce((sum, { completed }) => sum + completed, 0)).toBe(2 * RUNS)
  })

  test('read: one version by the hour → its runs in their hours', async () => {
    const since = new Date(Date.now() - 48 * HOUR_MS).toISOString()
    const found = await cadre.client.performance.read('report', { version: '1.0.0', since })
    expect(found).toMatchObject({ by: 'hour', runs: { completed: RUNS } })
    expect(found.series).toHaveLength(RUNS)
    expect(found.runs.duration_ms.mean).toBe(1_000)
  })

  test('compare → the slower version regressed, and so did the step that made it slow', async () => {
    const compared = await cadre.client.performance.compare('report', {
      base: '1.0.0',
      version: '1.1.0',
    })
    expect(compared).toMatchObject({
      verdict: 'regressed',
      runs: { duration_p50_ms: { verdict: 'regressed' }, cost_mean: { verdict: 'unchanged' } },
      steps: [
        { step: 'read', is_in: 'both', verdict: 'unchanged' },
        { step: 'write', is_in: 'both', verdict: 'regressed' },
      ],
    })
    expect(compared.rule).toContain('20 executions')
  })

  test('who may look: a viewer may, an agent may not, another tenant sees nothing', async () => {
    const path = '/workflows/report/performance'
    expect((await get(path, 'viewer')).status).toBe(200)
    expect(await get(path, 'agent')).toMatchObject({
      status: 403,
      body: { error: { code: 'access.forbidden' } },
    })
    expect(await get(path, 'other')).toMatchObject({
      status: 404,
      body: { error: { code: 'workflow.not_found' } },
    })
  })

  test.each([
    ['/workflows/report/performance?version=one', 'version'],
    ['/workflows/report/performance?by=week', 'by'],
    ['/workflows/report/performance?since=yesterday', 'since'],
    ['/workflows/report/performance?since=2099-01-01T00:00:00Z', 'since'],
    ['/workflows/report/performance?sinse=2026-01-01T00:00:00Z', 'sinse'],
    ['/workflows/report/performance/compare?base=1.0.0', 'version'],
    ['/workflows/report/performance/compare?base=1.0.0&version=%00', 'version'],
  ])('%s → 422 that names %s', async (path, field) => {
    expect(await get(path)).toMatchObject({
      status: 422,
      body: { error: { details: [{ field }] } },
    })
  })

  test.each([
    '/workflows/absent/performance',
    '/workflows/%00/performance',
    '/workflows/Re port/performance',
  ])('%s → 404', async (path) => {
    expect((await get(path)).status).toBe(404)
  })
})
