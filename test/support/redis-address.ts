import { inject } from 'vitest'
import type { RedisAddress } from './services/redis.ts'

/** The Redis that all tests of this run share. Use keys of your own. */
export const sharedRedisUrl = async (): Promise<string> => {
  const answer = await fetch(`${inject('services')}/redis`)
  if (!answer.ok) throw new Error(await answer.text())
  return ((await answer.json()) as RedisAddress).url
}
