#!lua
--[[ The one way to move: replaces the secret; handle, seat and count stay. The old secret still reads for a while.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 new verifier  3 how long the old one still reads (ms)

  Returns  1 rotated | 0 gone ]]
-- include "clock"
-- include "keys"
local at = now()
local score = redis.call('ZSCORE', seats, ARGV[1])
if not score or tonumber(score) <= at then return 0 end
local verifier = redis.call('HGET', recordKey(ARGV[1]), 'v')
if not verifier then return 0 end
redis.call('HSET', recordKey(ARGV[1]), 'v', ARGV[2], 'w', verifier, 'wx', at + tonumber(ARGV[3]))
return 1
