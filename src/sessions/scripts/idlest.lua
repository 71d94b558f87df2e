#!lua flags=no-writes
--[[ Looks through a slice of the live sessions of a tag along the times of their seats, which tell when they were last used: so those
  unused for longest come first, and whoever has enough need look no further. A slice is short; whoever asks goes on where it ended.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { look, grantMs, atMost, from?, since?, begin?, after?, usedByMs?, except?, ip?, browser?, os?, text?, idleMs?, ageMs? }, as `find` is asked
          from: { time, handle } of the last one looked at. Without it, in the first slice, also those are looked at whose seats do not
          tell: who may not have been seen yet, and who ends with the lifetime. since: when the first slice was looked at, for which
          that holds in all others too. begin: where the first slice begins

  Returns  { how many were last used `idleMs` ago or before ('' but for the first slice), how many of the slice are meant, time, handle, now, handle,
             time, … }
           the first time and handle are of the last one looked at, '' when there is no more: all that is not looked at yet was used then
           or later. Empty where seats do not tell: sessions live by several limits, or more than 500 tell nothing ]]
-- include "clock"
-- include "keys"
-- include "seats"
-- include "client"
local request = cjson.decode(ARGV[1])
-- include "sift"
local at = now()
local mostApart = 500
-- Who never had anybody knows no limits.
if living(at) == 0 then return { request.from and '' or 0, 0, 0, '', at } end
local idle, lifetime = limitsOfAll(at)
if not idle then return {} end
local early, late = countsApart(request.since or at, idle, lifetime)
if not request.since and early + late > mostApart then return {} end

-- Those whose seats do not tell, and when they were last used, in the same order.
local apart, apartList, apartUses, apartIdle = {}, {}, {}, 0
local usedBy = at - (request.idleMs or -math.huge)

local function setApart(handles)
  for _, handle in ipairs(handles) do
    local score = not apart[handle] and redis.call('ZSCORE', seats, handle)
    if score and tonumber(score) > at then
      apart[handle] = true
      apartList[#apartList + 1] = handle
    end
  end
end

if early > 0 then setApart(redis.call('ZRANGE', opened, 0, early - 1)) end
if late > 0 then setApart(redis.call('ZRANGE', opened, 0, late - 1, 'REV')) end

-- Seats that are taken until then are of sessions used until `usedBy`: how many there are, as they stand in their order.
local first = redis.call('ZCOUNT', seats, '-inf', at)
local behind = redis.call('ZCOUNT', seats, '-inf', usedBy + idle)

-- How many sessions are as idle as is asked, whatever else is asked.
local function countIdle()
  local count = math.max(0, behind - first)
  lookAt(apartList)
  for i, handle in ipairs(apartList) do
    if tonumber(redis.call('ZSCORE', seats, handle)) <= usedBy + idle then count = count - 1 end
    apartUses[i] = recordedUse(i)
    if apartUses[i] <= usedBy then count = count + 1 end
  end
  return count
end

-- The times of these places of the slice in a sorted set, in the same order.
local function timesIn(set, meant)
  if #meant == 0 then return {} end
  local those = {}
  for j, i in ipairs(meant) do those[j] = slice[i] end
  return redis.call('ZMSCORE', set, unpack(those))
end

local function areOldEnough(meant)
  if not request.ageMs then return meant end
  local old = {}
  for j, since in ipairs(timesIn(opened, meant)) do
    if since and at - tonumber(since) >= request.ageMs then old[#old + 1] = meant[j] end
  end
  return old
end

local idleCount, matched, found = nil, 0, {}
local function add(meant, times)
  matched = matched + #meant
  if request.atMost == 0 then return end
  for _, one in ipairs(idlestOf(meant, times(meant))) do found[#found + 1] = one end
end

local function addApart()
  local idleOnes = {}
  for _, i in ipairs(areOldEnough(sift({}))) do
    if apartUses[i] <= usedBy then idleOnes[#idleOnes + 1] = i end
  end
  add(idleOnes, function(meant)
    local times = {}
    for j, i in ipairs(meant) do times[j] = apartUses[i] end
    return times
  end)
end

local function addSlice()
  add(areOldEnough(sift(apart)), function(meant)
    local times = timesIn(seats, meant)
    for j, score in ipairs(times) do times[j] = tonumber(score) - idle end
    return times
  end)
end

local from = request.from or request.begin
local rank = from and math.max(first, rankBehind(seats, { from[1] + idle, from[2] })) or first
if not request.from then
  idleCount = countIdle()
  addApart()
end
local last = math.min(rank + request.look, behind) - 1
local handles = rank <= last and redis.call('ZRANGE', seats, rank, last) or {}
lookAt(handles, nil, seats, rank, 'ASC')
addSlice()
table.sort(found, function(a, b) return a[2] < b[2] or (a[2] == b[2] and isBefore(a[1], b[1])) end)

local more = #slice > 0 and rank + #slice < behind
local answer = { idleCount or '', matched, 0, '', at }
if more then
  answer[3] = tonumber(redis.call('ZSCORE', seats, slice[#slice])) - idle
  answer[4] = slice[#slice]
end
for i = 1, math.min(#found, request.atMost) do
  answer[#answer + 1] = found[i][1]
  answer[#answer + 1] = found[i][2]
end
return answer
