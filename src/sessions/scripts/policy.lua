#!lua flags=allow-oom
--[[ Puts a licence's policy beside its seats, unless a newer one is there.

  KEYS  1 prefix of the tag
  ARGV  1 version  2 seats  3 'active' | 'draining' | 'suspended'  4 valid from (ms) or ''  5 valid to (ms) or ''
        6 sessions of one user, or ''  7 what is tried when it is full, a JSON list, or ''
        8… days on which more were admitted than there are seats, as far as the history knows

  Returns  1 set | 0 the one there is as new or newer ]]
-- include "keys"
for i = 8, #ARGV do redis.call('ZADD', overageKey, ARGV[i], ARGV[i]) end
local version = redis.call('HGET', policyKey, 'v')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', policyKey, 'v', ARGV[1], 'seats', ARGV[2], 'state', ARGV[3], 'from', ARGV[4], 'to', ARGV[5],
  'per', ARGV[6], 'chain', ARGV[7])
-- Simply open to those inside, now and for ever: then a check need not look at state and window.
if ARGV[3] ~= 'suspended' and ARGV[4] == '' and ARGV[5] == '' then
  redis.call('HSET', policyKey, 'open', '1')
else
  redis.call('HDEL', policyKey, 'open')
end
return 1
