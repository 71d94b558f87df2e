#!lua
--[[ Changes fields of a live session's own data in one step. Update only: a slow request cannot revive an ended session.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 verifier  3 '1' when the tag is a licence's  4 most bytes of data in all
        5… triples: 's' name text (set) | 'r' name '' (remove)

  Returns  { 1, data } saved; data is a flat list of the record's fields
           { 6 } too large; nothing was written
           { 0 }, { 2, reason, message }, { 4 }, { 5, reason } as read.lua ]]
-- include "clock"
-- include "keys"
-- include "check"
local refusal, record = check(ARGV[1], ARGV[2], '*', '0', ARGV[3], now())
if refusal then return refusal end

local key = recordKey(ARGV[1])
local size = tonumber(record[5] or 0)
-- What a field takes in a JSON object: its quoted name, a colon, its text, a comma.
for i = 5, #ARGV, 3 do
  local field = 'd:' .. ARGV[i + 1]
  if redis.call('HEXISTS', key, field) == 1 then size = size - redis.call('HSTRLEN', key, field) - #ARGV[i + 1] - 4 end
  if ARGV[i] == 's' then size = size + #ARGV[i + 2] + #ARGV[i + 1] + 4 end
end
if size > tonumber(ARGV[4]) then return { 6 } end

for i = 5, #ARGV, 3 do
  if ARGV[i] == 's' then
    redis.call('HSET', key, 'd:' .. ARGV[i + 1], ARGV[i + 2])
  else
    redis.call('HDEL', key, 'd:' .. ARGV[i + 1])
  end
end
if size > 0 then redis.call('HSET', key, 'z', size) else redis.call('HDEL', key, 'z') end
return { 1, redis.call('HGETALL', key) }
