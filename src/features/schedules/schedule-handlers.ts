import type { Schedule } from '@cadre/contract'
import {
  authorise,
  authoriseOn,
  authoriseSome,
  permittedPage,
  type Action,
} from '#features/access/index.ts'
import { statusesOfRuns } from '#features/runs/index.ts'
import { statusesOfTasks } from '#features/tasks/index.ts'
import type { Db, Queryable } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { scheduleNotFound } from './schedule-errors.ts'
import { scheduleResource } from './schedule-resource.ts'
import * as routes from './schedule-routes.ts'
import { latestRunOfEach, latestRuns } from './schedule-run-store.ts'
import { workOf, type ScheduleService } from './schedule-service.ts'
import { listSchedules } from './schedule-store.ts'
import { scheduleRunView, scheduleView } from './schedule-view.ts'
import type { ScheduleRecord, ScheduleRun } from './schedule.ts'

const RUNS_SHOWN = 5

export const scheduleRoutes = ({ db, schedules }: { db: Db; schedules: ScheduleService }) => {
  const router = createRouter()

  const viewed = async (on: Queryable, runs: readonly ScheduleRun[]) => {
    const tasks = await statusesOfTasks(
      on,
      runs.flatMap((run) => run.taskId ?? []),
    )
    const started = await statusesOfRuns(
      on,
      runs.flatMap((run) => run.runId ?? []),
    )
    return runs.map((run) => scheduleRunView(run, tasks, started))
  }
  const shown = async (
    on: Queryable,
    found: readonly ScheduleRecord[],
    runsShown: number,
  ): Promise<Schedule[]> => {
    const latest = await latestRunOfEach(
      on,
      found.map((schedule) => schedule.id),
    )
    const ids = [...latest.keys()]
    const views = await viewed(on, [...latest.values()])
    const lastRuns = new Map(ids.map((id, index) => [id, views[index] ?? null]))
    return found.map((one) => scheduleView(one, lastRuns.get(one.id) ?? null, runsShown))
  }
  const shownOne = async (schedule: ScheduleRecord): Promise<Schedule> => {
    const [view] = await shown(db.ofTenant(schedule.tenantId), [schedule], RUNS_SHOWN)
    if (view === undefined) throw new Error('Broken invariant: one schedule has one view')
    return view
  }

  const authoriseOne = (principal: Principal, action: Action, reference: string) =>
    authoriseOn(
      principal,
      action,
      async () => scheduleResource(await schedules.read(principal.tenantId, reference)),
      scheduleNotFound,
    )

  router.openapi(routes.createSchedule, async (context) => {
    const principal = context.get('principal')
    const body = context.req.valid('json')
    const isPaused = body.is_paused
    const given = { id: '', name: body.name, work: workOf(body), createdBy: principal.id, isPaused }
    authorise(principal, 'schedule.manage', scheduleResource(given))
    const schedule = await schedules.create(principal, body)
    return context.json(await shownOne(schedule), 201)
  })

  router.openapi(routes.previewSchedule, (context) => {
    authoriseSome(context.get('principal'), 'schedule.read')
    const runs = schedules.preview(context.req.valid('json'), RUNS_SHOWN)
    return context.json({ next_runs: runs.map((run) => run.toISOString()) }, 200)
  })

  router.openapi(routes.listSchedules, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'schedule.read')
    const { limit, cursor } = context.req.valid('query')
    const { items, next } = await permittedPage(principal, 'schedule.read', {
      limit,
      after: decodeCursor(cursor, ['time', 'uuid']),
      fetch: (after) =>
        listSchedules(db.ofTenant(principal.tenantId), principal.tenantId, { limit, after }),
      placeOf: ({ createdAt, id }) => [createdAt.toISOString(), id] as const,
      resourcesOf: (found) => found.map(scheduleResource),
    })
    return context.json(
      {
        items: await shown(db.ofTenant(principal.tenantId), items, 1),
        next_cursor: next && encodeCursor(next),
      },
      200,
    )
  })

  router.openapi(routes.readSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.read', context.req.valid('param').id)
    const schedule = await schedules.read(principal.tenantId, context.req.valid('param').id)
    return context.json(await shownOne(schedule), 200)
  })

  router.openapi(routes.updateSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.manage', context.req.valid('param').id)
    const { id } = context.req.valid('param')
    const schedule = await schedules.update(principal, id, context.req.valid('json'))
    return context.json(await shownOne(schedule), 200)
  })

  router.openapi(routes.pauseSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.manage', context.req.valid('param').id)
    const schedule = await schedules.pause(principal, context.req.valid('param').id)
    return context.json(await shownOne(schedule), 200)
  })

  router.openapi(routes.resumeSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.manage', context.req.valid('param').id)
    const schedule = await schedules.resume(principal, context.req.valid('param').id)
    return context.json(await shownOne(schedule), 200)
  })

  router.openapi(routes.triggerSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.manage', context.req.valid('param').id)
    const { taskId, runId } = await schedules.trigger(principal, context.req.valid('param').id)
    return context.json({ task_id: taskId, run_id: runId }, 201)
  })

  router.openapi(routes.deleteSchedule, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.manage', context.req.valid('param').id)
    await schedules.remove(principal, context.req.valid('param').id)
    return context.body(null, 204)
  })

  router.openapi(routes.listRuns, async (context) => {
    const principal = context.get('principal')
    await authoriseOne(principal, 'schedule.read', context.req.valid('param').id)
    const { id } = await schedules.read(principal.tenantId, context.req.valid('param').id)
    const own = db.ofTenant(principal.tenantId)
    const runs = await latestRuns(own, id, context.req.valid('query').limit)
    return context.json({ items: await viewed(own, runs), next_cursor: null }, 200)
  })
  return router
}
