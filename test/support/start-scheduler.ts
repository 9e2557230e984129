import {
  createScheduler,
  type Scheduler,
  type SchedulerOptions,
} from '#features/tasks/scheduler.ts'
import { createTaskPublisher } from '#features/tasks/task-publisher.ts'
import type { Broker } from '#platform/broker/broker.ts'
import type { Engine } from './engine.ts'

type Settings = Partial<Omit<SchedulerOptions, 'publisher' | 'onFault'>>

export interface SchedulerStart extends Settings {
  engine: Engine
  /** What takes the messages. */
  broker: Pick<Broker, 'publish'>
  onFault: SchedulerOptions['onFault']
}

/** A scheduler of the engine's tasks, alone on its database, until it is closed. */
export const startScheduler = ({
  engine,
  broker,
  ...wanted
}: SchedulerStart): Promise<Scheduler> => {
  const { ids, metrics } = engine
  const options = {
    db: engine.db,
    clock: engine.clock,
    batchMax: 100,
    windowPerQueue: 100,
    redeliverSeconds: 300,
    sweepSeconds: 60,
    candidate: null,
    ...wanted,
  }
  const { db, clock, sweepSeconds: retrySeconds } = options
  const publisher = createTaskPublisher({ db, clock, ids, broker, metrics, retrySeconds })
  return createScheduler({ ...options, publisher })
}
