import type { Clock } from '../clock.ts'
import type { RedisConnection } from '../redis/redis-connection.ts'
import { redisScript } from '../redis/redis-script.ts'
import { termsOf } from './gcra.ts'
import type { RateDecision, RateLimits, RateRequest } from './shared-state.ts'

/** Kept longer than it matters, for clocks differ a little. */
const KEEP = `
local function keep(key, arrival, now)
  local keepMs = math.ceil((arrival - now) / 1000) + 60000
  redis.call('set', key, string.format('%.0f', arrival), 'px', string.format('%.0f', keepMs))
end
`

/**
 * `takeToken` of gcra.ts, in Lua, for any number of limits at once: four arguments for each after
 * the time. Limits are keys that begin with the one key.
 */
const TAKE_TOKENS = redisScript(
  KEEP,
  `
local now, answers, arrivals, isAllowed = tonumber(ARGV[1]), {}, {}, true
for place = 2, #ARGV, 4 do
  local key = KEYS[1] .. ARGV[place]
  local cost, interval, tolerance = tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2]), tonumber(ARGV[place + 3])
  local current = math.max(tonumber(redis.call('get', key) or now), now)
  local spare = now + tolerance - current - cost
  if spare < 0 then
    isAllowed = false
    table.insert(answers, 0)
    table.insert(answers, math.max(0, math.floor((tolerance - (current - now)) / interval)))
    table.insert(answers, cost > tolerance and -1 or math.ceil(-spare / 1000))
  else
    arrivals[key] = current + cost
    table.insert(answers, 1)
    table.insert(answers, math.floor(spare / interval))
    table.insert(answers, 0)
  end
end
if isAllowed then
  for key, arrival in pairs(arrivals) do keep(key, arrival, now) end
end
return answers
`,
)

/** `returnToken` of gcra.ts, in Lua. */
const RETURN_TOKEN = redisScript(
  KEEP,
  `
local now, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = tonumber(redis.call('get', KEYS[1]) or now) - cost
if arrival <= now then redis.call('del', KEYS[1]) else keep(KEYS[1], arrival, now) end
`,
)

export const createRedisRateLimits = (options: {
  redis: RedisConnection
  clock: Clock
  keyOf: (key: string) => string
}): RateLimits => {
  const { redis, clock, keyOf } = options
  const nowMicroseconds = () => clock.now().getTime() * 1_000
  const takeAll = async (requests: readonly RateRequest[]): Promise<RateDecision[]> => {
    const terms = requests.flatMap((request) => {
      const { costUs, intervalUs, toleranceUs } = termsOf(request)
      return [request.key, costUs, intervalUs, toleranceUs]
    })
    const answer = await redis.run(TAKE_TOKENS, keyOf(''), [nowMicroseconds(), ...terms])
    const figures = answer as number[]
    return requests.map((_, place) => decisionOf(figures.slice(place * 3, place * 3 + 3)))
  }
  return {
    takeAll,
    take: async (request) => {
      const [decision] = await takeAll([request])
      if (decision === undefined) throw new Error('Broken invariant: a limit was decided')
      return decision
    },
    giveBack: async (request) => {
      const { costUs } = termsOf(request)
      await redis.run(RETURN_TOKEN, keyOf(request.key), [nowMicroseconds(), costUs])
    },
  }
}

const decisionOf = ([isAllowed, remaining = 0, retryAfterMs = 0]: number[]): RateDecision => ({
  isAllowed: isAllowed === 1,
  remaining,
  retryAfterMs: retryAfterMs < 0 ? null : retryAfterMs,
})
