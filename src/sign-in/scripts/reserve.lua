#!lua
--[[ Takes a place in a bucket for a guess that is about to be evaluated, so that parallel guesses cannot outrun the count.

  KEYS  1 prefix of the bucket; under it two zsets: `:failed`, guess -> when it turned out wrong (ms), and `:held`,
          guess in flight -> when its lease lapses (ms)
  ARGV  1 guess; asking twice for the same one holds one place  2 limit: so many failures close the bucket
        3 window: how long a failure counts (ms)  4 lease: how long a place is held that is never settled (ms)

  Returns  { 'held', 0 } the guess may be evaluated, and must be settled
           { 'wait', 0 } guesses in flight decide first: ask again shortly
           { 'refused', ms until the next guess is admitted } ]]
-- include "clock"
local failed, held = KEYS[1] .. ':failed', KEYS[1] .. ':held'
local guess, limit, window, lease, at = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), now()

redis.call('ZREMRANGEBYSCORE', failed, '-inf', at - window)
redis.call('ZREMRANGEBYSCORE', held, '-inf', at)
redis.call('ZREM', held, guess)

local failures = redis.call('ZCARD', failed)
if failures >= limit then
  local decisive = redis.call('ZREVRANGE', failed, limit - 1, limit - 1, 'WITHSCORES')
  return { 'refused', decisive[2] + window - at }
end
if failures + redis.call('ZCARD', held) >= limit then return { 'wait', 0 } end

redis.call('ZADD', held, at + lease, guess)
redis.call('PEXPIRE', held, lease)
return { 'held', 0 }
