#!lua flags=allow-oom
--[[ Replaces what answers a user's checks (name, roles, permissions) in all their live sessions of the tag that were opened
  under an older epoch, and raises the epoch: a sign-in in flight, which still carries the old answers, must read them again.

  KEYS  1 prefix of the tag
  ARGV  1 user  2 epoch  3 person (JSON)

  Returns  how many sessions were refreshed ]]
-- include "clock"
-- include "keys"
-- include "seats"
local at = now()
local epoch = tonumber(ARGV[2])
local refreshed = 0
for _, handle in ipairs(redis.call('SMEMBERS', userKey(ARGV[1]))) do
  local score = redis.call('ZSCORE', seats, handle)
  local opened = redis.call('HGET', recordKey(handle), 'e')
  if score and tonumber(score) > at and opened and tonumber(opened) < epoch then
    redis.call('HSET', recordKey(handle), 'p', ARGV[3], 'e', epoch)
    refreshed = refreshed + 1
  end
end
raiseEpoch(ARGV[1], epoch)
return refreshed
