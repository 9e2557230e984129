import {
  QUARANTINE_SAMPLE_MAX,
  type AgentId,
  type BulkAnswer,
  type QuarantineFilter,
  type TaskStatus,
  type TenantId,
} from '@cadre/contract'
import {
  authorise,
  authoriseOn,
  authoriseSome,
  decidesByObject,
  permittedOnes,
  permittedPage,
  workflowsOfRuns,
  type Action,
} from '#features/access/index.ts'
import type { AgentService } from '#features/agents/index.ts'
import {
  attemptsOf,
  attemptView,
  createExplainWait,
  findTask,
  taskNotFound,
  taskResource,
  taskView,
  type TaskRecord,
} from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import type { DeadLetterService } from './dead-letter-service.ts'
import { deadLetterResource } from './dead-letter-resource.ts'
import { deadLetterNotFound, groupNotFound } from './quarantine-errors.ts'
import * as routes from './quarantine-routes.ts'
import type { QuarantineService, Walk, WalkOutcome } from './quarantine-service.ts'
import * as store from './quarantine-store.ts'
import { deadLetterView, groupView, quarantinedView } from './quarantine-view.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface QuarantineHandlerOptions {
  db: Db
  suspended: SuspendedTenants
  clock: Clock
  agents: AgentService
  quarantine: QuarantineService
  deadLetters: DeadLetterService
}

export const quarantineRoutes = (options: QuarantineHandlerOptions) => {
  const { db, clock, agents, quarantine, deadLetters } = options
  const router = createRouter()
  const explainWait = createExplainWait(options)

  /** Tasks of a deleted agent stay in the inbox, so its id goes on to mean something here. */
  const agentIdOf = async (tenantId: TenantId, reference: string): Promise<AgentId> => {
    try {
      return (await agents.resolve(tenantId, reference)).id
    } catch (error) {
      if (isAppError(error, 'agent.not_found') && UUID.test(reference))
        return reference.toLowerCase() as AgentId
      throw error
    }
  }
  const filterOf = async (
    tenantId: TenantId,
    asked: Omit<QuarantineFilter, 'all'>,
  ): Promise<store.InboxFilter> => ({
    ids: asked.ids as store.InboxFilter['ids'],
    agentId: asked.agent_id === undefined ? undefined : await agentIdOf(tenantId, asked.agent_id),
    category: asked.category,
    fingerprint: asked.fingerprint,
    text: asked.q,
    after: momentOf(asked.quarantined_after),
    before: momentOf(asked.quarantined_before),
  })
  const namesFor = (tenantId: TenantId, tasks: readonly TaskRecord[]) =>
    agents.namesOf(
      tenantId,
      tasks.flatMap((task) => task.agentId ?? task.assignedAgentId ?? []),
    )
  const shown = async (task: TaskRecord) =>
    taskView(
      task,
      await namesFor(task.tenantId, [task]),
      clock.now(),
      await explainWait.atOnce(task),
    )
  const allShown = async (tenantId: TenantId, records: readonly store.QuarantinedRecord[]) => {
    const names = await namesFor(
      tenantId,
      records.map(({ task }) => task),
    )
    return records.map((record) => quarantinedView(record, names, clock.now()))
  }

  /** With the workflows of their runs, where these may matter. */
  const resourcesOf = async (principal: Principal, tasks: readonly TaskRecord[]) => {
    const isChosen = decidesByObject(principal, 'quarantine.read')
    const runIds = isChosen ? tasks.flatMap((task) => task.runId ?? []) : []
    const workflows = await workflowsOfRuns(
      db.ofTenant(principal.tenantId),
      principal.tenantId,
      runIds,
    )
    return tasks.map((task) => taskResource(task, workflows))
  }
  const authoriseTask = (principal: Principal, action: Action, id: TaskRecord['id']) =>
    authoriseOn(
      principal,
      action,
      async () => {
        const { task } = await quarantine.read(principal.tenantId, id)
        const runIds = task.runId === null ? [] : [task.runId]
        return taskResource(
          task,
          await workflowsOfRuns(db.ofTenant(principal.tenantId), principal.tenantId, runIds),
        )
      },
      taskNotFound,
    )

  router.openapi(routes.listGroups, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'quarantine.read')
    const { agent_id, category, q, limit, cursor } = context.req.valid('query')
    const groups = await store.listGroups(db.ofTenant(principal.tenantId), principal.tenantId, {
      fingerprint: null,
      agentId: agent_id === undefined ? null : await agentIdOf(principal.tenantId, agent_id),
      category: category ?? null,
      text: q ?? null,
      behind: decodeCursor(cursor, ['time', 'text']),
      limit: limit + 1,
    })
    const page = groups.slice(0, limit)
    const names = await agents.namesOf(
      principal.tenantId,
      page.flatMap((group) => group.agents.map(({ agentId }) => agentId)),
    )
    const last = groups.length > limit ? page.at(-1) : undefined
    const next_cursor = last
      ? encodeCursor([last.lastSeenAt.toISOString(), last.fingerprint])
      : null
    return context.json({ items: page.map((group) => groupView(group, names)), next_cursor }, 200)
  })

  router.openapi(routes.readGroup, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'quarantine.read')
    const [group] = await store.listGroups(db.ofTenant(principal.tenantId), principal.tenantId, {
      fingerprint: context.req.valid('param').fingerprint,
      agentId: null,
      category: null,
      text: null,
      behind: null,
      limit: 1,
    })
    if (group === undefined) throw groupNotFound()
    const names = await agents.namesOf(
      principal.tenantId,
      group.agents.map(({ agentId }) => agentId),
    )
    return context.json(groupView(group, names), 200)
  })

  router.openapi(routes.listTasks, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'quarantine.read')
    const { limit, cursor, ...asked } = context.req.valid('query')
    const filter = await filterOf(principal.tenantId, asked)
    const { items, next } = await permittedPage(principal, 'quarantine.read', {
      limit,
      after: decodeCursor(cursor, ['time', 'uuid']),
      fetch: (after) =>
        store.listInbox(db.ofTenant(principal.tenantId), principal.tenantId, {
          filter,
          order: 'newest',
          behind: after === null ? null : { at: after[0], taskId: after[1] },
          limit: limit + 1,
        }),
      placeOf: ({ task, quarantinedAt }) => [quarantinedAt.toISOString(), task.id] as const,
      resourcesOf: (found) =>
        resourcesOf(
          principal,
          found.map(({ task }) => task),
        ),
    })
    return context.json(
      { items: await allShown(principal.tenantId, items), next_cursor: next && encodeCursor(next) },
      200,
    )
  })

  router.openapi(routes.readTask, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'quarantine.read')
    const record = await quarantine.read(principal.tenantId, context.req.valid('param').id)
    const { task, fingerprint, quarantinedAt } = record
    const [resource = taskResource(task)] = await resourcesOf(principal, [task])
    authorise(principal, 'quarantine.read', resource, taskNotFound)
    const attempts = await attemptsOf(db.ofTenant(task.tenantId), task.tenantId, task.id)
    const names = await agents.namesOf(
      task.tenantId,
      attempts.map((attempt) => attempt.agentId),
    )
    return context.json(
      {
        ...(await shown(task)),
        fingerprint,
        quarantined_at: quarantinedAt.toISOString(),
        attempts: attempts.map((attempt) => attemptView(attempt, names)),
      },
      200,
    )
  })

  router.openapi(routes.redriveTask, async (context) => {
    const principal = context.get('principal')
    await authoriseTask(principal, 'quarantine.redrive', context.req.valid('param').id)
    const { input, reset_retries = true } = bodyOf(context.req.valid('json'))
    const task = await quarantine.redriveOne(principal, context.req.valid('param').id, {
      resetsRetries: reset_retries,
      inputText: input === undefined ? null : JSON.stringify(input),
    })
    return context.json(await shown(task), 200)
  })

  router.openapi(routes.purgeTask, async (context) => {
    const principal = context.get('principal')
    await authoriseTask(principal, 'quarantine.purge', context.req.valid('param').id)
    const { reason } = bodyOf(context.req.valid('json'))
    const taskId = context.req.valid('param').id
    return context.json(
      await shown(await quarantine.purgeOne(principal, taskId, reason ?? null)),
      200,
    )
  })

  const dryRun = async (principal: Principal, steps: Walk): Promise<BulkAnswer> => {
    const { tenantId } = principal
    const sample = await store.listInbox(db.ofTenant(tenantId), tenantId, {
      filter: { ...steps.filter, until: steps.until },
      order: 'oldest',
      behind: null,
      limit: QUARANTINE_SAMPLE_MAX,
    })
    return {
      dry_run: true,
      matched: await quarantine.count(tenantId, steps),
      changed: 0,
      skipped: 0,
      sample: await allShown(
        tenantId,
        permittedOnes(principal, 'quarantine.read', sample, ({ task }) => taskResource(task)),
      ),
      next_cursor: null,
    }
  }
  const walkOf = async (
    principal: Principal,
    body: { filter: QuarantineFilter; cursor?: string },
  ): Promise<Walk> => {
    const [until, at, taskId] = decodeCursor(body.cursor, ['time', 'time', 'uuid']) ?? []
    return {
      filter: await filterOf(principal.tenantId, body.filter),
      until: momentOf(until) ?? clock.now(),
      behind: at === undefined || taskId === undefined ? null : { at, taskId },
    }
  }

  router.openapi(routes.redriveTasks, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'quarantine.redrive')
    const body = context.req.valid('json')
    const steps = await walkOf(principal, body)
    if (body.dry_run) return context.json(await dryRun(principal, steps), 200)
    const outcome = await quarantine.redriveMany(principal, steps, body.reset_retries)
    return context.json(bulkView(steps, outcome), 200)
  })

  router.openapi(routes.purgeTasks, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'quarantine.purge')
    const body = context.req.valid('json')
    const steps = await walkOf(principal, body)
    if (body.dry_run) return context.json(await dryRun(principal, steps), 200)
    const outcome = await quarantine.purgeMany(principal, steps, body.reason ?? null)
    return context.json(bulkView(steps, outcome), 200)
  })

  router.openapi(routes.listDeadLetters, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'quarantine.read')
    const { limit, cursor, queue, q } = context.req.valid('query')
    const known = new Map<string, TaskStatus>()
    const { items, next } = await permittedPage(principal, 'quarantine.read', {
      limit,
      after: decodeCursor(cursor, ['time', 'number']),
      fetch: async (behind) => {
        const page = { queue: queue ?? null, text: q ?? null, behind, limit: limit + 1 }
        const { letters, statuses } = await deadLetters.list(principal.tenantId, page)
        for (const [id, status] of statuses) known.set(id, status)
        return letters
      },
      placeOf: ({ diedAt, seq }) => [diedAt.toISOString(), String(seq)] as const,
      resourcesOf: (found) => found.map(deadLetterResource),
    })
    return context.json(
      {
        items: items.map((letter) => deadLetterView(letter, known)),
        next_cursor: next && encodeCursor(next),
      },
      200,
    )
  })

  router.openapi(routes.redispatch, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    const find = async () => deadLetterResource(await deadLetters.read(principal.tenantId, id))
    await authoriseOn(principal, 'quarantine.redrive', find, deadLetterNotFound)
    const taskId = await deadLetters.redispatch(principal, id)
    const task = await findTask(db.ofTenant(principal.tenantId), principal.tenantId, taskId)
    if (task === null) throw taskNotFound()
    return context.json(await shown(task), 200)
  })

  router.openapi(routes.purgeDeadLetters, async (context) => {
    const principal = context.get('principal')
    const { queue, ids, dry_run } = context.req.valid('json')
    authorise(principal, 'quarantine.purge', deadLetterResource({ id: '', queue: queue ?? '' }))
    const matched = await deadLetters.count(principal.tenantId, { queue, ids })
    const purged = dry_run ? 0 : await deadLetters.purge(principal, { queue, ids })
    return context.json({ dry_run, matched, purged }, 200)
  })
  return router
}

const momentOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text)

/** A request may leave its body out. */
const bodyOf = <Body extends object>(body: Body): Partial<Body> => body ?? {}

const bulkView = (steps: Walk, { matched, changed, next }: WalkOutcome): BulkAnswer => ({
  dry_run: false,
  matched,
  changed,
  skipped: matched - changed,
  sample: [],
  next_cursor:
    next === null ? null : encodeCursor([steps.until.toISOString(), next.at, next.taskId]),
})
