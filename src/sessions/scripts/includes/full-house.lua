-- What a licence may try when no seat is free: the steps of its chain, each in its turn. Stands on seats.lua. A step answers
-- the reason the admission is told with ('' for none) when it has made room, and nil when it has not and nothing was changed.

-- Whether there is room once so many seats of the licence, and so many of the person's own, have fallen free. Whoever makes
-- room for themselves need not bring the licence back under its limit where more may sit today.
local function fits(door, seatsFreed, ownFreed)
  if door.perUser and #door.own - ownFreed >= door.perUser then return false end
  return door.exchanges or door.count - seatsFreed < door.limit + (seatsFreed > 0 and door.extra or 0)
end

-- The user's sessions that live and count, but for `except`.
local function ownOf(user, at, except)
  local own = {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local score = handle ~= except and redis.call('ZSCORE', seats, handle)
    if score and tonumber(score) > at and isCounted(handle) then own[#own + 1] = handle end
  end
  return own
end

-- Of those that end first by themselves, the one unused for longest, if nobody has used it since `before`. A session that
-- was used later ends later, unless its lifetime is over soon.
local function idlestSince(before, request, at)
  local until_ = before + request.idleMs
  local found, foundAt = nil, nil
  for _, handle in ipairs(redis.call('ZRANGE', seats, '(' .. at, until_, 'BYSCORE', 'LIMIT', 0, 256)) do
    local record = redis.call('HMGET', recordKey(handle), 'l', 'u')
    local seen = tonumber(record[1] or '0')
    if seen > 0 and seen <= before and (not foundAt or seen < foundAt) and isCounted(handle) then
      found, foundAt = { handle, record[2] }, seen
    end
  end
  return found
end

local steps = {}

-- Only under pressure. A check may leave the time of last use unwritten for the slack: nobody who was active is taken for idle.
steps['reclaim-idle'] = function(step, door, request, at, cause)
  if not fits(door, 1, 0) then return nil end
  local idle = idlestSince(at - step.idleMinutes * 60000 - request.slackMs, request, at)
  if not idle then return nil end
  finish(idle[1], idle[2], 'idle', at, cause)
  return ''
end

steps['end-own'] = function(_, door, request, at, cause)
  if not request.give or not fits(door, 1, 1) then return nil end
  finish(request.give, request.user, 'ended-by-user', at, cause)
  return ''
end

steps['displace'] = function(step, door, request, at, cause)
  if not fits(door, 1, 1) then return nil end
  local first, firstAt = nil, nil
  for _, handle in ipairs(door.own) do
    local since = step.which == 'oldest' and tonumber(redis.call('ZSCORE', opened, handle) or '0') or seenAt(handle)
    if not firstAt or since < firstAt or (since == firstAt and handle < first) then first, firstAt = handle, since end
  end
  if not first then return nil end
  finish(first, request.user, 'displaced', at, cause)
  return ''
end

-- So many seats more, on so many days of any 365; a day counts once.
steps['overage'] = function(step, door, _, at)
  if door.perUser and #door.own >= door.perUser then return nil end
  -- A licence without seats is for nobody, not for a few.
  if door.limit == 0 or door.count >= door.limit + step.seats then return nil end
  local day = math.floor(at / 86400000)
  redis.call('ZREMRANGEBYSCORE', overageKey, '-inf', day - 365)
  if not redis.call('ZSCORE', overageKey, day) then
    if redis.call('ZCARD', overageKey) >= step.days then return nil end
    redis.call('ZADD', overageKey, day, day)
  end
  return 'overage'
end

-- Tries the chain. Answers nil when there is room now, with the reason the admission is told with; else why there is none.
local function makeRoom(chain, door, request, at, cause)
  local code = door.perUser and #door.own >= door.perUser and 'USER_MAX' or 'FULL'
  local gives = false
  for _, handle in ipairs(door.own) do gives = gives or handle == request.give end
  -- Whoever names what is not theirs frees nothing and is let in by nothing.
  if request.give and not gives then return code end
  local today = redis.call('ZSCORE', overageKey, math.floor(at / 86400000))
  for _, one in ipairs(chain) do
    if one.step == 'overage' and today and door.limit > 0 then door.extra = one.seats end
  end
  for _, step in ipairs(chain) do
    local told = steps[step.step](step, door, request, at, cause)
    if told then return nil, told end
  end
  return code
end
