import type { Json, RunDetail, RunId, StepId } from '@cadre/contract'
import {
  authorise,
  authoriseOn,
  authoriseSome,
  permittedPage,
  type Action,
} from '#features/access/index.ts'
import { runsResource } from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import { EVENT_START, eventsOfSubject, parseCursor } from '#platform/events/event-store.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { compensationView } from './compensation-view.ts'
import { runNotFound, stepNotFound } from './run-errors.ts'
import {
  countRecorded,
  countSteps,
  findStep,
  listApprovals,
  listRuns,
  listSteps,
} from './run-query-store.ts'
import { runResource } from './run-resource.ts'
import type { RunRerun } from './run-rerun.ts'
import * as routes from './run-routes.ts'
import type { RunService } from './run-service.ts'
import type { createUndoCost } from './undo-cost.ts'
import { runView, stepDetailView, stepView } from './run-view.ts'
import type { StepDecisions } from './step-decisions.ts'

export interface RunRouteOptions {
  db: Db
  clock: Clock
  runs: RunService
  rerun: RunRerun
  decisions: StepDecisions
  costToUndo: ReturnType<typeof createUndoCost>
  /** A run that has not moved for so long, though nobody and no clock is waited for, is stuck. */
  stuckMs: number
}

export const runRoutes = (options: RunRouteOptions) => {
  const { db, clock, runs, decisions } = options
  const router = createRouter()

  const readable = async (principal: Principal, id: RunId) => {
    authoriseSome(principal, 'run.read')
    const run = await runs.read(principal.tenantId, id)
    authorise(principal, 'run.read', runResource(run), runNotFound)
    return run
  }
  const authoriseRun = (principal: Principal, action: Action, id: RunId) =>
    authoriseOn(
      principal,
      action,
      async () => runResource(await runs.read(principal.tenantId, id)),
      runNotFound,
    )
  const detailed = async (run: Awaited<ReturnType<typeof runs.read>>): Promise<RunDetail> => {
    const { id } = run
    const counts = await countSteps(db.ofTenant(run.tenantId), id)
    const recorded = await countRecorded(db.ofTenant(run.tenantId), id)
    const of = (status: string) =>
      counts.find((count) => count.status === status && !count.isCompensation)?.steps ?? 0
    return {
      ...runView(run),
      context: run.trigger as Json,
      payload: run.payload as Json,
      output: run.output as Json,
      steps: {
        total: await runs.stepsOf(run),
        waiting: of('WAITING'),
        running: of('RUNNING'),
        held: of('HELD'),
        done: of('DONE'),
        failed: of('FAILED'),
        skipped: of('SKIPPED'),
        cancelled: of('CANCELLED'),
      },
      compensation: compensationView(counts, await options.costToUndo(run, recorded)),
    }
  }

  router.openapi(routes.triggerWorkflow, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    const deciding = authoriseOn(principal, 'run.start', async () => {
      const { name, version } = await runs.definitionOf(principal.tenantId, id)
      return runsResource(name, { version, ownerId: principal.id })
    })
    if (deciding !== null) await deciding
    const { run, isReplay } = await runs.trigger(principal, id, context.req.valid('json'))
    return context.json({ run: runView(run), is_replay: isReplay }, isReplay ? 200 : 201)
  })

  router.openapi(routes.listRuns, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'run.read')
    const { cursor, needs_attention, ...filter } = context.req.valid('query')
    const stuckSince =
      needs_attention === true ? new Date(clock.now().getTime() - options.stuckMs) : null
    const { items, next } = await permittedPage(principal, 'run.read', {
      limit: filter.limit,
      after: decodeCursor(cursor, ['time', 'uuid']),
      fetch: (after) =>
        listRuns(db.ofTenant(principal.tenantId), principal.tenantId, {
          ...filter,
          after,
          stuckSince,
        }),
      placeOf: ({ createdAt, id }) => [createdAt.toISOString(), id] as const,
      resourcesOf: (found) => found.map(runResource),
    })
    return context.json({ items: items.map(runView), next_cursor: next && encodeCursor(next) }, 200)
  })

  router.openapi(routes.readRun, async (context) => {
    const principal = context.get('principal')
    return context.json(
      await detailed(await readable(principal, context.req.valid('param').id)),
      200,
    )
  })

  router.openapi(routes.listSteps, async (context) => {
    const principal = context.get('principal')
    const { id } = await readable(principal, context.req.valid('param').id)
    const { cursor, ...filter } = context.req.valid('query')
    const after = decodeCursor(cursor, ['text', 'text', 'text'])
    const found = await listSteps(db.ofTenant(principal.tenantId), id, {
      ...filter,
      after: stepPlace(after),
    })
    const page = found.slice(0, filter.limit)
    const last = found.length > filter.limit ? page.at(-1) : undefined
    return context.json(
      {
        items: page.map(stepView),
        next_cursor: last
          ? encodeCursor([last.step, String(last.isCompensation), String(last.item)])
          : null,
      },
      200,
    )
  })

  router.openapi(routes.readStep, async (context) => {
    const principal = context.get('principal')
    const { id, step_id } = context.req.valid('param')
    await readable(principal, id)
    const step = await findStep(db.ofTenant(principal.tenantId), id, step_id)
    if (step === null) throw stepNotFound()
    return context.json(stepDetailView(step), 200)
  })

  router.openapi(routes.listRunEvents, async (context) => {
    const principal = context.get('principal')
    const { id } = await readable(principal, context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const after = cursor === undefined ? EVENT_START : parseCursor(cursor)
    if (after === null) throw invalidField('cursor', 'is not a cursor of this list')
    const subject = { tenantId: principal.tenantId, subjectId: id, after, limit: limit + 1 }
    const events = (await eventsOfSubject(db.ofTenant(principal.tenantId), subject)).map(
      ({ event }) => event,
    )
    const items = events.slice(0, limit)
    const next_cursor = events.length > limit ? (items.at(-1)?.id ?? null) : null
    return context.json({ items, next_cursor }, 200)
  })

  router.openapi(routes.pauseRun, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.control', context.req.valid('param').id)
    const run = await runs.pause(principal.tenantId, context.req.valid('param').id)
    return context.json(runView(run), 200)
  })

  router.openapi(routes.resumeRun, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.control', context.req.valid('param').id)
    const run = await runs.resume(principal.tenantId, context.req.valid('param').id)
    return context.json(runView(run), 200)
  })

  router.openapi(routes.cancelRun, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.control', context.req.valid('param').id)
    const { id } = context.req.valid('param')
    const run = await runs.cancel(principal, id, context.req.valid('json'))
    return context.json(runView(run), 200)
  })

  router.openapi(routes.signalRun, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.signal', context.req.valid('param').id)
    const { name, body, idempotency_key } = context.req.valid('json')
    const { isReplay, stepId } = await runs.signal(principal, context.req.valid('param').id, {
      name,
      body: body ?? null,
      idempotencyKey: idempotency_key ?? null,
    })
    return context.json({ is_replay: isReplay, step_id: stepId }, 202)
  })

  router.openapi(routes.rerunRun, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.start', context.req.valid('param').id)
    const { id } = context.req.valid('param')
    const run = await options.rerun(principal, id, context.req.valid('json'))
    return context.json(runView(run), 201)
  })

  router.openapi(routes.listApprovals, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'run.read')
    const { limit, cursor } = context.req.valid('query')
    const { items, next } = await permittedPage(principal, 'run.read', {
      limit,
      after: decodeCursor(cursor, ['uuid']),
      fetch: (after) =>
        listApprovals(db.ofTenant(principal.tenantId), principal.tenantId, { limit, after }),
      placeOf: ({ step }) => [step.id] as const,
      resourcesOf: (found) => found.map(({ run }) => runResource(run)),
    })
    return context.json(
      {
        items: items.map(({ step, run }) => ({ step: stepDetailView(step), run: runView(run) })),
        next_cursor: next && encodeCursor(next),
      },
      200,
    )
  })

  const decisionOf = (
    { id, step_id }: { id: RunId; step_id: StepId },
    { comment }: { comment?: string | undefined },
  ) => ({ runId: id, stepId: step_id, comment: comment ?? null })

  router.openapi(routes.approveStep, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.approve', context.req.valid('param').id)
    const decision = decisionOf(context.req.valid('param'), context.req.valid('json'))
    return context.json(stepView(await decisions.approve(principal, decision)), 200)
  })
  router.openapi(routes.rejectStep, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.approve', context.req.valid('param').id)
    const decision = decisionOf(context.req.valid('param'), context.req.valid('json'))
    return context.json(stepView(await decisions.reject(principal, decision)), 200)
  })
  router.openapi(routes.skipStep, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.decide', context.req.valid('param').id)
    const decision = decisionOf(context.req.valid('param'), context.req.valid('json'))
    return context.json(stepView(await decisions.skip(principal, decision)), 200)
  })
  router.openapi(routes.retryStep, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.control', context.req.valid('param').id)
    const decision = decisionOf(context.req.valid('param'), context.req.valid('json'))
    return context.json(stepView(await decisions.retry(principal, decision)), 200)
  })
  router.openapi(routes.completeStep, async (context) => {
    const principal = context.get('principal')
    await authoriseRun(principal, 'run.decide', context.req.valid('param').id)
    const body = context.req.valid('json')
    const decision = decisionOf(context.req.valid('param'), body)
    const step = await decisions.complete(principal, decision, body.result ?? null)
    return context.json(stepView(step), 200)
  })
  return router
}

const stepPlace = (
  place: readonly [string, string, string] | null,
): readonly [string, string, string] | null =>
  place === null || !/^-?\d{1,9}$/.test(place[2]) ? null : place
