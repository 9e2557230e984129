import type { TaskId } from '@cadre/contract'
import type { Db } from '#platform/db/db.ts'
import { createGroupCommit } from '#platform/db/group-commit.ts'
import { findWaiting } from './task-query-store.ts'

/** Tells whether a task still waits; whoever asks at the same time shares one query. */
export type WaitingCheck = (taskId: TaskId) => Promise<boolean>

export const createWaitingCheck = (db: Db): WaitingCheck =>
  createGroupCommit<TaskId, boolean>({
    name: 'tasks.offer',
    itemsMax: 500,
    flushesMax: 2,
    waitingMax: 100_000,
    flush: async (ids) => {
      const waiting = await findWaiting(db, ids)
      return ids.map((id) => waiting.has(id))
    },
  })
