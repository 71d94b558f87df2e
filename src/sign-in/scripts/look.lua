#!lua flags=no-writes
--[[ Whether a bucket has reached its limit. Writes nothing.

  KEYS  1 prefix of the bucket; `:failed` under it is a zset, guess -> when it turned out wrong (ms)
  ARGV  1 limit: so many failures close the bucket  2 window: how long a failure counts (ms)

  Returns  ms until the next guess is admitted, 0 when one is admitted now ]]
-- include "clock"
local limit, window, at = tonumber(ARGV[1]), tonumber(ARGV[2]), now()
-- The bucket opens again when the failure that is `limit`-th from the newest stops counting.
local decisive = redis.call('ZREVRANGE', KEYS[1] .. ':failed', limit - 1, limit - 1, 'WITHSCORES')
if not decisive[2] then return 0 end
return math.max(0, decisive[2] + window - at)
