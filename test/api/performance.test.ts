import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorBody, EventData, EventType, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTenantByName } from '../../src/features/access/access-store.ts'
import { insertWorkflow } from '../../src/features/workflows/workflow-store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { createPgliteDb } from '../../src/platform/db/pglite-db.ts'
import { appendEvents } from '../../src/platform/events/event-store.ts'
import { createIds } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { seedPrincipals } from '../support/seed-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { stepNamed, workflowOf } from '../support/workflow-definitions.ts'

const HOUR_MS = 3_600_000
const RUNS = 30

let cadre: RunningCadre
let dataDirectory: string
const keyOf = (name: string) => `key-of-the-performance-tests-${name}`

/** Runs that ended before this server started: it reads them from the log. */
const seedRuns = async (db: Db): Promise<void> => {
  const tenantId = (await findTenantByName(db, 'default')) as TenantId
  const ids = createIds(systemClock, systemRandom)
  const now = systemClock.now()
  for (const [version, ms] of [
    ['1.0.0', 1_000],
    ['1.1.0', 2_000],
  ] as const) {
    const definition = workflowOf(
      'report',
      [stepNamed('read'), stepNamed('write', { needs: ['read'] })],
      { version },
    )
    await insertWorkflow(db, {
      id: ids.workflow(),
      tenantId,
      definition,
      definitionText: JSON.stringify(definition),
      source: { text: '', format: 'json' },
      sha256: version,
      isSaga: false,
      ownerId: ids.uuid(),
      ownerName: 'ada',
      createdAt: now,
    })
    const named = { workflow_name: 'report', workflow_version: version }
    const event = (type: EventType, run: number, data: EventData) => ({
      tenantId,
      type,
      subjectId: ids.uuid(),
      at: new Date(now.getTime() - run * HOUR_MS),
      data: { ...named, ...data },
    })
    for (let run = 0; run < RUNS; run++)
      await appendEvents(db, [
        event('step.completed', run, { step: 'read', duration_ms: 400, wait_ms: 5, attempts: 1 }),
        event('step.completed', run, { step: 'write', duration_ms: ms - 400, attempts: 2 }),
        event('run.completed', run, { duration_ms: ms, cost: '0.010000' }),
      ])
  }
}

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-performance-'))
  await seedPrincipals(dataDirectory, [
    ...(['viewer', 'agent'] as const).map((role) => ({
      tenant: 'default',
      role,
      key: keyOf(role),
    })),
    { tenant: 'other', role: 'admin', key: keyOf('other') },
  ])
  const db = await createPgliteDb({
    directory: join(dataDirectory, 'database'),
    onFault: (error) => {
      throw error
    },
  })
  await seedRuns(db)
  await db.close()
  cadre = await startCadre({ CADRE_DATA_DIR: dataDirectory, CADRE_DEMO_AGENTS: 'false' })
})
afterAll(async () => {
  await cadre.stop()
  await rm(dataDirectory, { recursive: true, force: true })
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
