-- Seats and history, for the scripts that take, free or count. Stands on keys.lua.
local tombstoneMs = 86400000
-- What filters ask of the clients of those that are listed; client.lua says how it is written.
local clients = tag .. ':clients'

-- How many sessions live.
local function living(at)
  return redis.call('ZCOUNT', seats, '(' .. at, '+inf')
end

-- How many seats are taken: counted by time, so it needs no sweeper to be right.
local function used(at)
  return living(at) - redis.call('ZCOUNT', uncounted, '(' .. at, '+inf')
end

local function isCounted(handle)
  return not redis.call('ZSCORE', uncounted, handle)
end

-- When a session was last used, as far as is known; one that was never seen was used when it was opened.
local function seenAt(handle)
  local seen = tonumber(redis.call('HGET', recordKey(handle), 'l') or '0')
  return seen > 0 and seen or tonumber(redis.call('ZSCORE', opened, handle) or '0')
end

-- How many were taken at a moment that has passed: those opened since then were not.
local function usedThen(at)
  local later = redis.call('ZCOUNT', opened, '(' .. at, '+inf')
  if later == 0 then return used(at) end
  for _, handle in ipairs(redis.call('ZRANGE', uncounted, 0, 199)) do
    local since = redis.call('ZSCORE', opened, handle)
    if since and tonumber(since) > at then later = later - 1 end
  end
  return math.max(0, used(at) - later)
end

local function limitOf()
  return redis.call('HGET', policyKey, 'seats') or ''
end

-- One entry of the history. `id` is unique for ever, so that delivering it twice does no harm.
local function tell(kind, id, handle, user, at, reason, count, cause)
  redis.call('XADD', tag .. ':events', '*', 'kind', kind, 'id', id, 'handle', handle, 'user', user, 'at', at,
    'reason', reason, 'used', count, 'limit', limitOf(),
    'message', cause.message or '', 'by', cause.by or '', 'request', cause.requestId or '')
end

-- Ends one session: frees first, then leaves a tombstone that tells its browser why, then tells the history. A tombstone
-- keeps the verifier in another field than a live record, so that the hot read need not ask whether it has met one.
local function finish(handle, user, reason, at, cause)
  local key = recordKey(handle)
  local kept = redis.call('HMGET', key, 'v', 'f', 'tv', 'd')
  redis.call('DEL', key)
  redis.call('ZREM', seats, handle)
  redis.call('ZREM', opened, handle)
  redis.call('ZREM', uncounted, handle)
  redis.call('HDEL', clients, handle)
  redis.call('SREM', userKey(user), handle)
  local verifier = kept[1] or kept[3]
  if verifier then
    local delivery = kept[4] or string.sub(kept[2], 1, 1)
    redis.call('HSET', key, 'tv', verifier, 'd', delivery, 'u', user, 'r', reason, 't', at, 'n', cause.message or '')
    redis.call('PEXPIRE', key, tombstoneMs)
  end
  tell('released', handle .. ':released', handle, user, at, reason, usedThen(at), cause)
end

-- Ends at most `atMost` sessions whose time has come, each at the moment it came. Answers how many.
local function purge(at, atMost)
  local dead = redis.call('ZRANGE', seats, '-inf', at, 'BYSCORE', 'LIMIT', 0, atMost, 'WITHSCORES')
  for i = 1, #dead, 2 do
    local record = redis.call('HMGET', recordKey(dead[i]), 'u', 'a', 'l')
    local endedAt = tonumber(dead[i + 1])
    if record[1] and record[2] then
      finish(dead[i], record[1], expiry(record[2], record[3], endedAt), endedAt, {})
    else
      finish(dead[i], '', 'idle', endedAt, {})
    end
  end
  return #dead / 2
end

-- From now on a sign-in that read an older epoch of the user opens nothing here.
local function raiseEpoch(user, epoch)
  local known = redis.call('HGET', policyKey, 'e:' .. user)
  if not known or tonumber(known) < epoch then redis.call('HSET', policyKey, 'e:' .. user, epoch) end
end
