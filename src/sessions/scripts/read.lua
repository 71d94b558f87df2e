#!lua
--[[ The hot one: is this session live? Slides it when that is due; the first read also confirms its opening.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 verifier  3 client, with the delivery first  4 client version  5 '1' when the tag is a licence's
        6 idle limit with slack (ms)  7 slack (ms)  8 epoch the caller knows the session from, or ''

  Returns  { 1, last seen, expires at } live, and else as the caller knows it
           { 1, last seen, expires at, epoch, static, person, data? } live
           { 0 } no such session, another secret or another delivery
           { 2, reason, message } ended
           { 3 } another client; nothing was written
           { 4 } the licence's policy is missing
           { 5, reason } over, and still to be closed ]]
-- include "clock"
-- include "keys"
-- include "limits"
-- include "check"
local at = now()
local refusal, record, deadline, idle = check(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], at)
if refusal then return refusal end

local seenAt = tonumber(record[4])
if at - seenAt >= tonumber(ARGV[7]) then
  seenAt = at
  local key = recordKey(ARGV[1])
  if idle ~= ARGV[6] then noteIdle(ARGV[6]) end
  deadline = math.min(at + tonumber(ARGV[6]), tonumber(redis.call('HGET', key, 'a')))
  redis.call('ZADD', seats, 'XX', deadline, ARGV[1])
  redis.call('ZADD', uncounted, 'XX', deadline, ARGV[1])
  if record[2] == ARGV[3] then redis.call('HSET', key, 'l', at, 'fv', ARGV[4]) else redis.call('HSET', key, 'l', at) end
end
return live(ARGV[1], record, seenAt, deadline, ARGV[8])
