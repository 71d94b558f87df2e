#!lua flags=no-writes
--[[ What is kept of sessions, for whoever compares: it decides nothing.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { handles? } | { users? } | { described } | { from }
          handles: tells what is kept of each
          described: of these handles in the index of clients, tells of those that are not listed
          users: looks through their indexes for what does not belong there
          from: tells what is kept of those of the next 200 places of each index, from that position, that lack something

  Returns  { now, next position (0: that was all), rows, strays }
           rows = { handle, 'live' | 'ended' | 'none', user, epoch, the user's epoch here, opened at, time of the seat,
                    time in the list, time among the uncounted, indexed (1 or 0), reason, ended at,
                    client known (1 or 0) }, '' for what is not there
           strays = user, handle, user, handle, … ]]
-- include "clock"
-- include "keys"
-- include "seats"
local request = cjson.decode(ARGV[1])
local answer = { now(), 0, {}, {} }
local told = {}

local function rowOf(handle)
  local record = redis.call('HMGET', recordKey(handle), 'v', 'u', 'e', 's', 'r', 't')
  local user = record[2] or ''
  local known = user ~= '' and redis.call('HGET', policyKey, 'e:' .. user)
  return {
    handle,
    record[1] and 'live' or (record[5] and 'ended' or 'none'),
    user,
    record[3] or '',
    known or '',
    record[4] and string.match(record[4], '^%d+') or '',
    redis.call('ZSCORE', seats, handle) or '',
    redis.call('ZSCORE', opened, handle) or '',
    redis.call('ZSCORE', uncounted, handle) or '',
    user ~= '' and redis.call('SISMEMBER', userKey(user), handle) or 0,
    record[5] or '',
    record[6] or '',
    redis.call('HEXISTS', clients, handle),
  }
end

local function tellOf(handle)
  if told[handle] then return end
  told[handle] = true
  answer[3][#answer[3] + 1] = rowOf(handle)
end

-- A live record has a user's name; what an ended session left has it too, and is in no index.
local function strays(user)
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local record = redis.call('HMGET', recordKey(handle), 'v', 'u')
    if not record[1] or record[2] ~= user then
      answer[4][#answer[4] + 1] = user
      answer[4][#answer[4] + 1] = handle
    end
  end
end

local function lacking(index)
  local slice = redis.call('ZRANGE', index, request.from, request.from + 199)
  for _, handle in ipairs(slice) do
    local row = rowOf(handle)
    if row[2] ~= 'live' or row[7] == '' or row[8] == '' or (row[9] ~= '' and row[9] ~= row[7]) then tellOf(handle) end
  end
  if #slice == 200 then answer[2] = request.from + 200 end
end

for _, handle in ipairs(request.handles or {}) do tellOf(handle) end
for _, user in ipairs(request.users or {}) do strays(user) end
for _, handle in ipairs(request.described or {}) do
  if not redis.call('ZSCORE', opened, handle) then tellOf(handle) end
end
if request.from then
  lacking(seats)
  lacking(opened)
  lacking(uncounted)
end
return answer
