#!lua
--[[ Ends the grant: the answer with the session has left. Never creates, never revives.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 idle limit with slack (ms)

  Returns  1 the session lives | 0 it is gone ]]
-- include "clock"
-- include "keys"
-- include "limits"
local at = now()
local score = redis.call('ZSCORE', seats, ARGV[1])
if not score or tonumber(score) <= at then return 0 end
local record = redis.call('HMGET', recordKey(ARGV[1]), 'a', 'l')
if not record[1] then return 0 end
if record[2] == '0' then
  local deadline = math.min(at + tonumber(ARGV[2]), tonumber(record[1]))
  if redis.call('HGET', policyKey, 'idle') ~= ARGV[2] then noteIdle(ARGV[2]) end
  redis.call('ZADD', seats, 'XX', deadline, ARGV[1])
  redis.call('ZADD', uncounted, 'XX', deadline, ARGV[1])
  redis.call('HSET', recordKey(ARGV[1]), 'l', at)
end
return 1
