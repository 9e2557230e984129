import { provideRedisByCompose } from './redis-by-compose.ts'
import { provideRedisByPackages } from './redis-by-packages.ts'
import { whyRedisUnreachable } from './redis-probe.ts'

export interface ProvidedRedis {
  url: string
  /** How it came about, for people. */
  how: string
  stop(): Promise<void>
}

export interface RedisAddress {
  url: string
}

const NAMED = 'CADRE_TEST_REDIS_URL'
const DEFAULT_PORT_URL = 'redis://127.0.0.1:6379'

/**
 * A Redis, by the first way that works: the address in the environment, a server on the default
 * port that answers, Docker Compose, Debian's packages. Says in one line which one it was. It is
 * shared, so a test keeps to keys of its own and flushes nothing.
 * @throws Error with every reason when there is none
 */
export const provideRedis = async (): Promise<ProvidedRedis> => {
  const provided = await firstWay()
  process.stderr.write(`Redis: ${provided.how}\n`)
  return provided
}

/** For the service desk. */
export const startSharedRedis = async () => {
  const { url, stop } = await provideRedis()
  return { address: { url } satisfies RedisAddress, stop }
}

const firstWay = async (): Promise<ProvidedRedis> => {
  const named = process.env[NAMED]
  if (named !== undefined) {
    const reason = await whyRedisUnreachable(named)
    if (reason !== null) throw new Error(`Redis: ${NAMED} does not answer: ${reason}`)
    return { url: named, how: `the one that ${NAMED} names`, stop: async () => {} }
  }
  const absence = await whyRedisUnreachable(DEFAULT_PORT_URL)
  if (absence === null)
    return { url: DEFAULT_PORT_URL, how: 'the server on port 6379', stop: async () => {} }
  const reasons = [`port 6379: ${absence}`]
  for (const way of [provideRedisByCompose, provideRedisByPackages]) {
    try {
      return await way()
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No Redis could be had. ${reasons.join('; ')}`)
}
