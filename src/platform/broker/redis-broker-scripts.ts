import { redisScript } from '../redis/redis-script.ts'

// All keys of a broker begin with the one that a script gets, which holds a hash tag: they stand
// on one node of a cluster, and scripts may span queues.
//
//   :messages         hash   ref → record
//   :deliveries       hash   ref → how often it was delivered
//   :refusals         hash   ref → why it was refused before, as JSON after JSON with commas
//   :queue:<name>     zset   refs that are free, in order
//   :delayed          zset   refs that are free later, by that time
//   :expiry           zset   refs that nobody holds, by the time they expire
//   :consumers        zset   consumers, by the time until which they are taken to live
//   :held:<consumer>  set    refs that were delivered to it
//   :epoch            string vanishes only with everything else
//
// A ref is the level and a number that only grows, so refs sort in the order of delivery. The
// number starts at the time, so that a flush does not make old refs mean new messages. A record
// is `<level> <expiry> <bytes of the queue's name> <queue><body>`: a script reads its beginning
// and never touches the body.

const PRELUDE = `
local base = KEYS[1]
local messages, deliveries = base .. ':messages', base .. ':deliveries'
local refusals = base .. ':refusals'
local delayed, expiry = base .. ':delayed', base .. ':expiry'
local consumers = base .. ':consumers'
local woken, expiredMax = {}, 10000

local function queueKey(queue) return base .. ':queue:' .. queue end
local function heldKey(consumer) return base .. ':held:' .. consumer end
local function head(record)
  local level, expires, length, from = string.match(record, '^(%d+) (%d+) (%d+) ()')
  return level, tonumber(expires), string.sub(record, from, from + tonumber(length) - 1)
end
local function enqueue(ref, record)
  local _, expires, queue = head(record)
  redis.call('zadd', queueKey(queue), 0, ref)
  redis.call('zadd', expiry, expires, ref)
  woken[queue] = true
end
local function free(ref)
  local record = redis.call('hget', messages, ref)
  if record then enqueue(ref, record) end
end
local function wake()
  for queue in pairs(woken) do redis.call('publish', base .. ':wake', queue) end
end
local function freeDue(now)
  for _, ref in ipairs(redis.call('zrangebyscore', delayed, '-inf', now, 'limit', 0, 1000)) do
    redis.call('zrem', delayed, ref)
    free(ref)
  end
end
local function forget(ref)
  redis.call('hdel', messages, ref)
  redis.call('hdel', deliveries, ref)
  redis.call('hdel', refusals, ref)
end
local function dropExpired(now)
  for _, ref in ipairs(redis.call('zrangebyscore', expiry, '-inf', now, 'limit', 0, expiredMax)) do
    local record = redis.call('hget', messages, ref)
    if record then
      local _, _, queue = head(record)
      redis.call('zrem', queueKey(queue), ref)
    end
    redis.call('zrem', delayed, ref)
    redis.call('zrem', expiry, ref)
    forget(ref)
  end
end
`

/** `now`, then records. Answers 1, or 0 if everything was lost since the last sweep. */
export const PUBLISH = redisScript(
  PRELUDE,
  `
local sequence = base .. ':sequence'
redis.call('set', sequence, string.format('%.0f', ARGV[1] * 1000), 'nx')
local last = redis.call('incrby', sequence, #ARGV - 1)
for i = 2, #ARGV do
  local ref = head(ARGV[i]) .. string.format('%016.0f', last - #ARGV + i)
  redis.call('hset', messages, ref, ARGV[i])
  enqueue(ref, ARGV[i])
end
wake()
return redis.call('exists', base .. ':epoch')
`,
)

/** `consumer, now, lives until, limit, queues…`. Answers `ref, deliveries, record, refusals, …`. */
export const TAKE = redisScript(
  PRELUDE,
  `
local consumer, now, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
redis.call('zadd', consumers, ARGV[3], consumer)
freeDue(now)
dropExpired(now)
local candidates, queueOf = {}, {}
for i = 5, #ARGV do
  for _, ref in ipairs(redis.call('zrange', queueKey(ARGV[i]), 0, limit - 1)) do
    if not queueOf[ref] then table.insert(candidates, ref) end
    queueOf[ref] = ARGV[i]
  end
end
table.sort(candidates)
local taken = {}
for _, ref in ipairs(candidates) do
  if limit == 0 then break end
  redis.call('zrem', queueKey(queueOf[ref]), ref)
  redis.call('zrem', expiry, ref)
  local record = redis.call('hget', messages, ref)
  local _, expires = head(record or '0 0 0 ')
  if expires > now then
    redis.call('sadd', heldKey(consumer), ref)
    table.insert(taken, ref)
    table.insert(taken, redis.call('hincrby', deliveries, ref, 1))
    table.insert(taken, record)
    table.insert(taken, redis.call('hget', refusals, ref) or '')
    limit = limit - 1
  else forget(ref) end
end
return taken
`,
)

/** `consumer, ref, …`. What a consumer does not hold any more is left alone. */
export const ACKNOWLEDGE = redisScript(
  PRELUDE,
  `
for i = 1, #ARGV, 2 do
  if redis.call('srem', heldKey(ARGV[i]), ARGV[i + 1]) == 1 then forget(ARGV[i + 1]) end
end
`,
)

/** `now, consumer, ref, free from, refusal, …`; the refusal is JSON or nothing. */
export const RELEASE = redisScript(
  PRELUDE,
  `
for i = 2, #ARGV, 4 do
  local ref, from, refusal = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if redis.call('srem', heldKey(ARGV[i]), ref) == 1 then
    local record = redis.call('hget', messages, ref)
    if record and refusal ~= '' then
      local before = redis.call('hget', refusals, ref)
      redis.call('hset', refusals, ref, before and before .. ',' .. refusal or refusal)
    end
    if record and tonumber(from) > tonumber(ARGV[1]) then
      local _, expires = head(record)
      redis.call('zadd', delayed, from, ref)
      redis.call('zadd', expiry, expires, ref)
    elseif record then enqueue(ref, record) end
  end
end
wake()
`,
)

/**
 * `consumer, lives until, refs…`: the consumer lives, and these are what it has. Whatever else
 * was delivered to it never arrived, or its acknowledgement did not, so it is free again.
 */
export const RENEW = redisScript(
  PRELUDE,
  `
local consumer, has = ARGV[1], {}
for i = 3, #ARGV do has[ARGV[i]] = true end
for _, ref in ipairs(redis.call('smembers', heldKey(consumer))) do
  if not has[ref] then
    redis.call('srem', heldKey(consumer), ref)
    free(ref)
  end
end
if ARGV[2] == 'gone' then redis.call('zrem', consumers, consumer)
else redis.call('zadd', consumers, ARGV[2], consumer) end
wake()
`,
)

/** `now`. Frees what dead consumers held, and answers 1 if everything was lost since the last. */
export const SWEEP = redisScript(
  PRELUDE,
  `
local now = ARGV[1]
for _, consumer in ipairs(redis.call('zrangebyscore', consumers, '-inf', '(' .. now, 'limit', 0, 100)) do
  for _, ref in ipairs(redis.call('smembers', heldKey(consumer))) do free(ref) end
  redis.call('del', heldKey(consumer))
  redis.call('zrem', consumers, consumer)
end
freeDue(now)
dropExpired(now)
wake()
return redis.call('setnx', base .. ':epoch', now)
`,
)
