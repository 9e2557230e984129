import type { TaskId, TenantId } from '@cadre/contract'
import { TaskId as TaskIdSchema } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import { readmit } from '#platform/outbox/outbox-store.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  countDeadLetters,
  deleteDeadLetter,
  deleteDeadLetters,
  findDeadLetter,
  listDeadLetters,
  lockDeadLetter,
  statusesOf,
  type DeadLetterPage,
  type DeadLetterRecord,
} from './dead-letter-store.ts'
import { deadLetterNotFound, taskNotWaiting } from './quarantine-errors.ts'

const BATCH_LETTERS = 1_000

export type DeadLetterService = ReturnType<typeof createDeadLetterService>

/** What people do with messages that could not be delivered. */
export const createDeadLetterService = (options: { db: Db; clock: Clock }) => {
  const { db, clock } = options

  return {
    list: async (tenantId: TenantId, page: DeadLetterPage) => {
      const letters = await listDeadLetters(db.ofTenant(tenantId), tenantId, page)
      const taskIds = letters.flatMap((letter) => taskIdOf(letter) ?? [])
      return { letters, statuses: await statusesOf(db.ofTenant(tenantId), tenantId, taskIds) }
    },

    /** @throws AppError 404 */
    read: async (tenantId: TenantId, letterId: string): Promise<DeadLetterRecord> => {
      const letter = await findDeadLetter(db.ofTenant(tenantId), tenantId, letterId)
      if (letter === null) throw deadLetterNotFound()
      return letter
    },

    /**
     * Has a waiting task's message sent anew, and forgets the dead one.
     * @returns the task
     * @throws AppError 404, or 409 when the task needs no message
     */
    redispatch: (principal: Principal, letterId: string): Promise<TaskId> =>
      db.ofTenant(principal.tenantId).transaction(async (tx) => {
        const { tenantId } = principal
        const letter = await lockDeadLetter(tx, tenantId, letterId)
        if (letter === null) throw deadLetterNotFound()
        const taskId = taskIdOf(letter)
        if (taskId === null) throw taskNotWaiting(null)
        const status = (await statusesOf(tx, tenantId, [taskId])).get(taskId) ?? null
        if (status !== 'TODO') throw taskNotWaiting(status)
        const [sent] = await readmit(tx, [taskId], clock.now())
        if (sent === undefined) throw taskNotWaiting('IN_PROGRESS')
        await deleteDeadLetter(tx, letter)
        await appendEvents(tx, [
          {
            tenantId,
            type: 'dead_letter.redispatched',
            subjectId: letter.id,
            at: clock.now(),
            data: { task_id: taskId, queue: letter.queue, ...actorOf(principal) },
          },
        ])
        await recordWithin(tx, {
          tenantId,
          at: clock.now(),
          action: 'dead_letter.redispatch',
          resource: { kind: 'dead_letter', id: letter.id },
          after: { task_id: taskId, queue: letter.queue },
        })
        return taskId
      }),

    count: (tenantId: TenantId, filter: { queue?: string; ids?: readonly string[] }) =>
      countDeadLetters(db.ofTenant(tenantId), tenantId, { ...filter, until: clock.now() }),

    /** In transactions of a thousand; answers how many went. */
    purge: async (
      principal: Principal,
      filter: { queue?: string; ids?: readonly string[] },
    ): Promise<number> => {
      const bounded = { ...filter, until: clock.now() }
      const { tenantId } = principal
      const purgeBatch = () =>
        db.ofTenant(tenantId).transaction(async (tx) => {
          const gone = await deleteDeadLetters(tx, tenantId, bounded, BATCH_LETTERS)
          if (gone === 0) return gone
          const at = clock.now()
          await appendEvents(tx, [
            {
              tenantId,
              type: 'dead_letter.purged',
              subjectId: tenantId,
              at,
              data: { queue: filter.queue, tasks: gone, ...actorOf(principal) },
            },
          ])
          await recordWithin(tx, {
            tenantId,
            at,
            action: 'dead_letter.purge',
            resource: { kind: 'queue', name: filter.queue ?? null },
            after: { letters: gone },
          })
          return gone
        })
      let purged = 0
      for (let step = BATCH_LETTERS; step === BATCH_LETTERS; purged += step)
        step = await purgeBatch()
      return purged
    },
  }
}

/** Null where the headers name none: a poison message may carry anything. */
export const taskIdOf = (letter: Pick<DeadLetterRecord, 'headers'>): TaskId | null => {
  const parsed = TaskIdSchema.safeParse(letter.headers['task_id'])
  return parsed.success ? parsed.data : null
}

const actorOf = (principal: Principal) => ({ actor_id: principal.id, actor_name: principal.name })
