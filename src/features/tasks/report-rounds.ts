import type { TaskId } from '@cadre/contract'
import type { Db, Queryable } from '#platform/db/db.ts'

/**
 * Splits a group of reports so that no round holds two on one task: within one statement only
 * one of them could count, and which one it was would be unknown.
 */
export const inRounds = <Report extends { taskId: TaskId }>(
  group: readonly Report[],
): Report[][] => {
  const rounds: Report[][] = []
  const seen = new Map<TaskId, number>()
  for (const report of group) {
    const index = seen.get(report.taskId) ?? 0
    seen.set(report.taskId, index + 1)
    const round = rounds[index]
    if (round === undefined) rounds.push([report])
    else round.push(report)
  }
  return rounds
}

/** Runs the rounds one after the other and answers every report with what its own round gave. */
export const eachInOwnRound = async <Report extends { taskId: TaskId }, Answer>(
  group: readonly Report[],
  write: (round: Report[]) => Promise<ReadonlyMap<TaskId, Answer>>,
): Promise<(Answer | null)[]> => {
  const answers = new Map<Report, Answer | null>()
  for (const round of inRounds(group)) {
    const written = await write(round)
    for (const report of round) answers.set(report, written.get(report.taskId) ?? null)
  }
  return group.map((report) => answers.get(report) ?? null)
}

/**
 * Writes a group of reports. More than one round shares a transaction: a group that failed is
 * tried again, and what an earlier round had written would then look stale.
 */
export const writeRounds = <Report extends { taskId: TaskId }, Answer>(
  db: Db,
  group: readonly Report[],
  write: (on: Queryable, round: Report[]) => Promise<ReadonlyMap<TaskId, Answer>>,
): Promise<(Answer | null)[]> => {
  const isOneRound = new Set(group.map(({ taskId }) => taskId)).size === group.length
  return isOneRound
    ? eachInOwnRound(group, (round) => write(db, round))
    : db.transaction((tx) => eachInOwnRound(group, (round) => write(tx, round)))
}
