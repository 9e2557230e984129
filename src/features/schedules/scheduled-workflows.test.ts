import { CreateSchedule, type CreateSchedule as ScheduleBody, type RunId } from '@cadre/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createRunSite, type RunSite } from '../../../test/support/run-site.ts'
import { stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'
import { latestRuns } from './schedule-run-store.ts'
import { createScheduleService, type ScheduleService } from './schedule-service.ts'
import { createScheduleSweep, type ScheduleSweep } from './schedule-sweep.ts'
import type { ScheduleRecord } from './schedule.ts'

const HOUR_MS = 3_600_000

describe.each(DIALECTS)('schedules that start workflows on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let site: RunSite
  let service: ScheduleService
  let sweep: ScheduleSweep

  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    site = await createRunSite(db)
    const { clock, ids, creation } = site
    const { runs, mover } = site.engine.runs
    const makers = { creation, runs, mover }
    service = createScheduleService({ db, clock, ids, ...makers, intervalSecondsMin: 10 })
    sweep = sweepWith()
    const schema = { type: 'object', required: ['night'] }
    await site.publish(workflowOf('report', [stepNamed('write')], { trigger: { schema } }))
  })
  beforeEach(async () => {
    await db.query('delete from schedules')
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
  })

  const sweepWith = (parts: Partial<Parameters<typeof createScheduleSweep>[0]> = {}) =>
    createScheduleSweep({
      db,
      clock: site.clock,
      creation: site.creation,
      runs: site.engine.runs.runs,
      mover: site.engine.runs.mover,
      logger: silentLogger,
      metrics: site.metrics,
      batchMax: 100,
      missedSeconds: 60,
      ...parts,
    })
  let count = 0
  const create = (fields: Partial<ScheduleBody> = {}) => {
    const name = `schedule-${(count += 1)}`
    const body = { name, cron: '0 * * * *', workflow: 'report', context: { night: 1 }, ...fields }
    return service.create(site.owner, CreateSchedule.parse(body))
  }
  const toNextHour = () => site.clock.advance(HOUR_MS - (site.clock.now().getTime() % HOUR_MS))
  const runIdsOf = async ({ id }: ScheduleRecord): Promise<RunId[]> =>
    (
      await db.query<{ id: RunId }>(
        'select id from workflow_runs where schedule_id = $1 order by created_at, id',
        [id],
      )
    ).map((row) => row.id)
  const outcomesOf = async ({ id }: ScheduleRecord) =>
    (await latestRuns(db, id, 100)).map(({ outcome }) => outcome)

  test('due → one run with its context, the instant in its key, and its first task', async () => {
    const schedule = await create()
    toNextHour()
    const due = site.clock.now()
    expect([await sweep(), await sweep()]).toEqual([1, 0])
    const [id, ...more] = await runIdsOf(schedule)
    expect(more).toEqual([])
    if (id === undefined) throw new Error('There is no run')
    const [run] = await db.query(
      `select trigger_kind, trigger, idempotency_key, created_by_name
       from workflow_runs where id = $1`,
      [id],
    )
    expect(run).toEqual({
      trigger_kind: 'schedule',
      trigger: { night: 1 },
      idempotency_key: `schedule:${schedule.id}:${due.toISOString()}`,
      created_by_name: `schedule ${schedule.name}`,
    })
    expect(await latestRuns(db, schedule.id, 10)).toMatchObject([
      { outcome: 'created', dueAt: due, taskId: null, runId: id },
    ])
    expect(await site.work(undefined, id)).toHaveLength(1)
    expect((await site.run(id)).status).toBe('COMPLETED')
  })

  test('four processes at once over many schedules → each makes one run', async () => {
    const sweeps = [sweep, ...Array.from({ length: 3 }, () => sweepWith({ batchMax: 7 }))]
    const schedules = await Promise.all(Array.from({ length: 40 }, () => create()))
    toNextHour()
    for (let isDone = false; !isDone;) {
      const fired = await Promise.all(sweeps.map((one) => one()))
      isDone = fired.every((number) => number === 0)
    }
    for (const schedule of schedules) expect(await runIdsOf(schedule)).toHaveLength(1)
  })

  test('fails after the run began → nothing stays, and the next sweep begins the one run', async () => {
    const schedule = await create()
    toNextHour()
    const { mover } = site.engine.runs
    const broken = sweepWith({
      mover: {
        prepareStarts: async (starts) => {
          const prepared = await mover.prepareStarts(starts)
          const within: typeof prepared.within = async (...given) => {
            await prepared.within(...given)
            throw new Error('The process dies here')
          }
          return { ...prepared, within }
        },
      },
    })
    await expect(broken()).rejects.toThrow('dies here')
    expect(await runIdsOf(schedule)).toEqual([])
    await sweep()
    expect(await runIdsOf(schedule)).toHaveLength(1)
  })

  test('set back to a time that fired before → no second run', async () => {
    const schedule = await create()
    toNextHour()
    const due = site.clock.now()
    await sweep()
    await db.query('update schedules set next_run_at = $2 where id = $1', [schedule.id, due])
    await sweep()
    expect(await runIdsOf(schedule)).toHaveLength(1)
  })

  test('overlap skip: earlier run unfinished → left out until it is over', async () => {
    const schedule = await create({ overlap: 'skip' })
    toNextHour()
    await sweep()
    toNextHour()
    await sweep()
    expect(await outcomesOf(schedule)).toEqual(['overlapped', 'created'])
    const [id] = await runIdsOf(schedule)
    await site.work(undefined, id)
    toNextHour()
    await sweep()
    expect(await outcomesOf(schedule)).toEqual(['created', 'overlapped', 'created'])
  })

  test('overlap skip: several caught up with → one run', async () => {
    const schedule = await create({ overlap: 'skip', missed_runs: 'run_all' })
    toNextHour()
    site.clock.advance(3 * HOUR_MS)
    await sweep()
    expect(await runIdsOf(schedule)).toHaveLength(1)
  })

  test('workflow deleted → the run failed, the reason is kept, the schedule goes on', async () => {
    await site.publish(workflowOf('gone', [stepNamed('write')]))
    const schedule = await create({ workflow: 'gone' })
    await db.query(`update workflows set deleted_at = now() where name = 'gone'`)
    site.clock.advance(2_000)
    toNextHour()
    await sweep()
    const [run] = await latestRuns(db, schedule.id, 1)
    expect(run).toMatchObject({
      outcome: 'failed',
      runId: null,
      error: 'workflow: there is no such workflow',
    })
    expect((await service.read(schedule.tenantId, schedule.id)).nextRunAt).not.toBeNull()
  })

  test('by hand → one more run, whatever is due or in progress', async () => {
    const schedule = await create({ overlap: 'skip' })
    const first = await service.trigger(site.owner, schedule.name)
    const second = await service.trigger(site.owner, schedule.name)
    expect(await runIdsOf(schedule)).toEqual([first.runId, second.runId])
    expect([first.taskId, second.taskId]).toEqual([null, null])
  })

  test('changed to another context or to a task → the next run is of that', async () => {
    const schedule = await create()
    await service.update(site.owner, schedule.id, { workflow: 'report', context: { night: 2 } })
    const { runId } = await service.trigger(site.owner, schedule.id)
    const [run] = await db.query('select trigger from workflow_runs where id = $1', [runId])
    expect(run).toEqual({ trigger: { night: 2 } })
    const task = { capability: 'work', priority: 'medium' as const, tags: [] }
    await service.update(site.owner, schedule.id, { task })
    expect((await service.read(schedule.tenantId, schedule.id)).work).toMatchObject({
      kind: 'task',
    })
    expect((await service.trigger(site.owner, schedule.id)).taskId).not.toBeNull()
  })

  test.each([
    ['no such workflow', { workflow: 'nobody' }, 'workflow'],
    ['a context that its schema refuses', { context: { day: 1 } }, 'context'],
  ])('%s → 422 that names the field', async (_, fields, field) => {
    await expect(create(fields)).rejects.toMatchObject({
      kind: 'invalid',
      details: [expect.objectContaining({ field })],
    })
  })

  test.each([
    ['both', { task: { capability: 'x' } }, 'task'],
    ['neither', { workflow: undefined, context: undefined }, 'task'],
    ['a context for a task', { workflow: undefined, task: { capability: 'x' } }, 'context'],
    ['a spread', { jitter_seconds: 5 }, 'jitter_seconds'],
  ])('%s → refused by the form of the request', (_, fields, field) => {
    const body = { name: 'x', every_seconds: 60, workflow: 'report', context: {}, ...fields }
    const { error } = CreateSchedule.safeParse(body)
    expect(error?.issues.map(({ path }) => path[0])).toEqual([field])
  })
})
