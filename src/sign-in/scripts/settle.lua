#!lua
--[[ Says how a guess turned out that has a place in a bucket.

  KEYS  1 prefix of the bucket; `:failed` and `:held` under it as in reserve.lua
  ARGV  1 guess  2 'right', 'wrong', or 'unknown' when it was not evaluated
        3 window: how long a failure counts (ms)  4 '1' when a right guess forgives the failures before it

  Returns  1, or 0 when the lease had lapsed: another guess may have had the place, so the outcome must not be told.
           A wrong guess is counted in either case. ]]
-- include "clock"
local failed, held = KEYS[1] .. ':failed', KEYS[1] .. ':held'
local guess, outcome, window, forgives, at = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', now()

local lapses = redis.call('ZSCORE', held, guess)
redis.call('ZREM', held, guess)
if outcome == 'wrong' then
  redis.call('ZADD', failed, at, guess)
  redis.call('PEXPIRE', failed, window)
end
if not lapses or tonumber(lapses) <= at then return 0 end
if outcome == 'right' and forgives then redis.call('DEL', failed) end
return 1
