import { api } from '../api/client.ts'
import { useLiveRefetch } from '../live/use-live-refetch.ts'
import { usePages } from '../ui/paged-list.ts'

export const WEBHOOKS = ['webhooks']
const REFETCH_MS_MIN = 1_000

/** Webhooks that start a workflow, in whichever version; fetched anew when one changes. */
export const useWebhooks = (workflow: string) => {
  useLiveRefetch(WEBHOOKS, {
    concerns: ({ type }) => type.startsWith('webhook.'),
    intervalMs: REFETCH_MS_MIN,
  })
  return usePages([...WEBHOOKS, workflow], (cursor) => api.webhooks.list({ workflow, cursor }))
}
