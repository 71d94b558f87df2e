-- What the scripts share. KEYS[1] is the prefix of the tag; every key is derived from it and from nothing else.
local tag = KEYS[1]
local seats = tag .. ':seats'
local opened = tag .. ':opened'
local tombstoneMs = 86400000

local function recordKey(handle)
  return tag .. ':s:' .. handle
end

local function userKey(user)
  return tag .. ':u:' .. user
end

-- How many seats are taken: counted by time, so it needs no sweeper to be right.
local function used(at)
  return redis.call('ZCOUNT', seats, '(' .. at, '+inf')
end

local function limitOf()
  return redis.call('HGET', tag .. ':policy', 'seats') or ''
end

-- One entry of the history. `id` is unique for ever, so that delivering it twice does no harm.
local function tell(kind, id, handle, user, at, reason, count, cause)
  redis.call('XADD', tag .. ':events', '*', 'kind', kind, 'id', id, 'handle', handle, 'user', user, 'at', at,
    'reason', reason, 'used', count, 'limit', limitOf(),
    'message', cause.message or '', 'by', cause.by or '', 'request', cause.requestId or '')
end

-- Ends one session: frees first, then leaves a tombstone that tells its browser why, then tells the history.
local function finish(handle, user, reason, at, cause)
  local key = recordKey(handle)
  local kept = redis.call('HMGET', key, 'v', 'd')
  redis.call('DEL', key)
  redis.call('ZREM', seats, handle)
  redis.call('ZREM', opened, handle)
  redis.call('SREM', userKey(user), handle)
  if kept[1] then
    redis.call('HSET', key, 'v', kept[1], 'd', kept[2], 'u', user, 'r', reason, 't', at, 'n', cause.message or '')
    redis.call('PEXPIRE', key, tombstoneMs)
  end
  tell('released', handle .. ':released', handle, user, at, reason, used(at), cause)
end

-- Why a session whose time has come has ended.
local function expiry(absolute, unconfirmed, at)
  if at >= tonumber(absolute) then return 'lifetime' end
  if unconfirmed then return 'unclaimed' end
  return 'idle'
end

-- Ends at most `atMost` sessions whose time has come, each at the moment it came. Answers how many.
local function purge(at, atMost)
  local dead = redis.call('ZRANGE', seats, '-inf', at, 'BYSCORE', 'LIMIT', 0, atMost, 'WITHSCORES')
  for i = 1, #dead, 2 do
    local record = redis.call('HMGET', recordKey(dead[i]), 'u', 'a', 'g')
    local endedAt = tonumber(dead[i + 1])
    if record[1] then
      finish(dead[i], record[1], expiry(record[2], record[3], endedAt), endedAt, {})
    else
      finish(dead[i], '', 'idle', endedAt, {})
    end
  end
  return #dead / 2
end

-- From now on a sign-in that read an older epoch of the user opens nothing here.
local function raiseEpoch(user, epoch)
  local known = redis.call('HGET', tag .. ':epochs', user)
  if not known or tonumber(known) < epoch then redis.call('HSET', tag .. ':epochs', user, epoch) end
end
