import type { TaskId, TenantId } from '@cadre/contract'
import { permittedOnes } from '#features/access/index.ts'
import type { AgentService } from '#features/agents/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import {
  dispatchOf,
  findTask,
  purgeQuarantined,
  redriveQuarantined,
  taskNotFound,
  taskResource,
  type Actor,
  type TaskRecord,
} from '#features/tasks/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { agentIsGone, notInInbox, notQuarantined } from './quarantine-errors.ts'
import {
  countInbox,
  findInInbox,
  listInbox,
  type InboxFilter,
  type InboxPlace,
  type QuarantinedRecord,
} from './quarantine-store.ts'

/** Tasks of one transaction: what others may have to wait for, where statements take turns. */
const BATCH_TASKS = 500
const BATCH_TASKS_IN_TURN = 100

export interface QuarantineServiceOptions {
  db: Db
  clock: Clock
  agents: AgentService
  /** Tasks of one call on many at the most. */
  callTasksMax: number
}

export interface RedriveOptions {
  resetsRetries: boolean
  /** JSON that replaces the input; null leaves it as it is. */
  inputText: string | null
}

/** Goes through the inbox from the oldest task on. */
export interface Walk {
  filter: InboxFilter
  /** Tasks quarantined later are left alone, so that what fails again is not met twice. */
  until: Date
  behind: InboxPlace | null
}

export interface WalkOutcome {
  matched: number
  changed: number
  /** Where to go on; null when the walk is over. */
  next: InboxPlace | null
}

export type QuarantineService = ReturnType<typeof createQuarantineService>

/** What people do with tasks that need one. */
export const createQuarantineService = (options: QuarantineServiceOptions) => {
  const { db, clock, agents } = options
  const batchTasks = db.writersMax === 1 ? BATCH_TASKS_IN_TURN : BATCH_TASKS

  const note = async (
    tx: Tx,
    action: string,
    { tenantId, taskIds, values }: { tenantId: TenantId; taskIds: TaskId[]; values: object },
  ): Promise<void> => {
    const [first] = taskIds
    if (first === undefined) return
    await recordWithin(tx, {
      tenantId,
      at: clock.now(),
      action,
      resource: { kind: 'task', id: taskIds.length === 1 ? first : null },
      after: { tasks: taskIds.length, task_ids: taskIds, ...values },
    })
  }
  const redrive = (
    principal: Principal,
    tasks: readonly TaskRecord[],
    { resetsRetries, inputText }: RedriveOptions,
  ): Promise<TaskId[]> =>
    db.ofTenant(principal.tenantId).transaction(async (tx) => {
      const present = await agents.present(
        tx,
        tasks.flatMap((task) => task.agentId ?? []),
      )
      const redrives = tasks.flatMap((task) => {
        const agent = task.agentId === null ? null : present.get(task.agentId)
        return agent === undefined ? [] : [{ task, ...dispatchOf(task, agent) }]
      })
      if (redrives.length === 0) return []
      const { tenantId } = principal
      const how = { resetsRetries, inputText }
      const decision = { tenantId, actor: actorOf(principal), now: clock.now(), ...how }
      const redriven = await redriveQuarantined(tx, { ...decision, redrives })
      const values = { resets_retries: resetsRetries, has_new_input: inputText !== null }
      await note(tx, 'quarantine.redrive', { tenantId, taskIds: redriven, values })
      return redriven
    })
  const purge = (principal: Principal, taskIds: readonly TaskId[], reason: string | null) =>
    db.ofTenant(principal.tenantId).transaction(async (tx) => {
      const { tenantId } = principal
      const decision = { tenantId, actor: actorOf(principal), now: clock.now(), reason }
      const purged = await purgeQuarantined(tx, { ...decision, taskIds })
      await note(tx, 'quarantine.purge', { tenantId, taskIds: purged, values: { reason } })
      return purged
    })
  const walk = async (
    tenantId: TenantId,
    { filter, until, behind }: Walk,
    change: (tasks: readonly TaskRecord[]) => Promise<readonly TaskId[]>,
  ): Promise<WalkOutcome> => {
    const outcome: WalkOutcome = { matched: 0, changed: 0, next: behind }
    while (outcome.matched < options.callTasksMax) {
      const limit = Math.min(batchTasks, options.callTasksMax - outcome.matched)
      const found = await listInbox(db.ofTenant(tenantId), tenantId, {
        filter: { ...filter, until },
        order: 'oldest',
        behind: outcome.next,
        limit,
      })
      outcome.matched += found.length
      if (found.length > 0) outcome.changed += (await change(found.map(({ task }) => task))).length
      outcome.next = placeOf(found.at(-1))
      if (found.length < limit) return { ...outcome, next: null }
    }
    return outcome
  }
  const present = async (tenantId: TenantId, taskId: TaskId): Promise<TaskRecord> => {
    const task = await findTask(db.ofTenant(tenantId), tenantId, taskId)
    if (task === null) throw taskNotFound()
    return task
  }

  return {
    /** @throws AppError 404 for no task of this tenant, or none in quarantine */
    read: async (tenantId: TenantId, taskId: TaskId): Promise<QuarantinedRecord> => {
      const task = await present(tenantId, taskId)
      const place = await findInInbox(db.ofTenant(tenantId), tenantId, taskId)
      if (place === null) throw notInInbox()
      return { task, ...place }
    },

    /** @throws AppError 404, or 409 when it is not in quarantine (any more) or its agent is gone */
    redriveOne: async (
      principal: Principal,
      taskId: TaskId,
      how: RedriveOptions,
    ): Promise<TaskRecord> => {
      const task = await present(principal.tenantId, taskId)
      const [redriven] = await redrive(principal, [task], how)
      const after = await present(principal.tenantId, taskId)
      if (redriven !== undefined) return after
      throw after.status === 'QUARANTINED' ? agentIsGone() : notQuarantined(after.status)
    },

    /** @throws AppError 404, or 409 when it is not in quarantine (any more) */
    purgeOne: async (
      principal: Principal,
      taskId: TaskId,
      reason: string | null,
    ): Promise<TaskRecord> => {
      await present(principal.tenantId, taskId)
      const [purged] = await purge(principal, [taskId], reason)
      const after = await present(principal.tenantId, taskId)
      if (purged === undefined) throw notQuarantined(after.status)
      return after
    },

    count: (tenantId: TenantId, { filter, until }: Walk) =>
      countInbox(db.ofTenant(tenantId), tenantId, { ...filter, until }),

    /**
     * In transactions of a few hundred tasks, of those that the principal may touch. Each task
     * is redriven once, whoever else does so.
     */
    redriveMany: (principal: Principal, steps: Walk, resetsRetries: boolean) =>
      walk(principal.tenantId, steps, (tasks) =>
        redrive(principal, permittedOnes(principal, 'quarantine.redrive', tasks, taskResource), {
          resetsRetries,
          inputText: null,
        }),
      ),

    purgeMany: (principal: Principal, steps: Walk, reason: string | null) =>
      walk(principal.tenantId, steps, (tasks) =>
        purge(
          principal,
          permittedOnes(principal, 'quarantine.purge', tasks, taskResource).map((task) => task.id),
          reason,
        ),
      ),
  }
}

const actorOf = (principal: Principal): Actor => ({ id: principal.id, name: principal.name })

const placeOf = (record: QuarantinedRecord | undefined): InboxPlace | null =>
  record === undefined ? null : { at: record.quarantinedAt.toISOString(), taskId: record.task.id }
