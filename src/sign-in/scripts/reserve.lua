#!lua
--[[ Takes a place in a bucket for a guess that is about to be evaluated, so that parallel guesses cannot outrun the count.

  KEYS  1 prefix of the bucket; under it `:failed` and `:row` as in look.lua, and a zset `:held`, guess in flight -> when its
          lease lapses (ms)
  ARGV  1 guess; asking twice for the same one holds one place  2 limit: so many failures close the bucket
        3 lease: how long a place is held that is never settled (ms)  4 password, '' when the bucket knows none
        5 most: so many failures in a row close it for that password

  Returns  { 'held', 0 } the guess may be evaluated, and must be settled
           { 'wait', 0 } guesses in flight decide first: ask again shortly
           { 'refused', ms until the next guess is admitted, or -1 when none will be for this password } ]]
-- include "clock"
local failed, held, row = KEYS[1] .. ':failed', KEYS[1] .. ':held', KEYS[1] .. ':row'
local guess, limit, lease, password, most, at = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), now()

-- A new password starts anew: whoever has set it is not kept waiting for what was guessed about the one before.
local of = password ~= '' and redis.call('HGET', row, 'of')
if of and of ~= password then redis.call('DEL', failed, row) end

redis.call('ZREMRANGEBYSCORE', failed, '-inf', at)
redis.call('ZREMRANGEBYSCORE', held, '-inf', at)
redis.call('ZREM', held, guess)

local inRow = password ~= '' and tonumber(redis.call('HGET', row, 'n')) or 0
if inRow >= most then return { 'refused', -1 } end
local failures = redis.call('ZCARD', failed)
if failures >= limit then
  local decisive = redis.call('ZREVRANGE', failed, limit - 1, limit - 1, 'WITHSCORES')
  return { 'refused', decisive[2] - at }
end
if redis.call('ZCARD', held) >= math.min(limit - failures, most - inRow) then return { 'wait', 0 } end

redis.call('ZADD', held, at + lease, guess)
redis.call('PEXPIRE', held, lease)
return { 'held', 0 }
