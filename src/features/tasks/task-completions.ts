import type { RunId, TaskId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { eachInOwnRound, writeRounds } from './report-rounds.ts'
import { runsOfTasks } from './run-task-store.ts'
import { endTasks, type TaskOwner } from './task-owner.ts'
import { completeHeld, type Completion } from './task-store.ts'

export interface CompletionOptions {
  db: Db
  clock: Clock
  owner: TaskOwner
}

type Completed = { durationMs: number } | null

/** Tasks whose runs are remembered from their claims. What is forgotten is looked up. */
const REMEMBERED_MAX = 50_000

/**
 * Completes groups of tasks: ordinary ones in one statement, those of runs in one transaction that
 * moves their runs on. Tasks claimed through this process are known to be one or the other.
 */
export const createTaskCompletions = ({ db, clock, owner }: CompletionOptions) => {
  const remembered = new Map<TaskId, RunId>()

  const completeOrdinary = (group: readonly Completion[]): Promise<Completed[]> =>
    writeRounds(db, group, (on, round) => completeHeld(on, round, clock.now(), 'ordinary'))

  const completeOfRuns = (
    group: readonly Completion[],
    runIds: readonly RunId[],
  ): Promise<Completed[]> =>
    endTasks(db, { owner, runIds }, async (tx) => {
      const now = clock.now()
      const answer = eachInOwnRound(group, (round) => completeHeld(tx, round, now, 'of_runs'))
      const ended = [...new Set(group.map(taskIdOf))]
      // Of a second round nothing is issued before the first is answered.
      if (ended.length < group.length) await answer
      return { answer, ended }
    })

  const runsOf = async (group: readonly Completion[]): Promise<ReadonlyMap<TaskId, RunId>> => {
    const runs = new Map<TaskId, RunId>()
    for (const { taskId } of group) {
      const runId = remembered.get(taskId)
      if (runId !== undefined) runs.set(taskId, runId)
    }
    const forgotten = group.map(taskIdOf).filter((taskId) => !runs.has(taskId))
    const found = forgotten.length === 0 ? [] : await runsOfTasks(db, forgotten)
    for (const [taskId, runId] of found) runs.set(taskId, runId)
    return runs
  }
  const completeRest = async (group: readonly Completion[]): Promise<Completed[]> => {
    const runs = await runsOf(group)
    if (runs.size === 0) return group.map(() => null)
    const ofRuns = group.filter(({ taskId }) => runs.has(taskId))
    const answers = await completeOfRuns(ofRuns, [...new Set(runs.values())])
    return spread(group, ofRuns, answers)
  }

  return {
    /** Called at claims. */
    remember: (taskId: TaskId, runId: RunId | null): void => {
      if (runId === null) return
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      remembered.set(taskId, runId)
    },

    /** Null for reports that match no lease. */
    write: async (group: readonly Completion[]): Promise<Completed[]> => {
      const known = group.filter(({ taskId }) => remembered.has(taskId))
      const others = group.filter(({ taskId }) => !remembered.has(taskId))
      const answers = others.length === 0 ? [] : await completeOrdinary(others)
      const missed = others.filter((_, at) => answers[at] === null)
      const rest = [...known, ...missed]
      if (rest.length === 0) return answers
      const late = await completeRest(rest)
      for (const { taskId } of known) remembered.delete(taskId)
      const first = spread(group, others, answers)
      const second = spread(group, rest, late)
      return group.map((_, at) => first[at] ?? second[at] ?? null)
    },
  }
}

const taskIdOf = ({ taskId }: Completion): TaskId => taskId

/** The answers to some of a group at their places in it. */
const spread = (
  group: readonly Completion[],
  some: readonly Completion[],
  answers: readonly Completed[],
): Completed[] => {
  const byReport = new Map(some.map((report, at) => [report, answers[at] ?? null]))
  return group.map((report) => byReport.get(report) ?? null)
}
