#!lua flags=no-writes
--[[ Whether a session lives at this moment, for whoever knows its ref and not its secret. By the rules of a check; writes nothing.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 '1' when the tag is a licence's

  Returns  1 it lives | 0 it has ended, is over and still to be closed, or never was ]]
-- include "clock"
-- include "keys"
-- include "check"
local at = now()
local record = redis.call('HMGET', recordKey(ARGV[1]), 'v', 'u', 'e')
local score = redis.call('ZSCORE', seats, ARGV[1])
if not record[1] or not score or tonumber(score) <= at then return 0 end
local policy = redis.call('HMGET', policyKey, 'open', 'e:' .. record[2])
if policy[2] and tonumber(policy[2]) > tonumber(record[3]) then return 0 end
if ARGV[2] == '1' and not policy[1] and licenceFault(at) then return 0 end
return 1
