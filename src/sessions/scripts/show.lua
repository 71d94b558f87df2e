#!lua flags=no-writes
--[[ What lists show of live sessions that are named.

  KEYS  1 prefix of the tag
  ARGV  handles

  Returns  { handle, record, handle, record, … } of those that live
           record = { user, last seen (0: not yet), static, person, about, expires at, opened at, takes a seat (1 or 0) } ]]
-- include "clock"
-- include "keys"
-- include "seats"
local at = now()
local answer = {}
for _, handle in ipairs(ARGV) do
  local score = redis.call('ZSCORE', seats, handle)
  local record = redis.call('HMGET', recordKey(handle), 'u', 'l', 's', 'p', 'k')
  if score and tonumber(score) > at and record[3] then
    local since = tonumber(redis.call('ZSCORE', opened, handle) or '0')
    answer[#answer + 1] = handle
    answer[#answer + 1] = { record[1], record[2], record[3], record[4], record[5], score, since, isCounted(handle) and 1 or 0 }
  end
end
return answer
