import {
  createScheduleFiring,
  createScheduleService,
  createScheduleSweep,
} from './features/schedules/index.ts'
import type { Config } from './config.ts'

type Parts = Omit<Parameters<typeof createScheduleSweep>[0], 'batchMax' | 'missedSeconds'> &
  Pick<Parameters<typeof createScheduleFiring>[0], 'suspended'> &
  Omit<Parameters<typeof createScheduleService>[0], 'intervalSecondsMin'>

/** The service behind the schedules' routes, and where it is wanted the loop that fires them. */
export const startSchedules = async (
  config: Config,
  { isFiring, ...parts }: Parts & { isFiring: boolean },
) => {
  const sweep = createScheduleSweep({
    ...parts,
    batchMax: config.CADRE_SCHEDULE_BATCH,
    missedSeconds: config.CADRE_SCHEDULE_MISSED_SECONDS,
  })
  return {
    schedules: createScheduleService({
      ...parts,
      intervalSecondsMin: config.CADRE_SCHEDULE_INTERVAL_SECONDS_MIN,
    }),
    firing: isFiring
      ? await createScheduleFiring({
          ...parts,
          sweep,
          sweepSeconds: config.CADRE_SCHEDULE_SWEEP_SECONDS,
        })
      : null,
  }
}
