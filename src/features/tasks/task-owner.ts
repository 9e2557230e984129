import type { RunId, TaskId } from '@cadre/contract'
import type { Transactions, Tx } from '#platform/db/db.ts'

// A task may be a step of a run, which goes on in the transaction that ends the task. What ends
// tasks knows no more of runs than this port.

/** Moves some runs on, within one transaction. */
export interface RunMoves {
  /** Locks the runs: before any of their tasks is locked, so that nothing deadlocks. */
  lock(tx: Tx): Promise<void>
  /**
   * Releases what comes next, or closes the runs.
   * @param taskIds tasks of these runs that are done, quarantined or cancelled since the lock
   */
  tasksEnded(tx: Tx, taskIds: readonly TaskId[]): Promise<void>
  /** To be called once the transaction is committed. */
  committed(): void
}

export interface TaskOwner {
  /** Looks up what these runs may need ahead of the transaction, which must not wait for it. */
  prepare(runIds: readonly RunId[]): Promise<RunMoves>
}

export interface EndingWork<Answer> {
  answer: Answer
  ended: readonly TaskId[]
}

/**
 * Runs a transaction that may end tasks, and moves the runs on whose steps they are. `work` may run
 * again, as in any transaction.
 */
export const endTasks = async <Answer>(
  db: Transactions,
  { owner, runIds }: { owner: TaskOwner; runIds: readonly RunId[] },
  work: (tx: Tx) => Promise<EndingWork<Answer>>,
): Promise<Answer> => {
  if (runIds.length === 0) return db.transaction(async (tx) => (await work(tx)).answer)
  const moves = await owner.prepare(runIds)
  const answer = await db.transaction(async (tx) => {
    await moves.lock(tx)
    const done = await work(tx)
    if (done.ended.length > 0) await moves.tasksEnded(tx, done.ended)
    return done.answer
  })
  moves.committed()
  return answer
}
