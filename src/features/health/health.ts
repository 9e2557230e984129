import type { Health, HealthStatus } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'

/** Looks at one component. A rejection counts as unhealthy. */
export interface HealthCheck {
  name: string
  check: () => Promise<{ status: HealthStatus; detail: string }>
}

export interface HealthService {
  /** Every component, looked at now, and the worst of them as the whole. */
  deep(): Promise<Health>
  /** Ready for requests: started, and not stopping. */
  isReady(): boolean
  setReady(isReady: boolean): void
}

const CHECK_TIMEOUT_MS = 2_000
const WORST_FIRST = ['unhealthy', 'degraded', 'healthy'] as const satisfies HealthStatus[]

export const createHealthService = (options: {
  clock: Clock
  version: string
  checks: readonly HealthCheck[]
}): HealthService => {
  const startedAt = options.clock.now()
  let isReady = false

  const look = async ({ name, check }: HealthCheck) => {
    const begin = performance.now()
    const { status, detail } = await withTimeout(check()).catch((error: unknown) => ({
      status: 'unhealthy' as const,
      detail: error instanceof Error ? error.message : 'does not answer',
    }))
    return [
      name,
      { status, detail, latency_ms: Math.round((performance.now() - begin) * 1_000) / 1_000 },
    ] as const
  }
  return {
    deep: async () => {
      const components = Object.fromEntries(await Promise.all(options.checks.map(look)))
      const statuses = Object.values(components).map(({ status }) => status)
      return {
        status: WORST_FIRST.find((status) => statuses.includes(status)) ?? 'healthy',
        version: options.version,
        started_at: startedAt.toISOString(),
        uptime_seconds: (options.clock.now().getTime() - startedAt.getTime()) / 1_000,
        components,
      }
    },
    isReady: () => isReady,
    setReady: (value) => void (isReady = value),
  }
}

const withTimeout = async <Result>(work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 2 s')), CHECK_TIMEOUT_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
