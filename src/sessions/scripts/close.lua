#!lua flags=allow-oom
--[[ The only way out, for one or many. Frees before it allocates; what has ended already is not counted.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { handles } | { user, epoch, keep? } | { version, atMost }, with { reason, message?, by?, requestId? }
          user: ends those opened under an older epoch and raises the epoch, so that a sign-in in flight cannot slip in;
                `keep` survives and gets the epoch
          version: ends at most `atMost` of those opened under an older policy

  Returns  { more (1 or 0), handle, user, handle, user, … } of those that were ended ]]
-- include "clock"
-- include "seats"
local request = cjson.decode(ARGV[1])
local at = now()
local answer = { 0 }
purge(at, 64)

local function close(handle, user)
  finish(handle, user, request.reason, at, request)
  answer[#answer + 1] = handle
  answer[#answer + 1] = user
end

-- The record's user, epoch and policy version while the session lives; nil when it does not.
local function alive(handle)
  local score = redis.call('ZSCORE', seats, handle)
  if not score or tonumber(score) <= at then return nil end
  local record = redis.call('HMGET', recordKey(handle), 'u', 'e', 'pv', 'r')
  if not record[1] or record[4] then return nil end
  return record
end

local function closeUser()
  local user = request.user
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local record = alive(handle)
    if record and tonumber(record[2]) < request.epoch then
      if handle == request.keep then redis.call('HSET', recordKey(handle), 'e', request.epoch) else close(handle, user) end
    end
  end
  local epoch = redis.call('HGET', tag .. ':epochs', user)
  if not epoch or tonumber(epoch) < request.epoch then redis.call('HSET', tag .. ':epochs', user, request.epoch) end
end

-- Policy versions only rise, so the sessions opened under an older one come first.
local function closeOlderThan(version)
  for _, handle in ipairs(redis.call('ZRANGE', opened, 0, request.atMost - 1)) do
    local record = alive(handle)
    if record then
      if tonumber(record[3]) >= version then return end
      close(handle, record[1])
    end
  end
  if (#answer - 1) / 2 >= request.atMost then answer[1] = 1 end
end

if request.handles then
  for _, handle in ipairs(request.handles) do
    local record = alive(handle)
    if record then close(handle, record[1]) end
  end
elseif request.user then
  closeUser()
else
  closeOlderThan(request.version)
end
return answer
