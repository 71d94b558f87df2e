#!lua
--[[ The one way in: takes a seat and stores the session, or refuses and writes nothing but the history.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { handle, verifier, user, epoch, policyVersion?, client (with the delivery), version, static, person, about,
          absoluteMs, grantMs, idleMs (with slack), slackMs, exchange? { handle, verifier }, give? handle,
          uncounted? 'break-glass' | 'support', attempt, requestId? }
          `policyVersion` is missing for a seatless tag, which has no policy and no limit. `give` is the own session the person
          would end for this one. `uncounted` takes no seat; who may ask for that is decided before.

  Returns  { 1, now, used } opened; the seat is held for the grant until it is confirmed
           { 2, used, limit, next free at or '', own handles, 'FULL' | 'USER_MAX' } full
           { 3, 'SUSPENDED' | 'NOT_STARTED' | 'EXPIRED' } the licence refuses
           { 4 } the policy is missing or older than the caller's
           { 5 } the user has been ended since the caller read the epoch ]]
-- include "clock"
-- include "keys"
-- include "seats"
-- include "full-house"
-- include "client"
local request = cjson.decode(ARGV[1])
local at = now()
local cause = { requestId = request.requestId }
purge(at, 64)

local function refuse(code, count)
  tell('refused', request.attempt .. ':refused', '', request.user, at, code, count, cause)
end

-- When the next seat falls free if nobody signs out. Those that do not count free none; they are few, so it is enough to look
-- at some more sessions than must leave. Nobody is told who would have to wait for more than the first hundred.
local function nextFreeAt(count, limit)
  local left = count - limit + 1
  if limit == 0 or left < 1 or left > 100 then return '' end
  local slice = redis.call('ZRANGE', seats, '(' .. at, '+inf', 'BYSCORE', 'LIMIT', 0, left + 100, 'WITHSCORES')
  for i = 1, #slice, 2 do
    if isCounted(slice[i]) then left = left - 1 end
    if left == 0 then return slice[i + 1] end
  end
  return ''
end

-- From now on sessions are opened with this lifetime. `at` may be the moment of one that has another.
local function noteLifetime(lifetime, at)
  local last = redis.call('ZRANGE', opened, -1, -1, 'WITHSCORES')
  local from = last[2] and math.max(tonumber(last[2]) + 1, at) or at
  redis.call('HSET', policyKey, 'lifetime', lifetime, 'lifetimeFrom', from)
end

local known = redis.call('HMGET', policyKey, 'e:' .. request.user, 'lifetime')
if known[1] and tonumber(known[1]) > request.epoch then return { 5 } end

local exchanged = nil
if request.exchange then
  local held = redis.call('HMGET', recordKey(request.exchange.handle), 'v', 'u', 'w')
  local score = redis.call('ZSCORE', seats, request.exchange.handle)
  -- A browser that never got the answer to a rotation still holds the secret from before it; its owner may give it up.
  local mine = held[1] == request.exchange.verifier
    or (held[3] == request.exchange.verifier and held[2] == request.user)
  if mine and score and tonumber(score) > at then exchanged = held[2] end
end

-- One for one: what takes no seat cannot give one.
local replaces = exchanged and (request.uncounted or isCounted(request.exchange.handle))
local version = ''
local told = request.uncounted or ''
local count = used(at)
if request.policyVersion then
  local policy = redis.call('HMGET', policyKey, 'v', 'seats', 'state', 'from', 'to', 'per', 'chain')
  if not policy[1] or tonumber(policy[1]) < request.policyVersion then return { 4 } end
  version = policy[1]
  local refusal = (policy[3] == 'suspended' and 'SUSPENDED')
    or (policy[4] ~= '' and at < tonumber(policy[4]) and 'NOT_STARTED')
    or (policy[5] ~= '' and at >= tonumber(policy[5]) and 'EXPIRED')
    -- Whoever is inside may sign in again while those inside stay.
    or (policy[3] == 'draining' and not (exchanged == request.user and replaces) and 'SUSPENDED')
  if refusal then
    refuse(refusal, count)
    return { 3, refusal }
  end
  local limit = tonumber(policy[2])
  if not request.uncounted then
    local door = {
      count = count,
      limit = limit,
      perUser = tonumber(policy[6] or ''),
      own = ownOf(request.user, at, exchanged and request.exchange.handle),
      -- An exchange is one for one: it admits nobody, even where seats have been taken away meanwhile.
      exchanges = replaces,
    }
    if not fits(door, 0, 0) then
      local chain = policy[7] and policy[7] ~= '' and cjson.decode(policy[7]) or {}
      local code
      code, told = makeRoom(chain, door, request, at, cause)
      if code then
        refuse(code, count)
        return { 2, count, limit, nextFreeAt(count, limit), ownOf(request.user, at), code }
      end
    end
  end
end

if exchanged then finish(request.exchange.handle, exchanged, 'signed-out', at, cause) end
local absolute = at + request.absoluteMs
local expiresAt = math.min(at + request.grantMs, absolute)
local key = recordKey(request.handle)
if tonumber(known[2] or '') ~= request.absoluteMs then noteLifetime(request.absoluteMs, at) end
-- Last seen at 0 until it is confirmed: so the first read finds a slide due.
redis.call('HSET', key, 'v', request.verifier, 'u', request.user, 'e', request.epoch, 'l', 0, 'a', absolute,
  'f', request.client, 'fv', request.version, 's', at .. '\n' .. absolute .. '\n' .. request.static,
  'p', request.person, 'k', request.about, 'pv', version)
redis.call('PEXPIREAT', key, absolute + tombstoneMs)
redis.call('ZADD', seats, expiresAt, request.handle)
if request.uncounted then redis.call('ZADD', uncounted, expiresAt, request.handle) end
redis.call('ZADD', opened, at, request.handle)
redis.call('HSET', clients, request.handle, clientOf(request.about))
redis.call('SADD', userKey(request.user), request.handle)
count = used(at)
tell('admitted', request.handle .. ':admitted', request.handle, request.user, at, told, count, cause)
return { 1, at, count }
