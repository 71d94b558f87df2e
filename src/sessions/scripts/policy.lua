#!lua flags=allow-oom
--[[ Puts a licence's policy beside its seats, unless a newer one is there.

  KEYS  1 prefix of the tag
  ARGV  1 version  2 seats  3 'active' | 'suspended'  4 valid from (ms) or ''  5 valid to (ms) or ''

  Returns  1 set | 0 the one there is as new or newer ]]
local key = KEYS[1] .. ':policy'
local version = redis.call('HGET', key, 'v')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', key, 'v', ARGV[1], 'seats', ARGV[2], 'state', ARGV[3], 'from', ARGV[4], 'to', ARGV[5])
-- Simply open, now and for ever: then a check need not look at state and window.
if ARGV[3] == 'active' and ARGV[4] == '' and ARGV[5] == '' then
  redis.call('HSET', key, 'open', '1')
else
  redis.call('HDEL', key, 'open')
end
return 1
