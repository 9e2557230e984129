import type { Config } from './config.ts'
import { createAgentInstances } from './features/agents/index.ts'
import { createDepartures, type Departures } from './features/tasks/index.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { createLifecycle } from './platform/lifecycle/lifecycle.ts'
import { createStartCounter } from './platform/outbox/start-counter.ts'

export interface LivenessOptions {
  db: Db
  clock: Clock
  lifecycle: ReturnType<typeof createLifecycle>
  onFault: (part: string) => (error: unknown) => void
  /** This process finds out which processes of agents fell silent. */
  isWatching: boolean
}

/** What people watch: how many tasks start in each queue, and which processes of agents are there. */
export const startLiveness = ({ db, clock, lifecycle, onFault, isWatching }: LivenessOptions) => {
  const starts = createStartCounter({ db, clock, onFault: onFault('start counter') })
  lifecycle.onStop('start counter', starts.close)
  const instances = createAgentInstances({ db, clock, onFault: onFault('agent instances') })
  if (isWatching) lifecycle.onStop('agent instances', instances.watchSilence())
  return { starts, instances }
}

type DepartureParts = Omit<Parameters<typeof createDepartures>[0], 'graceMs' | 'isStopping'> &
  Pick<LivenessOptions, 'lifecycle'>

/** What gives up the work of agents' processes that are gone. */
export const startDepartures = (config: Config, parts: DepartureParts): Departures => {
  const departures = createDepartures({
    ...parts,
    graceMs: config.CADRE_AGENT_GONE_SECONDS * 1_000,
    isStopping: () => parts.lifecycle.isStopping,
  })
  parts.lifecycle.onStop('departures', departures.close)
  return departures
}
