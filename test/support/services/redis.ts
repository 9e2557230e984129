import { provideByCompose } from './docker-compose.ts'
import { provideByFirstWay, type Provided } from './first-way.ts'
import { whyRedisUnreachable } from './redis-probe.ts'
import { startRedis } from './redis-server.ts'

export interface RedisAddress {
  url: string
}

/**
 * A Redis that all tests share: each keeps to keys of its own and flushes nothing.
 * @throws Error with every reason when there is none
 */
export const provideRedis = (): Promise<Provided> =>
  provideByFirstWay<Provided>({
    name: 'Redis',
    variable: 'CADRE_TEST_REDIS_URL',
    defaultUrl: 'redis://127.0.0.1:6379',
    whyUnreachable: whyRedisUnreachable,
    existing: (url, how) => ({ url, how, stop: async () => {} }),
    ways: [
      async () => {
        const { addresses, ...container } = await provideByCompose('redis', [6379])
        return { ...container, url: `redis://${addresses[0]}` }
      },
      startRedis,
    ],
  })

/** For the service desk. */
export const startSharedRedis = async () => {
  const { url, stop } = await provideRedis()
  return { address: { url } satisfies RedisAddress, stop }
}
