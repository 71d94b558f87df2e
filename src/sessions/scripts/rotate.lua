#!lua
--[[ The one way to move: replaces the secret; handle, seat and count stay. The old secret still reads for a while. A person
  who has just shown more of who they are gets it written down with the new secret.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 new verifier  3 how long the old one still reads (ms)
        4 amr and 5 aal from now on, where the person has been authenticated again just now

  Returns  1 rotated | 0 gone ]]
-- include "clock"
-- include "keys"
local at = now()
local score = redis.call('ZSCORE', seats, ARGV[1])
if not score or tonumber(score) <= at then return 0 end
local key = recordKey(ARGV[1])
local verifier = redis.call('HGET', key, 'v')
if not verifier then return 0 end
redis.call('HSET', key, 'v', ARGV[2], 'w', verifier, 'wx', at + tonumber(ARGV[3]))
if ARGV[4] then
  local times, rest = string.match(redis.call('HGET', key, 's'), '^([^\n]*\n[^\n]*)\n[^\n]*\n[^\n]*(\n[^\n]*\n[^\n]*\n[^\n]*)')
  redis.call('HSET', key, 's', times .. '\n' .. ARGV[4] .. '\n' .. ARGV[5] .. rest .. '\n' .. at)
end
return 1
