#!lua flags=allow-oom
--[[ Puts one thing right that does not fit with the rest. Looks again first: what fits by now is left alone.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { act, … }
          'finish' handle         ends what has no record, or a record and no seat; the history is told
          'list' handle           puts a live session back into the list
          'index' handle          puts a live session back into its user's index
          'unindex' handle, user  takes what does not live out of a user's index
          'uncount' handle        takes what has no seat off the uncounted, and gives what has one the time of its seat
          'describe' handle       puts a live session back into the index of clients
          'undescribe' handle     takes what is no session out of the index of clients
          'forget-day' day        takes a day off those of the overage
          'tell' kind, handle, user, at, reason, used, message    tells the history what it has missed

  Returns  1 done | 0 there was nothing to do ]]
-- include "clock"
-- include "keys"
-- include "seats"
-- include "client"
local request = cjson.decode(ARGV[1])
local handle = request.handle
local at = now()
local acts = {}

function acts.finish()
  local record = redis.call('HMGET', recordKey(handle), 'u', 'r', 'v')
  local seated = redis.call('ZSCORE', seats, handle)
  if record[3] and seated then return 0 end
  if not record[3] and not seated and not redis.call('ZSCORE', opened, handle) then return 0 end
  finish(handle, record[1] or '', record[2] or 'idle', at, {})
  return 1
end

function acts.list()
  local record = redis.call('HMGET', recordKey(handle), 'v', 's')
  if not record[1] or not redis.call('ZSCORE', seats, handle) then return 0 end
  return redis.call('ZADD', opened, 'NX', string.match(record[2], '^%d+'), handle)
end

function acts.index()
  local record = redis.call('HMGET', recordKey(handle), 'v', 'u')
  if not record[1] or not redis.call('ZSCORE', seats, handle) then return 0 end
  return redis.call('SADD', userKey(record[2]), handle)
end

function acts.unindex()
  local record = redis.call('HMGET', recordKey(handle), 'v', 'u')
  if record[1] and record[2] == request.user then return 0 end
  return redis.call('SREM', userKey(request.user), handle)
end

function acts.uncount()
  local seated = redis.call('ZSCORE', seats, handle)
  if not seated then return redis.call('ZREM', uncounted, handle) end
  return redis.call('ZADD', uncounted, 'XX', 'CH', seated, handle)
end

function acts.describe()
  local record = redis.call('HMGET', recordKey(handle), 'v', 'k')
  if not record[1] or not redis.call('ZSCORE', seats, handle) then return 0 end
  return redis.call('HSETNX', clients, handle, clientOf(record[2] or ''))
end

function acts.undescribe()
  if redis.call('HEXISTS', recordKey(handle), 'v') == 1 or redis.call('ZSCORE', seats, handle) then return 0 end
  if redis.call('ZSCORE', opened, handle) then return 0 end
  return redis.call('HDEL', clients, handle)
end

acts['forget-day'] = function()
  return redis.call('ZREM', overageKey, request.day)
end

function acts.tell()
  tell(request.kind, handle .. ':' .. request.kind, handle, request.user, request.at, request.reason, request.used,
    { message = request.message })
  return 1
end

return acts[request.act]()
