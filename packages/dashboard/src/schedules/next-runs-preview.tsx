import type { PreviewSchedule, Schedule } from '@cadre/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { areTimesOf, type Times } from './schedule-draft.ts'
import { formatInZone, otherClock, OWN_ZONE } from './zone-time.ts'

const TYPING_MS = 250

/** The next five starts as the server counts them, while the times are being written. */
export const NextRunsPreview = ({
  times,
  schedule,
}: {
  times: Times | null
  schedule: Schedule | undefined
}) => {
  const asked = useRested(times === null ? null : JSON.stringify(times))
  const preview = useQuery({
    queryKey: ['schedule-preview', schedule?.id, asked],
    queryFn: () => nextRuns(JSON.parse(asked ?? '') as Times, schedule),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  })
  const zone = times?.cron === undefined ? undefined : times.time_zone
  return (
    <section
      aria-label="Next starts"
      aria-live="polite"
      className="min-h-35 rounded-lg border border-line bg-sunken p-3 text-xs"
    >
      <h3 className="mb-1.5 font-medium text-muted">Next starts</h3>
      {asked === null && <p className="text-faint">They show here once the times are filled in.</p>}
      {asked !== null && preview.isPending && <Skeleton className="h-22" />}
      {asked !== null && preview.isError && <p className="text-bad">{messageOf(preview.error)}</p>}
      {asked !== null && preview.isSuccess && (
        <ol className="grid gap-0.5 tabular-nums">
          {preview.data.map((run) => (
            <li key={run} className="flex flex-wrap justify-between gap-x-4">
              <time dateTime={run}>{formatInZone(run, OWN_ZONE)}</time>
              {zone !== undefined && <span className="text-faint">{otherClock(run, zone)}</span>}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

/** An interval that is going on keeps its step; anything else is counted from now on. */
const nextRuns = async (times: Times, schedule: Schedule | undefined): Promise<string[]> => {
  if (schedule !== undefined && !schedule.is_paused && areTimesOf(schedule, times))
    return (await api.schedules.get(schedule.id)).next_runs
  const { starts_at, ends_at } = schedule ?? {}
  const bounds: Partial<PreviewSchedule> = {
    ...(starts_at ? { starts_at } : {}),
    ...(ends_at ? { ends_at } : {}),
  }
  return (await api.schedules.preview({ ...times, ...bounds })).next_runs
}

/** The value once it has not changed for a moment. */
const useRested = <Value,>(value: Value): Value => {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), TYPING_MS)
    return () => clearTimeout(timer)
  }, [value])
  return rested
}
