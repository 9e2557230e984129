import { createHash } from 'node:crypto'

/** A Lua script, which Redis runs as one atomic step. It derives all keys from its one key. */
export interface RedisScript {
  readonly text: string
  readonly sha1: string
}

/** @param parts pieces of Lua that follow each other */
export const redisScript = (...parts: readonly string[]): RedisScript => {
  const text = parts.join('\n')
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}
