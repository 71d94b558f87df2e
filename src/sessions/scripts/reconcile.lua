#!lua flags=allow-oom
--[[ Makes the expiries of a quiet tag appear in the history, ends the sessions of an expired licence, frees seats whose
  record is missing, and enters into the index of clients who is missing there, as those are who were opened before it was kept.

  KEYS  1 prefix of the tag
  ARGV  1 position in the index to look for drift from

  Returns  { ended, mended, next position (0: from the start), events that wait } ]]
-- include "clock"
-- include "keys"
-- include "seats"
-- include "client"
local at = now()
local ended = purge(at, 64)
local mended = 0

local function endExpiredLicence()
  local to = redis.call('HGET', policyKey, 'to')
  if not to or to == '' or at < tonumber(to) then return end
  for _, handle in ipairs(redis.call('ZRANGE', opened, 0, 63)) do
    local user = redis.call('HGET', recordKey(handle), 'u')
    if user then
      finish(handle, user, 'licence-expired', at, {})
      ended = ended + 1
    end
  end
end

local function mend(handle)
  local record = redis.call('HMGET', recordKey(handle), 'u', 'r', 'v')
  local seated = redis.call('ZSCORE', seats, handle)
  if record[3] and seated then return end
  finish(handle, record[1] or '', record[2] or 'idle', at, {})
  mended = mended + 1
end

local function enterClients(slice)
  if #slice == 0 then return end
  for i, client in ipairs(redis.call('HMGET', clients, unpack(slice))) do
    local about = not client and redis.call('HGET', recordKey(slice[i]), 'k')
    if about then redis.call('HSET', clients, slice[i], clientOf(about)) end
  end
end

endExpiredLicence()
local position = tonumber(ARGV[1])
local slice = redis.call('ZRANGE', opened, position, position + 199)
for _, handle in ipairs(slice) do mend(handle) end
enterClients(slice)
for _, handle in ipairs(redis.call('ZRANGE', seats, position, position + 199)) do
  if not redis.call('ZSCORE', opened, handle) then mend(handle) end
end
local next = #slice == 200 and position + 200 or 0
return { ended, mended, next, redis.call('XLEN', tag .. ':events') }
