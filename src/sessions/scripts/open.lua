#!lua
--[[ The one way in: takes a seat and stores the session, or refuses and writes nothing but the history.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { handle, verifier, user, epoch, policyVersion?, client (with the delivery), version, static, person, about,
          absoluteMs, grantMs, exchange? { handle, verifier }, attempt, requestId? }
          `policyVersion` is missing for a seatless tag, which has no policy and no limit.

  Returns  { 1, now, used } opened; the seat is held for the grant until it is confirmed
           { 2, used, limit, next free at or '', own handles } full
           { 3, 'SUSPENDED' | 'NOT_STARTED' | 'EXPIRED' } the licence refuses
           { 4 } the policy is missing or older than the caller's
           { 5 } the user has been ended since the caller read the epoch ]]
-- include "clock"
-- include "keys"
-- include "seats"
local request = cjson.decode(ARGV[1])
local at = now()
local cause = { requestId = request.requestId }
purge(at, 64)

local function refuse(code, count)
  tell('refused', request.attempt .. ':refused', '', request.user, at, code, count, cause)
end

local function livingOf(user)
  local living = {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local score = redis.call('ZSCORE', seats, handle)
    if score and tonumber(score) > at then living[#living + 1] = handle end
  end
  return living
end

local epoch = redis.call('HGET', policyKey, 'e:' .. request.user)
if epoch and tonumber(epoch) > request.epoch then return { 5 } end

local exchanged = nil
if request.exchange then
  local held = redis.call('HMGET', recordKey(request.exchange.handle), 'v', 'u', 'w')
  local score = redis.call('ZSCORE', seats, request.exchange.handle)
  -- A browser that never got the answer to a rotation still holds the secret from before it; its owner may give it up.
  local mine = held[1] == request.exchange.verifier
    or (held[3] == request.exchange.verifier and held[2] == request.user)
  if mine and score and tonumber(score) > at then exchanged = held[2] end
end

local version = ''
local count = used(at)
if request.policyVersion then
  local policy = redis.call('HMGET', policyKey, 'v', 'seats', 'state', 'from', 'to')
  if not policy[1] or tonumber(policy[1]) < request.policyVersion then return { 4 } end
  version = policy[1]
  local refusal = (policy[3] == 'suspended' and 'SUSPENDED')
    or (policy[4] ~= '' and at < tonumber(policy[4]) and 'NOT_STARTED')
    or (policy[5] ~= '' and at >= tonumber(policy[5]) and 'EXPIRED')
  if refusal then
    refuse(refusal, count)
    return { 3, refusal }
  end
  local limit = tonumber(policy[2])
  -- An exchange is one for one: it admits nobody, even where seats have been taken away meanwhile.
  if count >= limit and not exchanged then
    refuse('FULL', count)
    local next = redis.call('ZRANGE', seats, '(' .. at, '+inf', 'BYSCORE', 'LIMIT', count - limit, 1, 'WITHSCORES')
    return { 2, count, limit, limit > 0 and next[2] or '', livingOf(request.user) }
  end
end

if exchanged then finish(request.exchange.handle, exchanged, 'signed-out', at, cause) end
local absolute = at + request.absoluteMs
local key = recordKey(request.handle)
-- Last seen at 0 until it is confirmed: so the first read finds a slide due.
redis.call('HSET', key, 'v', request.verifier, 'u', request.user, 'e', request.epoch, 'l', 0, 'a', absolute,
  'f', request.client, 'fv', request.version, 's', at .. '\n' .. absolute .. '\n' .. request.static,
  'p', request.person, 'k', request.about, 'pv', version)
redis.call('PEXPIREAT', key, absolute + tombstoneMs)
redis.call('ZADD', seats, math.min(at + request.grantMs, absolute), request.handle)
redis.call('ZADD', opened, at, request.handle)
redis.call('SADD', userKey(request.user), request.handle)
count = used(at)
tell('admitted', request.handle .. ':admitted', request.handle, request.user, at, '', count, cause)
return { 1, at, count }
