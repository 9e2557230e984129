import { Redis } from 'ioredis'

const CONNECT_MS_MAX = 3_000

/** Null when a Redis answers there; otherwise the reason. */
export const whyRedisUnreachable = async (url: string): Promise<string | null> => {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS_MAX,
    commandTimeout: CONNECT_MS_MAX,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let reason: string | null = null
  client.on('error', (error: Error) => (reason = error.message || error.name))
  try {
    await client.connect()
    await client.ping()
    return null
  } catch (error) {
    return reason ?? (error instanceof Error ? error.message : String(error))
  } finally {
    client.disconnect()
  }
}
