import type { RunId, TaskId } from '@cadre/contract'
import type { Transactions, Tx } from '#platform/db/db.ts'

// A task may be a step of a run, which goes on in the transaction that ends the task. What ends
// tasks knows no more of runs than this port.

/** Moves some runs on, within one transaction. */
export interface RunMoves {
  /** Locks the runs: issued before any of their tasks is locked, so that nothing deadlocks. */
  lock(tx: Tx): Promise<void>
  /**
   * Releases what comes next, or closes the runs. Issued behind what ends the tasks.
   * @param taskIds tasks of these runs; those that have not ended are left as they are
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
  /** A promise where the statements are issued and not answered yet. */
  answer: Answer | Promise<Answer>
  /** What has ended, or may have. */
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
    // Nobody waits for what the next statement does not need: they go out together.
    const locking = moves.lock(tx)
    locking.catch(() => {})
    const { answer: answering, ended } = await work(tx)
    const moving = ended.length > 0 ? moves.tasksEnded(tx, ended) : null
    const [done] = await Promise.all([answering, locking, moving])
    return done
  })
  moves.committed()
  return answer
}
