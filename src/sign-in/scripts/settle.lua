#!lua
--[[ Says how a guess turned out that has a place in a bucket.

  KEYS  1 prefix of the bucket; `:failed`, `:row` and `:held` under it as in reserve.lua
  ARGV  1 guess  2 'right', 'wrong', or 'unknown' when it was not evaluated
        3 window: how long a failure counts (ms)  4 '1' when a right guess forgives the failures before it
        5 password, '' when the bucket knows none  6 limit: after so many failures in a row the window doubles, each time
        7 longest: no window is longer (ms)  8 keep: how long failures in a row are remembered (ms)

  Returns  1, or 0 when the lease had lapsed: another guess may have had the place, so the outcome must not be told.
           A wrong guess is counted in either case. ]]
-- include "clock"
local failed, held, row = KEYS[1] .. ':failed', KEYS[1] .. ':held', KEYS[1] .. ':row'
local guess, outcome, window, forgives, at = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', now()
local password, limit, longest, keep = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local lapses = redis.call('ZSCORE', held, guess)
redis.call('ZREM', held, guess)
if outcome == 'wrong' then
  if password ~= '' then
    -- Of a password that has been replaced meanwhile nothing is counted against the new one.
    local of = redis.call('HGET', row, 'of')
    if of and of ~= password then return 0 end
    redis.call('HSET', row, 'of', password)
    local inRow = redis.call('HINCRBY', row, 'n', 1)
    redis.call('PEXPIRE', row, keep)
    window = math.min(longest, window * 2 ^ math.floor((inRow - 1) / limit))
  end
  redis.call('ZADD', failed, at + window, guess)
  redis.call('PEXPIRE', failed, window)
end
if not lapses or tonumber(lapses) <= at then return 0 end
if outcome == 'right' and forgives then redis.call('DEL', failed, row) end
return 1
