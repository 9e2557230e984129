import type { Clock } from '../clock.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { redisScript } from '../redis/redis-script.ts'
import { termsOf } from './gcra.ts'
import type { RateLimits } from './shared-state.ts'

/** `takeToken` of gcra.ts, in Lua. Kept longer than it matters, for clocks differ a little. */
const TAKE_TOKEN = redisScript(`
local now, cost, interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local current = math.max(tonumber(redis.call('get', KEYS[1]) or now), now)
local spare = now + tolerance - current - cost
if spare < 0 then
  local remaining = math.max(0, math.floor((tolerance - (current - now)) / interval))
  return {0, remaining, cost > tolerance and -1 or math.ceil(-spare / 1000)}
end
local keepMs = math.ceil((current + cost - now) / 1000) + 60000
redis.call('set', KEYS[1], string.format('%.0f', current + cost), 'px', string.format('%.0f', keepMs))
return {1, math.floor(spare / interval), 0}
`)

export const createRedisRateLimits = (options: {
  redis: RedisConnection
  clock: Clock
  keyOf: (key: string) => string
}): RateLimits => ({
  take: async (request) => {
    const { costUs, intervalUs, toleranceUs } = termsOf(request)
    const nowUs = options.clock.now().getTime() * 1_000
    const terms = [nowUs, costUs, intervalUs, toleranceUs]
    const answer = await options.redis.run(TAKE_TOKEN, options.keyOf(request.key), terms)
    const [isAllowed, remaining = 0, retryAfterMs = 0] = answer as number[]
    return {
      isAllowed: isAllowed === 1,
      remaining,
      retryAfterMs: retryAfterMs < 0 ? null : retryAfterMs,
    }
  },
})
