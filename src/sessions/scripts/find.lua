#!lua flags=no-writes
--[[ Looks through a slice of the live sessions of a tag, newest first, for those that are meant. A slice is short; whoever asks
  goes on where it ended.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { look, grantMs, atMost, counts?, tallies?, from?, after?, idlest?, usedByMs?, user?, except?, ip?, browser?, os?, text?,
          idleMs?, ageMs? }
          look: how many sessions the slice has, fewer where their records must be read; grantMs: how long an unconfirmed one lives
          atMost: how many of those that are meant are told
          from: { opened at, handle } of the last one looked at; after: { time, handle }, only what comes behind that is told
          counts: looks at the whole slice also when `atMost` have been found
          tallies: tells how many of those that are meant have which browser and system, and nothing else
          idlest: those unused for longest first, by when they were last used; else those opened last, by when that was
          usedByMs: of the idlest, only those last used then or before are told
          user: looks at this user's alone, all at once; except: a handle that is not meant
          ip begins so; browser and os (lower case) contain that; text (lower case, as JSON) is in address, user name or name

  Returns  { how many live in the tag, how many of the slice are meant, opened at, handle, handle, time, handle, time, … }
           the first two times and handles are of the last one looked at, '' when there is no more; then those that are told,
           or the tally as JSON { browsers { name count }, systems { name count } } ]]
-- include "clock"
-- include "keys"
-- include "seats"
-- include "client"
local request = cjson.decode(ARGV[1])
-- include "sift"
local at = now()
local mostGone = 500
local asksUse = request.idlest or request.idleMs
-- By which idle limit the seats of the slice tell when they were last used, if they do.
local idle = nil

-- Most tags have nobody whose time has come: then no seat need be looked up.
local gone, goneCount = {}, 0
for _, handle in ipairs(redis.call('ZRANGE', seats, '-inf', at, 'BYSCORE', 'LIMIT', 0, mostGone)) do
  gone[handle] = true
  goneCount = goneCount + 1
end

local function findGone()
  if goneCount < mostGone then return end
  for _, handle in ipairs(slice) do
    local score = redis.call('ZSCORE', seats, handle)
    if not score or tonumber(score) <= at then gone[handle] = true end
  end
end

-- The idle limit of all in the slice, where their seats tell when they were last used.
local function idleOfSlice(rank, count)
  local limit, lifetime = limitsOfAll(at)
  if not limit then return nil end
  local early, late = countsApart(at, limit, lifetime)
  if rank < late or rank + count > redis.call('ZCARD', opened) - early then return nil end
  return limit
end

-- When these places of the slice were last used; false for those without a seat.
local function usesOf(meant)
  local uses, handles = {}, {}
  if not idle then
    for j, i in ipairs(meant) do uses[j] = recordedUse(i) end
  elseif #meant > 0 then
    if #meant == #slice then handles = slice else for j, i in ipairs(meant) do handles[j] = slice[i] end end
    for j, score in ipairs(redis.call('ZMSCORE', seats, unpack(handles))) do
      uses[j] = score and tonumber(score) - idle
    end
  end
  return uses
end

-- Those of these places that are idle, and when they were last used.
local function siftByUse(all)
  local meant, times, count = {}, {}, 0
  local uses, by = usesOf(all), at - (request.idleMs or -math.huge)
  for j, i in ipairs(all) do
    if uses[j] and uses[j] <= by then
      count = count + 1
      meant[count] = i
      times[count] = uses[j]
    end
  end
  return meant, times
end

-- The user's, newest first.
local function sliceOfUser()
  local since, handles = {}, {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(request.user))) do
    local time = openedAt(handle)
    if time > 0 and (not request.ageMs or at - time >= request.ageMs) then
      since[handle] = time
      handles[#handles + 1] = handle
    end
  end
  table.sort(handles, function(a, b) return since[a] > since[b] or (since[a] == since[b] and isBefore(b, a)) end)
  slice = handles
end

-- The next ones of the list. Answers how many come before, and whether there may be more behind. Who was opened less than so
-- long ago has not been idle for so long.
local function sliceOfList()
  local age = math.max(request.ageMs or 0, request.idleMs or 0)
  local rank = age > 0 and redis.call('ZCOUNT', opened, '(' .. (at - age), '+inf') or 0
  if request.from then rank = math.max(rank, rankBehind(opened, request.from, true)) end
  local handles = redis.call('ZRANGE', opened, rank, rank + request.look - 1, 'REV')
  local count = #handles
  if asksUse then idle = idleOfSlice(rank, count) end
  lookAt(handles, asksUse and not idle and 'l' or nil, opened, rank, 'DESC')
  return rank, count == request.look or #slice < count
end

-- Those opened last of those that are meant. Answers also where it stopped, because it had enough.
local function newestOf(meant, isTold)
  local found = {}
  if request.atMost == 0 then return found end
  for j, i in ipairs(meant) do
    if isTold(i) then found[#found + 1] = { slice[i], openedAt(slice[i]) } end
    if #found >= request.atMost then return found, j end
  end
  return found
end

local function enter(names, name, count)
  names[name] = (names[name] or 0) + count
end

local function tallied()
  local browsers, systems = {}, {}
  for kind, count in pairs(tally) do
    local browser, os = string.match(kind, '^(.*)\n(.*)$')
    enter(browsers, browser, count)
    enter(systems, os, count)
  end
  return cjson.encode({ browsers = browsers, systems = systems })
end

local function isBehind(time, handle)
  local after = request.after
  return not after or time < after[1] or (time == after[1] and isBefore(handle, after[2]))
end

local rank, more = 0, false
if request.user then sliceOfUser() else rank, more = sliceOfList() end
findGone()
local meant, times = sift(gone), nil
if asksUse then meant, times = siftByUse(meant) end
local matched, last, found, stopped = #meant, more and slice[#slice] or '', nil, nil
if request.idlest then
  found = idlestOf(meant, times)
elseif request.user then
  found = newestOf(meant, function(i) return isBehind(openedAt(slice[i]), slice[i]) end)
else
  local behind = request.after and rankBehind(opened, request.after, true) or 0
  found, stopped = newestOf(meant, function(i) return rank + i > behind end)
  if stopped and not request.counts then
    matched = stopped
    last = slice[meant[stopped]]
  end
end
local answer = { living(at), matched, last == '' and 0 or openedAt(last), last }
if request.tallies then answer[#answer + 1] = tallied() end
for i = 1, math.min(#found, request.atMost) do
  answer[#answer + 1] = found[i][1]
  answer[#answer + 1] = found[i][2]
end
return answer
