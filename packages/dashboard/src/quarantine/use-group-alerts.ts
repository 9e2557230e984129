import { useLiveEvents } from '../live/live-events.ts'
import { notify } from '../ui/toast.tsx'

const ERROR_LENGTH_MAX = 80

/** Says on every page when tasks fail in a way that is new to the inbox. */
export const useGroupAlerts = () =>
  useLiveEvents((batch) => {
    const opened = batch.filter((event) => event.type === 'quarantine.group_opened')
    const latest = opened.at(-1)
    if (latest === undefined) return
    const error = (latest.data.error ?? '').slice(0, ERROR_LENGTH_MAX)
    notify(
      opened.length === 1
        ? `New in quarantine: ${error}`
        : `${opened.length} new kinds of failures in quarantine`,
    )
  })
