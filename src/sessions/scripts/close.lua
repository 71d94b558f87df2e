#!lua flags=allow-oom
--[[ The only way out, for one or many. Frees before it allocates; what has ended already is not counted.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { handles } | { user, epoch, keep? } | { version, atMost } | { overLimit, atMost },
          with { reason, message?, by?, requestId? }
          user: ends those opened under an older epoch and raises the epoch, so that a sign-in in flight cannot slip in;
                `keep` survives and gets the epoch
          version: ends at most `atMost` of those opened under an older policy
          overLimit: ends at most `atMost` of those unused for longest, until no more sit than there are seats

  Returns  { more (1 or 0), handle, user, handle, user, … } of those that were ended ]]
-- include "clock"
-- include "keys"
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
  local record = redis.call('HMGET', recordKey(handle), 'u', 'e', 'pv', 'v')
  if not record[4] then return nil end
  return record
end

local function closeUser()
  local user = request.user
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local record = alive(handle)
    if not record then
      -- Left behind where a record was lost by hand: its user was not known any more when its seat was freed.
      if not redis.call('ZSCORE', seats, handle) then redis.call('SREM', userKey(user), handle) end
    elseif tonumber(record[2]) < request.epoch then
      if handle == request.keep then redis.call('HSET', recordKey(handle), 'e', request.epoch) else close(handle, user) end
    end
  end
  raiseEpoch(user, request.epoch)
end

-- Policy versions only rise, so the sessions opened under an older one come first.
-- Those opened in the same millisecond lie in any order. Looks at most at 1000, so that one call stays short; what has
-- expired and lies in the way is less at the next call.
local function closeOlderThan(version)
  local position, newerAt = 0, nil
  for _ = 1, 5 do
    local slice = redis.call('ZRANGE', opened, position, position + 199, 'WITHSCORES')
    for i = 1, #slice, 2 do
      if newerAt and slice[i + 1] ~= newerAt then return end
      local record = alive(slice[i])
      if not record then
        position = position + 1
      elseif tonumber(record[3]) >= version then
        newerAt = slice[i + 1]
        position = position + 1
      elseif (#answer - 1) / 2 >= request.atMost then
        answer[1] = 1
        return
      else
        close(slice[i], record[1])
      end
    end
    if #slice < 400 then return end
  end
  answer[1] = 1
end

-- Of those that end first by themselves, those unused for longest; the others are looked at in the next call.
local function closeOverLimit()
  local limit = tonumber(limitOf())
  local over = limit and used(at) - limit or 0
  if over <= 0 then return end
  local idlest = {}
  local offset = 0
  repeat
    local slice = redis.call('ZRANGE', seats, '(' .. at, '+inf', 'BYSCORE', 'LIMIT', offset, 2 * request.atMost)
    for _, handle in ipairs(slice) do
      local record = alive(handle)
      if record and isCounted(handle) then idlest[#idlest + 1] = { seenAt(handle), handle, record[1] } end
    end
    offset = offset + #slice
  until #slice == 0 or #idlest >= 2 * request.atMost
  table.sort(idlest, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
  local ending = math.min(over, request.atMost, #idlest)
  for i = 1, ending do close(idlest[i][2], idlest[i][3]) end
  if ending > 0 and ending < over then answer[1] = 1 end
end

if request.handles then
  for _, handle in ipairs(request.handles) do
    local record = alive(handle)
    if record then close(handle, record[1]) end
  end
elseif request.user then
  closeUser()
elseif request.overLimit then
  closeOverLimit()
else
  closeOlderThan(request.version)
end
return answer
