import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { PERIOD_DEFAULT, PERIODS, type PerformanceChoice } from './performance-choice.ts'

const REFETCH_MS_MIN = 10_000
const HOUR_MS = 3_600_000

/** What the runs of the chosen time add up to; fetched anew as runs end. */
export const usePerformance = (name: string, { period, version }: PerformanceChoice) => {
  const queryKey = ['performance', name, period, version]
  useLiveRefetch(queryKey, {
    concerns: ({ type, data }) =>
      data.workflow_name === name && type.startsWith('run.') && data.duration_ms !== undefined,
    intervalMs: REFETCH_MS_MIN,
  })
  return useQuery({
    queryKey,
    queryFn: () => {
      const { hours, by } = PERIODS[period ?? PERIOD_DEFAULT]
      const since = new Date(Date.now() - hours * HOUR_MS).toISOString()
      return api.performance.read(name, { since, by, ...(version !== undefined && { version }) })
    },
    placeholderData: keepPreviousData,
  })
}

/** Two versions over as much time as they may have run in; nothing while one is missing. */
export const useComparison = (
  name: string,
  versions: { base: string | undefined; version: string | undefined },
) => {
  const { base, version } = versions
  return useQuery({
    queryKey: ['performance', name, 'compared', base, version],
    queryFn: () => api.performance.compare(name, { base: base ?? '', version: version ?? '' }),
    enabled: base !== undefined && version !== undefined,
    placeholderData: keepPreviousData,
  })
}
