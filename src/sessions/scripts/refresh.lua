#!lua
--[[ Replaces what answers a user's checks (name, roles, permissions) in all their live sessions of the tag.

  KEYS  1 prefix of the tag
  ARGV  1 user  2 person (JSON)

  Returns  how many sessions were refreshed ]]
-- include "clock"
-- include "seats"
local at = now()
local refreshed = 0
for _, handle in ipairs(redis.call('SMEMBERS', userKey(ARGV[1]))) do
  local score = redis.call('ZSCORE', seats, handle)
  if score and tonumber(score) > at then
    redis.call('HSET', recordKey(handle), 'p', ARGV[2])
    refreshed = refreshed + 1
  end
end
return refreshed
