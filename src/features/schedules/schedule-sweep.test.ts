import {
  CreateSchedule,
  type CreateSchedule as ScheduleBody,
  type EventData,
} from '@cadre/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { manualClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { silentLogger } from '#platform/telemetry/logger.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { createEngine, type Engine } from '../../../test/support/engine.ts'
import { latestRuns } from './schedule-run-store.ts'
import { createScheduleService, type ScheduleService } from './schedule-service.ts'
import { nextDueAt } from './schedule-store.ts'
import { createScheduleSweep, type ScheduleSweep } from './schedule-sweep.ts'
import { jitterOf } from './schedule-work.ts'
import type { ScheduleRecord } from './schedule.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

describe.each(DIALECTS)('firing schedules on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let engine: Engine
  let service: ScheduleService
  let sweep: ScheduleSweep
  let agentName: string

  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    engine = await createEngine({ db, clock: manualClock(new Date('2026-01-01T00:00:30Z')) })
    const { clock, ids, creation } = engine
    const { runs, mover } = engine.runs
    const makers = { creation, runs, mover }
    service = createScheduleService({ db, clock, ids, ...makers, intervalSecondsMin: 10 })
    sweep = sweepWith()
    agentName = (await engine.newAgent()).name
  })
  beforeEach(async () => {
    await db.query('delete from schedules')
  })
  afterAll(async () => {
    await engine.close()
    await database.drop()
  })

  const sweepWith = (parts: Partial<Parameters<typeof createScheduleSweep>[0]> = {}) =>
    createScheduleSweep({
      db,
      clock: engine.clock,
      creation: engine.creation,
      runs: engine.runs.runs,
      mover: engine.runs.mover,
      logger: silentLogger,
      metrics: engine.metrics,
      batchMax: 100,
      missedSeconds: 60,
      ...parts,
    })
  let count = 0
  const create = (fields: Partial<ScheduleBody> = {}) => {
    const timing = fields.every_seconds || fields.at ? {} : { cron: '0 * * * *' }
    const name = `schedule-${(count += 1)}`
    const body = { name, ...timing, task: { agent_id: agentName, input: { n: 1 } }, ...fields }
    return service.create(engine.owner, CreateSchedule.parse(body))
  }
  const tasksOf = (schedule: ScheduleRecord) =>
    db.query<{ id: string; run_at: Date; idempotency_key: string; status: string }>(
      'select id, run_at, idempotency_key, status from tasks where schedule_id = $1 order by id',
      [schedule.id],
    )
  const runsOf = async (schedule: ScheduleRecord) =>
    (await latestRuns(db, schedule.id, 100)).map(({ outcome, runs }) => `${outcome} ${runs}`)
  const toNextHour = () => engine.clock.advance(HOUR_MS - (engine.clock.now().getTime() % HOUR_MS))
  const read = (schedule: ScheduleRecord) => service.read(schedule.tenantId, schedule.id)

  test('due → one task with the instant in its key, its outbox row and event, and the next run ahead', async () => {
    const schedule = await create()
    expect(await sweep()).toBe(0)
    toNextHour()
    const due = engine.clock.now()
    expect(await sweep()).toBe(1)
    expect(await sweep()).toBe(0)
    const [task, ...more] = await tasksOf(schedule)
    expect(more).toEqual([])
    expect(task).toMatchObject({
      run_at: due,
      idempotency_key: `schedule:${schedule.id}:${due.toISOString()}`,
    })
    const dispatched = await db.query('select 1 from outbox where task_id = $1', [task?.id ?? ''])
    expect(dispatched).toHaveLength(1)
    expect((await read(schedule)).nextRunAt).toEqual(new Date(due.getTime() + HOUR_MS))
    expect(await latestRuns(db, schedule.id, 10)).toMatchObject([
      { outcome: 'created', dueAt: due, taskId: task?.id, isManual: false },
    ])
  })

  test('four processes at once over many schedules → each run makes one task', async () => {
    const sweeps = [sweep, ...Array.from({ length: 3 }, () => sweepWith({ batchMax: 7 }))]
    const schedules = await Promise.all(Array.from({ length: 60 }, () => create()))
    toNextHour()
    for (let isDone = false; !isDone;) {
      const fired = await Promise.all(sweeps.map((one) => one()))
      isDone = fired.every((number) => number === 0)
    }
    for (const schedule of schedules) {
      expect(await tasksOf(schedule)).toHaveLength(1)
      expect(await runsOf(schedule)).toEqual(['created 1'])
    }
  })

  test('fails after the task was stored → nothing stays, and the next sweep makes the one task', async () => {
    const schedule = await create()
    toNextHour()
    const broken = sweepWith({
      creation: {
        ...engine.creation,
        storeWithin: async (...given) => {
          await engine.creation.storeWithin(...given)
          throw new Error('The process dies here')
        },
      },
    })
    await expect(broken()).rejects.toThrow('dies here')
    expect(await tasksOf(schedule)).toEqual([])
    await sweep()
    expect(await tasksOf(schedule)).toHaveLength(1)
  })

  test('set back to a time that fired before → the task of then, not a second one', async () => {
    const schedule = await create()
    toNextHour()
    const due = engine.clock.now()
    await sweep()
    await db.query('update schedules set next_run_at = $2 where id = $1', [schedule.id, due])
    await sweep()
    expect(await tasksOf(schedule)).toHaveLength(1)
  })

  test('machine slept over five runs → by the policy of each', async () => {
    const skip = await create({ missed_runs: 'skip' })
    const once = await create({ missed_runs: 'run_once' })
    const all = await create({ missed_runs: 'run_all' })
    toNextHour()
    engine.clock.advance(4 * HOUR_MS + 10 * MINUTE_MS)
    await sweep()
    const made = await Promise.all([skip, once, all].map(tasksOf))
    expect(made.map((tasks) => tasks.length)).toEqual([0, 1, 5])
    expect(await runsOf(skip)).toEqual(['missed 5'])
    expect(await runsOf(once)).toEqual(['created 1', 'missed 4'])
  })

  test('overlap skip: earlier task unfinished → left out until it ends; quarantine does not hold it up', async () => {
    const schedule = await create({ overlap: 'skip' })
    toNextHour()
    await sweep()
    toNextHour()
    await sweep()
    expect(await runsOf(schedule)).toEqual(['overlapped 1', 'created 1'])
    await db.query(`update tasks set status = 'QUARANTINED' where schedule_id = $1`, [schedule.id])
    toNextHour()
    await sweep()
    expect(await runsOf(schedule)).toEqual(['created 1', 'overlapped 1', 'created 1'])
  })

  test('overlap skip: several runs caught up with → one task', async () => {
    const schedule = await create({ overlap: 'skip', missed_runs: 'run_all' })
    toNextHour()
    engine.clock.advance(3 * HOUR_MS)
    await sweep()
    expect(await tasksOf(schedule)).toHaveLength(1)
  })

  test('agent deleted → the run failed, the reason is kept, the schedule goes on', async () => {
    const agent = await engine.newAgent()
    const schedule = await create({ task: { agent_id: agent.name } })
    const sound = await create()
    await db.query('update agents set deleted_at = now() where id = $1', [agent.id])
    engine.clock.advance(2_000)
    toNextHour()
    await sweep()
    const [run] = await latestRuns(db, schedule.id, 1)
    expect(run).toMatchObject({
      outcome: 'failed',
      taskId: null,
      error: 'task.agent_id: there is no such agent',
    })
    expect((await read(schedule)).nextRunAt).not.toBeNull()
    expect(await tasksOf(sound)).toHaveLength(1)
  })

  test('once → runs, and is over', async () => {
    const at = new Date(engine.clock.now().getTime() + 90_000).toISOString()
    const schedule = await create({ at })
    engine.clock.advance(90_000)
    await sweep()
    expect(await tasksOf(schedule)).toHaveLength(1)
    expect((await read(schedule)).nextRunAt).toBeNull()
  })

  test('paused → nothing fires; resumed → from the next run on, nothing was missed', async () => {
    const schedule = await create({ missed_runs: 'run_all' })
    await service.pause(engine.owner, schedule.name)
    toNextHour()
    await sweep()
    await service.resume(engine.owner, schedule.name)
    await sweep()
    expect(await runsOf(schedule)).toEqual([])
    toNextHour()
    await sweep()
    expect(await runsOf(schedule)).toEqual(['created 1'])
  })

  test('paused beyond its end → cannot be resumed', async () => {
    const at = new Date(engine.clock.now().getTime() + 90_000).toISOString()
    const schedule = await create({ at, is_paused: true })
    engine.clock.advance(90_000)
    await expect(service.resume(engine.owner, schedule.id)).rejects.toMatchObject({
      code: 'schedule.over',
    })
  })

  test('changed after it was read as due → not fired by what was read', async () => {
    const schedule = await create()
    toNextHour()
    const slow = sweepWith({
      creation: {
        ...engine.creation,
        prepare: async (...given) => {
          await service.pause(engine.owner, schedule.id)
          return engine.creation.prepare(...given)
        },
      },
    })
    await slow()
    expect(await tasksOf(schedule)).toEqual([])
  })

  test('triggered → runs now and once, paused or not, and the next run stays', async () => {
    const schedule = await create({ is_paused: true, overlap: 'skip' })
    await service.trigger(engine.owner, schedule.name)
    engine.clock.advance(5)
    await service.trigger(engine.owner, schedule.id)
    expect(await tasksOf(schedule)).toHaveLength(2)
    expect(await latestRuns(db, schedule.id, 10)).toMatchObject([
      { isManual: true, outcome: 'created' },
      { isManual: true, outcome: 'created' },
    ])
    expect((await read(schedule)).nextRunAt).toBeNull()
  })

  test('jitter → the task is due later by an amount within it, the same for the same run', async () => {
    const schedule = await create({ jitter_seconds: 600 })
    toNextHour()
    const due = engine.clock.now()
    await sweep()
    const [task] = await tasksOf(schedule)
    const shiftMs = (task?.run_at.getTime() ?? 0) - due.getTime()
    expect(shiftMs).toBe(jitterOf(schedule, due))
    expect(shiftMs).toBeGreaterThanOrEqual(0)
    expect(shiftMs).toBeLessThanOrEqual(600_000)
  })

  test('every change and every run → in the log, each once, with who did it', async () => {
    const schedule = await create({ name: 'logged' })
    await service.pause(engine.owner, 'logged')
    await service.pause(engine.owner, 'logged')
    await service.resume(engine.owner, 'logged')
    toNextHour()
    const due = engine.clock.now().toISOString()
    await sweep()
    const { taskId } = await service.trigger(engine.owner, 'logged')
    engine.clock.advance(3 * HOUR_MS + 2 * MINUTE_MS)
    await sweep()
    await service.remove(engine.owner, 'logged')
    const events = await db.query<{ type: string; data: EventData }>(
      'select type, data from events where subject_id = $1 order by id',
      [schedule.id],
    )
    const name = { schedule_name: 'logged' }
    const actor = { actor_id: engine.owner.id, actor_name: engine.owner.name }
    expect(events.map(({ type }) => type.replace('schedule.', ''))).toEqual(
      'created paused resumed fired fired missed deleted'.split(' '),
    )
    expect(events.map(({ data }) => data)).toMatchObject([
      { ...name, ...actor, is_paused: false },
      { ...name, ...actor, is_paused: true },
      { ...name, ...actor, is_paused: false },
      { ...name, outcome: 'created', due_at: due, task_id: (await tasksOf(schedule))[0]?.id },
      { ...name, ...actor, outcome: 'created', task_id: taskId },
      { ...name, outcome: 'missed', runs: 3 },
      { ...name, ...actor },
    ])
  })

  test('a suspended tenant: nothing fires, and what was due does once it is resumed', async () => {
    const schedule = await create({ missed_runs: 'run_once' })
    const { tenantId } = engine.owner
    const suspended = { has: () => true, ids: () => [tenantId], onChange: () => () => {} }
    toNextHour()
    expect(await sweepWith({ suspended })()).toBe(0)
    engine.clock.advance(2 * HOUR_MS)
    expect(await sweepWith({ suspended })()).toBe(0)
    expect(await nextDueAt(db, suspended.ids())).toBeNull()
    expect(await tasksOf(schedule)).toEqual([])
    expect(await sweep()).toBe(1)
    expect(await tasksOf(schedule)).toHaveLength(1)
  })

  test('missed while the tenant was suspended → noted with that reason; missed later, without', async () => {
    const schedule = await create({ missed_runs: 'skip' })
    const { tenantId } = engine.owner
    const suspended = { has: () => true, ids: () => [tenantId], onChange: () => () => {} }
    toNextHour()
    engine.clock.advance(2 * HOUR_MS)
    expect(await sweepWith({ suspended })()).toBe(0)
    const resume = 'update tenants set status_at = $2 where id = $1'
    await db.query(resume, [tenantId, engine.clock.now()])
    engine.clock.advance(MINUTE_MS)
    await sweep()
    engine.clock.advance(2 * HOUR_MS)
    await sweep()
    const runs = await latestRuns(db, schedule.id, 10)
    const [later, held] = runs.filter(({ outcome }) => outcome === 'missed')
    expect(held?.error).toMatch(/^suspended:/)
    expect(later?.error).toBeNull()
    await db.query(resume, [tenantId, null])
  })

  test('history → the latest hundred are kept', async () => {
    const schedule = await create({ every_seconds: 60, missed_runs: 'run_all' })
    for (let round = 0; round < 3; round++) {
      engine.clock.advance(50 * MINUTE_MS)
      await sweep()
    }
    expect(await tasksOf(schedule)).toHaveLength(150)
    expect(await latestRuns(db, schedule.id, 1_000)).toHaveLength(100)
  })
})
