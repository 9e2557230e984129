import type { AttemptToken, ClaimedTask, ParsedCreateTask, Task, TenantId } from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import { agentNotFound, agentResource, tenantTotalsSince } from '#features/agents/index.ts'
import {
  authorise,
  authoriseOn,
  authoriseSome,
  decidesByObject,
  permittedPage,
  workflowsOfRuns,
} from '#features/access/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField, isAppError } from '#platform/errors.ts'
import { EVENT_START, eventsOfSubject, parseCursor } from '#platform/events/event-store.ts'
import type { Tracing } from '#platform/telemetry/tracing.ts'
import type { SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import type { ExecuteDirectly } from './direct-execution.ts'
import type { createTaskCreation } from './task-creation.ts'
import { resultNotFound, taskNotFound } from './task-errors.ts'
import * as store from './task-query-store.ts'
import type { TaskReports } from './task-reports.ts'
import * as routes from './task-routes.ts'
import { newTaskResource, taskResource } from './task-resource.ts'
import { attemptView, executionView, taskSummaryView, taskView } from './task-view.ts'
import type { TaskRecord } from './task.ts'
import { createExplainWait } from './wait-reason.ts'

const DAY_MS = 86_400_000
const RETRY_AFTER_MS_PER_SECOND = 1_000

export interface TaskHandlerOptions {
  db: Db
  suspended: SuspendedTenants
  clock: Clock
  agents: AgentService
  creation: ReturnType<typeof createTaskCreation>
  reports: TaskReports
  execute: ExecuteDirectly
  tracing: Tracing
  /** How long a claim holds unless the claimer asks otherwise. */
  leaseMs: number
}

export const taskRoutes = (options: TaskHandlerOptions) => {
  const { db, clock, agents, creation, reports, tracing } = options
  const router = createRouter()
  const explainWait = createExplainWait(options)

  const namesFor = (tenantId: TenantId, tasks: readonly TaskRecord[]) =>
    agents.namesOf(
      tenantId,
      tasks.flatMap((task) => task.agentId ?? task.assignedAgentId ?? []),
    )
  const shown = async (task: TaskRecord): Promise<Task> =>
    taskView(
      task,
      await namesFor(task.tenantId, [task]),
      clock.now(),
      await explainWait.whole(task),
    )
  const shownAtOnce = async (task: TaskRecord): Promise<Task> =>
    taskView(
      task,
      await namesFor(task.tenantId, [task]),
      clock.now(),
      await explainWait.atOnce(task),
    )
  /** With the workflows of their runs, where these may matter. */
  const resourcesOf = async (
    principal: Principal,
    action: 'task.read' | 'task.cancel',
    tasks: readonly TaskRecord[],
  ) => {
    const runIds = decidesByObject(principal, action)
      ? tasks.flatMap((task) => task.runId ?? [])
      : []
    const workflows = await workflowsOfRuns(
      db.ofTenant(principal.tenantId),
      principal.tenantId,
      runIds,
    )
    return tasks.map((task) => taskResource(task, workflows))
  }
  /** Null where there is nothing to wait for: this stands in the way of every task. */
  const authoriseNew = (principal: Principal, requests: readonly ParsedCreateTask[]) => {
    const decided = requests.map((request) =>
      authoriseOn(principal, 'task.create', async () =>
        newTaskResource(request, await targetOf(principal, request)),
      ),
    )
    return decided.some((one) => one !== null) ? Promise.all(decided) : null
  }
  /** Whoever makes the task says it where there is no such agent. */
  const targetOf = (principal: Principal, { agent_id }: ParsedCreateTask) =>
    agent_id === undefined
      ? null
      : agents.resolve(principal.tenantId, agent_id).catch((error: unknown) => {
          if (isAppError(error, 'agent.not_found')) return null
          throw error
        })
  const readable = async (principal: Principal, id: TaskRecord['id']): Promise<TaskRecord> => {
    authoriseSome(principal, 'task.read')
    const task = await reports.read(principal.tenantId, id)
    const [resource = taskResource(task)] = await resourcesOf(principal, 'task.read', [task])
    authorise(principal, 'task.read', resource, taskNotFound)
    return task
  }
  /** The agent that a report speaks for: an agent speaks for itself only. */
  const reporter = async (principal: Principal, reference: string): Promise<AgentRecord> => {
    authoriseSome(principal, 'task.report')
    const agent = await agents.resolve(principal.tenantId, reference)
    authorise(principal, 'task.report', agentResource(agent))
    await agents.presence.seen(agent)
    return agent
  }
  const agentIdOf = async (tenantId: TenantId, reference: string | undefined) =>
    reference === undefined ? null : (await agents.resolve(tenantId, reference)).id

  router.openapi(routes.createTask, async (context) => {
    const principal = context.get('principal')
    const request = context.req.valid('json')
    const deciding = authoriseNew(principal, [request])
    if (deciding !== null) await deciding
    return tracing.span('task.create', {}, async () => {
      const { task, isReplay } = await creation.create(principal, request)
      if (isReplay) context.header('idempotent-replayed', 'true')
      return context.json(await shownAtOnce(task), 201)
    })
  })

  router.openapi(routes.createTaskBatch, async (context) => {
    const principal = context.get('principal')
    const { tasks } = context.req.valid('json')
    const deciding = authoriseNew(principal, tasks)
    if (deciding !== null) await deciding
    return tracing.span('task.create_batch', {}, async () => {
      const created = await creation.createBatch(principal, tasks)
      const names = await namesFor(
        principal.tenantId,
        created.map(({ task }) => task),
      )
      const items = created.map(({ task }) => taskView(task, names, clock.now()))
      return context.json({ items }, 201)
    })
  })

  router.openapi(routes.countTasks, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'system.read')
    const since = new Date(clock.now().getTime() - DAY_MS)
    const finished = await tenantTotalsSince(
      db.ofTenant(principal.tenantId),
      principal.tenantId,
      since,
    )
    const unfinished = await store.countUnfinished(
      db.ofTenant(principal.tenantId),
      principal.tenantId,
    )
    return context.json(
      {
        ...unfinished,
        done_last_day: finished.completed,
        failed_attempts_last_day: finished.failed,
      },
      200,
    )
  })

  router.openapi(routes.listTasks, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'task.read')
    const { agent_id, cursor, ...filter } = context.req.valid('query')
    const ownAgent = principal.role === 'agent' ? principal.id : agent_id
    const agentId = await agentIdOf(principal.tenantId, ownAgent)
    const { items, next } = await permittedPage(principal, 'task.read', {
      limit: filter.limit,
      after: decodeCursor(cursor, ['time', 'uuid']),
      fetch: (after) =>
        store.listTasks(db.ofTenant(principal.tenantId), principal.tenantId, {
          ...filter,
          agentId,
          after,
        }),
      placeOf: (task) => {
        const sortedAt = filter.sort_by === 'updated_at' ? task.updatedAt : task.createdAt
        return [sortedAt.toISOString(), task.id] as const
      },
      resourcesOf: (tasks) => resourcesOf(principal, 'task.read', tasks),
    })
    const names = await namesFor(principal.tenantId, items)
    return context.json(
      {
        items: items.map((task) => taskSummaryView(task, names, clock.now())),
        next_cursor: next && encodeCursor(next),
      },
      200,
    )
  })

  router.openapi(routes.listResults, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'system.read')
    const { agent_id, limit, offset } = context.req.valid('query')
    const agentId = await agentIdOf(principal.tenantId, agent_id)
    const found = await store.listExecutions(db.ofTenant(principal.tenantId), principal.tenantId, {
      agentId,
      limit,
      offset,
    })
    const results = found.flatMap((attempt) =>
      attempt.execution === null ? [] : [executionView(attempt, attempt.execution)],
    )
    return context.json({ results, count: results.length, limit, offset }, 200)
  })

  router.openapi(routes.executeTask, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'task.execute')
    const { agent_id, input, timeout_seconds } = context.req.valid('json')
    const agent = await agents.resolve(principal.tenantId, agent_id)
    authorise(principal, 'task.execute', agentResource(agent), agentNotFound)
    const result = await tracing.span('task.execute_directly', {}, () =>
      options.execute(principal, {
        agent,
        input: input ?? null,
        timeoutMs: timeout_seconds === undefined ? null : timeout_seconds * 1_000,
        signal: context.req.raw.signal,
      }),
    )
    return context.json(result, 200)
  })

  router.openapi(routes.readTask, async (context) => {
    const task = await readable(context.get('principal'), context.req.valid('param').id)
    return context.json(await shown(task), 200)
  })

  router.openapi(routes.updateTaskStatus, async (context) => {
    const body = context.req.valid('json')
    const taskId = context.req.valid('param').id
    const agent = await reporter(context.get('principal'), body.agent_id)
    const leaseMs = leaseMsOf(body.lease_seconds)
    if (body.new_status === 'IN_PROGRESS') {
      if (body.attempt_token !== undefined || body.result !== undefined || body.cost !== undefined)
        throw invalidField('new_status', 'IN_PROGRESS takes no attempt_token, result or cost')
      const task = await reports.claim({ taskId, agent, leaseMs })
      return context.json(await claimedView(task), 200)
    }
    if (body.new_status === 'TODO') {
      const { attempt_token: token, cost = null } = body
      if (token === undefined)
        throw invalidField('attempt_token', 'TODO takes the token of the claim')
      if (body.result !== undefined || body.lease_seconds !== undefined)
        throw invalidField('new_status', 'TODO takes no result or lease_seconds')
      const report = { taskId, agent, token, retryAfterMs: null, cost }
      return context.json(await claimedView(await reports.handBack(report)), 200)
    }
    const task = await reports.complete(
      {
        taskId,
        agent,
        token: body.attempt_token ?? null,
        result: body.result ?? null,
        cost: body.cost ?? null,
      },
      leaseMs,
    )
    return context.json(await claimedView(task), 200)
  })
  const leaseMsOf = (seconds: number | undefined) =>
    seconds === undefined ? options.leaseMs : seconds * 1_000
  const claimedView = async (task: TaskRecord): Promise<ClaimedTask> => ({
    ...(await shown(task)),
    ...(task.attemptToken === null ? {} : { attempt_token: task.attemptToken }),
  })

  router.openapi(routes.reportFailure, async (context) => {
    const body = context.req.valid('json')
    const agent = await reporter(context.get('principal'), body.agent_id)
    const task = await reports.fail({
      taskId: context.req.valid('param').id,
      agent,
      token: body.attempt_token ?? null,
      category: body.category,
      error: body.error_message,
      retryAfterMs:
        body.retry_after_seconds === undefined
          ? null
          : body.retry_after_seconds * RETRY_AFTER_MS_PER_SECOND,
      cost: body.cost ?? null,
    })
    return context.json(await shown(task), 200)
  })

  const reportOf = async (
    principal: Principal,
    taskId: TaskRecord['id'],
    body: { agent_id: string; attempt_token?: AttemptToken },
  ) => {
    const agent = await reporter(principal, body.agent_id)
    const token = body.attempt_token ?? null
    return { taskId, tenantId: principal.tenantId, agentId: agent.id, agent, token }
  }

  router.openapi(routes.heartbeat, async (context) => {
    const body = context.req.valid('json')
    const report = await reportOf(context.get('principal'), context.req.valid('param').id, body)
    const expiresAt = await reports.heartbeat({ ...report, leaseMs: leaseMsOf(body.lease_seconds) })
    return context.json({ lease_expires_at: expiresAt.toISOString() }, 200)
  })

  router.openapi(routes.reportProgress, async (context) => {
    const body = context.req.valid('json')
    const report = await reportOf(context.get('principal'), context.req.valid('param').id, body)
    const { fraction = null, message = null } = body
    return context.json(await shown(await reports.progress({ ...report, fraction, message })), 200)
  })

  router.openapi(routes.cancelTask, async (context) => {
    const principal = context.get('principal')
    const body: { reason?: string } = context.req.valid('json') ?? {}
    const taskId = context.req.valid('param').id
    const find = async () => {
      const found = await reports.read(principal.tenantId, taskId)
      const [resource = taskResource(found)] = await resourcesOf(principal, 'task.cancel', [found])
      return resource
    }
    await authoriseOn(principal, 'task.cancel', find, taskNotFound)
    const task = await reports.cancel(principal.tenantId, taskId, body.reason ?? null)
    return context.json(await shown(task), 200)
  })

  router.openapi(routes.listAttempts, async (context) => {
    const task = await readable(context.get('principal'), context.req.valid('param').id)
    const attempts = await store.attemptsOf(db.ofTenant(task.tenantId), task.tenantId, task.id)
    const names = await agents.namesOf(
      task.tenantId,
      attempts.map((attempt) => attempt.agentId),
    )
    const items = attempts.map((attempt) => attemptView(attempt, names))
    return context.json({ items, next_cursor: null }, 200)
  })

  router.openapi(routes.listEvents, async (context) => {
    const task = await readable(context.get('principal'), context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const after = cursor === undefined ? EVENT_START : parseCursor(cursor)
    if (after === null) throw invalidField('cursor', 'is not a cursor of this list')
    const subject = { tenantId: task.tenantId, subjectId: task.id, after, limit: limit + 1 }
    const events = (await eventsOfSubject(db.ofTenant(task.tenantId), subject)).map(
      ({ event }) => event,
    )
    const items = events.slice(0, limit)
    const next_cursor = events.length > limit ? (items.at(-1)?.id ?? null) : null
    return context.json({ items, next_cursor }, 200)
  })

  router.openapi(routes.readResult, async (context) => {
    const task = await readable(context.get('principal'), context.req.valid('param').id)
    const attempt = await store.latestExecution(db.ofTenant(task.tenantId), task.tenantId, task.id)
    if (attempt === null || attempt.execution === null) throw resultNotFound()
    return context.json(executionView(attempt, attempt.execution), 200)
  })
  return router
}
