#!lua flags=no-writes
--[[ Whether a bucket has reached its limit. Writes nothing.

  KEYS  1 prefix of the bucket; under it a zset `:failed`, guess -> when it stops counting (ms), and a hash `:row` with `of`,
          the password the failures in a row were about, and `n`, how many they are
  ARGV  1 limit: so many failures close the bucket  2 password, '' when the bucket knows none
        3 most: so many failures in a row close it for that password

  Returns  ms until the next guess is admitted, 0 when one is admitted now, -1 when none will be for this password ]]
-- include "clock"
local limit, password, most, at = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), now()
if password ~= '' then
  local row = redis.call('HMGET', KEYS[1] .. ':row', 'of', 'n')
  if row[1] and row[1] ~= password then return 0 end
  if row[1] and tonumber(row[2]) >= most then return -1 end
end
-- The bucket opens again when the failure that is `limit`-th from the last to stop counting does so.
local decisive = redis.call('ZREVRANGE', KEYS[1] .. ':failed', limit - 1, limit - 1, 'WITHSCORES')
if not decisive[2] then return 0 end
return math.max(0, decisive[2] - at)
