import { CadreError } from '@cadre/contract'
import { QueryClient } from '@tanstack/react-query'

const RETRIES_MAX = 2

/** Only faults that may pass by themselves are tried again. */
const isPassing = (error: unknown) =>
  !(error instanceof CadreError) || error.status === 0 || error.status >= 500

/** Events keep what is shown fresh, so nothing is fetched again merely because time passed. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
      retryDelay: (failures) => 400 * 2 ** failures,
    },
  },
})
