import type { BrokerSite, RestartableServer } from './broker-site.ts'
import { openPostgresSite } from './postgres-site.ts'
import { openOwnRedisSite, openRedisSite } from './redis-site.ts'
import { openOwnRabbitMqSite, openRabbitMqSite } from './rabbitmq-site.ts'

export interface BrokerAdapter {
  name: string
  open: () => Promise<BrokerSite>
  /** A site whose server can be ended and started again with its data; null where it is none. */
  openRestartable: (() => Promise<BrokerSite & RestartableServer>) | null
}

/** Another broker is one more entry. */
export const ADAPTERS: readonly BrokerAdapter[] = [
  { name: 'pglite', open: () => openPostgresSite('pglite'), openRestartable: null },
  { name: 'postgres', open: () => openPostgresSite('postgres'), openRestartable: null },
  {
    name: 'rabbitmq',
    open: () => openRabbitMqSite(),
    openRestartable: () => openOwnRabbitMqSite(),
  },
  { name: 'redis', open: () => openRedisSite(), openRestartable: () => openOwnRedisSite() },
]
