#!lua
--[[ The hot one: is this session live? Slides it when that is due; the first read also confirms its opening.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 verifier  3 delivery  4 client  5 client version  6 '1' when the tag is a licence's
        7 idle limit with slack (ms)  8 slack (ms)

  Returns  { 1, last seen, expires at, absolute end, static, person, licence, data } live
           { 0 } no such session, another secret or another delivery
           { 2, reason, message } ended
           { 3 } another client; nothing was written
           { 4 } the licence's policy is missing
           { 5, reason } over, and still to be closed ]]
-- include "clock"
-- include "seats"
-- include "check"
local at = now()
local refusal, record, deadline = check(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], at)
if refusal then return refusal end

local seenAt = tonumber(record[11])
if record[10] or at - seenAt >= tonumber(ARGV[8]) then
  seenAt = at
  deadline = math.min(at + tonumber(ARGV[7]), tonumber(record[9]))
  redis.call('ZADD', seats, 'XX', deadline, ARGV[1])
  if record[10] then redis.call('HDEL', recordKey(ARGV[1]), 'g') end
  if record[12] ~= '*' and ARGV[4] ~= '*' then
    redis.call('HSET', recordKey(ARGV[1]), 'l', at, 'fv', ARGV[5])
  else
    redis.call('HSET', recordKey(ARGV[1]), 'l', at)
  end
end
return live(ARGV[1], record, seenAt, deadline)
