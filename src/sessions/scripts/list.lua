#!lua flags=no-writes
--[[ A slice of the live sessions of a tag, newest first, without scanning the keyspace.

  KEYS  1 prefix of the tag
  ARGV  1 at most so many  2 user, or ''  3 opened at, of the last one seen, or ''  4 handle of the last one seen, or ''

  Returns  { how many live in all, more (1 or 0), handle, record, handle, record, … }
           record = { user, last seen (0: not yet), static, person, about, expires at, opened at } ]]
-- include "clock"
-- include "keys"
-- include "seats"
local at = now()
local atMost = tonumber(ARGV[1])
local answer = { 0, 0 }

local function row(handle, openedAt)
  local score = redis.call('ZSCORE', seats, handle)
  if not score or tonumber(score) <= at then return nil end
  local record = redis.call('HMGET', recordKey(handle), 'u', 'l', 's', 'p', 'k')
  if not record[3] then return nil end
  return { record[1], record[2], record[3], record[4], record[5], score, openedAt }
end

local function seenBefore(handle, openedAt)
  if ARGV[3] == '' then return false end
  local mark = tonumber(ARGV[3])
  return openedAt > mark or (openedAt == mark and handle >= ARGV[4])
end

-- Answers false when the page is full.
local function add(handle, openedAt)
  if seenBefore(handle, openedAt) then return true end
  local found = row(handle, openedAt)
  if not found then return true end
  if (#answer - 2) / 2 >= atMost then
    answer[2] = 1
    return false
  end
  answer[#answer + 1] = handle
  answer[#answer + 1] = found
  return true
end

local function listUser(user)
  local mine = {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(user))) do
    local openedAt = tonumber(redis.call('ZSCORE', opened, handle) or 0)
    mine[#mine + 1] = { handle, openedAt }
    if row(handle, openedAt) then answer[1] = answer[1] + 1 end
  end
  table.sort(mine, function(a, b) return a[2] > b[2] or (a[2] == b[2] and a[1] > b[1]) end)
  for _, one in ipairs(mine) do
    if not add(one[1], one[2]) then return end
  end
end

local function listAll()
  answer[1] = living(at)
  local from = ARGV[3] == '' and '+inf' or ARGV[3]
  local offset = 0
  while true do
    local slice = redis.call('ZRANGE', opened, from, '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, 200, 'WITHSCORES')
    for i = 1, #slice, 2 do
      if not add(slice[i], tonumber(slice[i + 1])) then return end
    end
    if #slice < 400 then return end
    offset = offset + 200
  end
end

if ARGV[2] ~= '' then listUser(ARGV[2]) else listAll() end
return answer
