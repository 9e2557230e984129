import type { RunId } from '@cadre/contract'
import { noteSchedules, type PreparedStarts, type RunMover } from '#features/runs/index.ts'
import type { Tx } from '#platform/db/db.ts'
import type { ScheduleRun } from './schedule.ts'
import type { WorkMakers } from './schedule-work.ts'

/** What it takes to begin runs of workflows in the transaction in which they are noted. */
export interface ScheduledStarts extends WorkMakers {
  mover: Pick<RunMover, 'prepareStarts'>
}

/**
 * Begins the runs of workflows that were decided on, and notes which schedule they belong to.
 * Answers those that began: one that began before, for the same instant, does not again.
 */
export const beginScheduled = async (
  tx: Tx,
  starts: PreparedStarts,
  planned: readonly Pick<ScheduleRun, 'scheduleId' | 'runId'>[],
): Promise<ReadonlySet<RunId>> => {
  const decided = planned.flatMap(({ scheduleId, runId }) =>
    runId === null ? [] : [{ scheduleId, runId }],
  )
  const wanted = new Set(decided.map(({ runId }) => runId))
  const begun = await starts.within(tx, (runId) => wanted.has(runId))
  await noteSchedules(
    tx,
    decided.filter(({ runId }) => begun.has(runId)),
  )
  return begun
}
