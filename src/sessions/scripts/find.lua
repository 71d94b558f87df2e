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
local at = now()
local mostRecords = 500
local asksKind = request.browser or request.os or request.tallies
local asksClient = request.ip or asksKind
local asksUse = request.idlest or request.idleMs

-- Most tags have nobody whose time has come: then no seat need be looked up.
local gone, goneCount = {}, 0
for _, handle in ipairs(redis.call('ZRANGE', seats, '-inf', at, 'BYSCORE', 'LIMIT', 0, 500)) do
  gone[handle] = true
  goneCount = goneCount + 1
end

local function lives(handle)
  if goneCount < 500 then return not gone[handle] end
  local score = redis.call('ZSCORE', seats, handle)
  return score and tonumber(score) > at
end

-- As Redis orders members: by bytes, whatever the locale.
local function isBefore(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then return a < b end
  end
  return #one < #other
end

local function openedAt(handle)
  return tonumber(redis.call('ZSCORE', opened, handle) or '0')
end

-- What is looked through: the handles, what has been fetched of their clients, in the same order, and the idle limit by which
-- their seats tell when they were last used, if they do.
local slice, told, idle = {}, nil, nil
-- What records are read for, and what has been fetched of them, one behind the other.
local fields, places, rows = {}, {}, nil

local function readsRecord(field)
  fields[#fields + 1] = field
  places[field] = #fields
end

-- The clients of the slice. What is small is kept as one text, in which each look-up begins at the beginning.
local function clientsOfSlice()
  if redis.call('HLEN', clients) > 512 then return redis.call('HMGET', clients, unpack(slice)) end
  local flat, of, answer = redis.call('HGETALL', clients), {}, {}
  for i = 1, #flat, 2 do of[flat[i]] = flat[i + 1] end
  for i, handle in ipairs(slice) do answer[i] = of[handle] or false end
  return answer
end

-- The idle limit of all in the slice, where their seats tell when they were last used, as limits.lua says. Nil where somebody may
-- live by another limit, was opened so long ago that the seat may tell the end of the lifetime, or so lately that nobody may have
-- seen the session yet.
local function idleOfSlice(rank)
  local known = redis.call('HMGET', policyKey, 'idle', 'idleFrom', 'lifetime', 'lifetimeFrom')
  if not known[1] or not known[3] or at < tonumber(known[2]) then return nil end
  local first = redis.call('ZRANGE', opened, 0, 0, 'WITHSCORES')
  if first[2] and tonumber(first[2]) < tonumber(known[4]) then return nil end
  if rank < redis.call('ZCOUNT', opened, '(' .. (at - request.grantMs), '+inf') then return nil end
  local limit = tonumber(known[1])
  local early = redis.call('ZCOUNT', opened, '-inf', at + limit - tonumber(known[3]))
  if rank + #slice > redis.call('ZCARD', opened) - early then return nil end
  return limit
end

-- Fetches records with one command, a fifth faster than with a command for each. A cluster before Redis 7.4 refuses it, as do
-- narrow rights: then each record is asked for its fields.
local function fetchRecords(rank)
  if #fields == 0 then return end
  for i = #slice, mostRecords + 1, -1 do slice[i] = nil end
  local words = { 'SORT_RO', opened, 'BY', 'nosort', 'LIMIT', rank, #slice, 'DESC' }
  for _, field in ipairs(fields) do
    words[#words + 1] = 'GET'
    words[#words + 1] = recordKey('*') .. '->' .. field
  end
  local answer = redis.pcall(unpack(words))
  if not answer.err then rows = answer end
end

-- Whether each was found: those opened before the index was kept, and what was lost by hand, are read from their records.
local function areAll(values)
  for i = 1, #slice do
    if not values[i] then return false end
  end
  return true
end

local function fetch(rank)
  if #slice == 0 then return end
  if asksClient then
    told = clientsOfSlice()
    if not areAll(told) then readsRecord('k') end
  end
  if asksUse then
    idle = idleOfSlice(rank)
    if not idle then readsRecord('l') end
  end
  if request.text then readsRecord('p') end
  fetchRecords(rank)
end

local function fieldOf(i, field)
  if rows and places[field] then return rows[(i - 1) * #fields + places[field]] end
  return redis.call('HGET', recordKey(slice[i]), field)
end

-- What is asked of browser and system is the same for all that have both: there are few.
local function isKind(kind)
  local browser, os = string.match(kind, '^(.*)\n(.*)$')
  local function holds(text, part) return not part or string.find(string.lower(text), part, 1, true) ~= nil end
  return holds(browser, request.browser) and holds(os, request.os)
end

local kinds, tally = {}, {}
local function isClient(i)
  local client = told and told[i]
  if not client then
    local about = fieldOf(i, 'k')
    if not about then return false end
    client = clientOf(about)
  end
  if request.ip and string.find(client, request.ip, 1, true) ~= 1 then return false end
  if not asksKind then return true end
  local kind = string.sub(client, string.find(client, '\n', 1, true) + 1)
  local known = kinds[kind]
  if known == nil then
    known = isKind(kind)
    kinds[kind] = known
  end
  if known and request.tallies then tally[kind] = (tally[kind] or 0) + 1 end
  return known
end

-- What stands between the names of a person, as far as a text could be taken for it.
local isBetween = request.text and string.find('"email":,"username":null,"name":null,"verified":   ', request.text, 1, true)
local function isCalled(i)
  local person = fieldOf(i, 'p')
  person = person and string.lower(person)
  if not person or not string.find(person, request.text, 1, true) then return false end
  if not isBetween then
    local _, before = string.find(person, '"email":', 1, true)
    local found = before and string.find(person, request.text, before + 1, true)
    local behind = found and string.find(person, '"verified":', before + 1, true)
    return behind ~= nil and found < behind
  end
  local email, username, name = string.match(person, '"email":(.-),"username":(.-),"name":(.-),"verified":')
  if not email then return false end
  -- Whoever has no name is not called "null".
  if username == 'null' then username = '' end
  if name == 'null' then name = '' end
  return string.find(email .. ' ' .. username .. ' ' .. name, request.text, 1, true) ~= nil
end

-- When these places of the slice were last used; false for those without a seat.
local function usesOf(meant)
  local uses, handles = {}, {}
  if not idle then
    for j, i in ipairs(meant) do
      local seen = tonumber(fieldOf(i, 'l') or '0')
      -- One that was never seen was used when it was opened.
      uses[j] = seen > 0 and seen or openedAt(slice[i])
    end
  elseif #meant > 0 then
    if #meant == #slice then handles = slice else for j, i in ipairs(meant) do handles[j] = slice[i] end end
    for j, score in ipairs(redis.call('ZMSCORE', seats, unpack(handles))) do
      uses[j] = score and tonumber(score) - idle
    end
  end
  return uses
end

-- The places in the slice of those that are meant, whatever their use.
local function sift()
  local meant, count = {}, 0
  for i = 1, #slice do
    local handle = slice[i]
    if
      not gone[handle]
      and handle ~= request.except
      and (goneCount < 500 or lives(handle))
      and (not asksClient or isClient(i))
      and (not request.text or isCalled(i))
    then
      count = count + 1
      meant[count] = i
    end
  end
  return meant
end

-- Those of them that are idle, and when they were last used.
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

-- How many were opened later than a place in the list, or in the same moment and come first.
local function rankBehind(place)
  local known = redis.call('ZREVRANK', opened, place[2])
  if known then return known + 1 end
  local low = redis.call('ZCOUNT', opened, '(' .. place[1], '+inf')
  local high = low + redis.call('ZCOUNT', opened, place[1], place[1])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = redis.call('ZRANGE', opened, middle, middle, 'REV')[1]
    if isBefore(there, place[2]) then high = middle else low = middle + 1 end
  end
  return low
end

local function isBehind(time, handle)
  local after = request.after
  if not after then return true end
  if time ~= after[1] then return (time > after[1]) == (request.idlest ~= nil) end
  if request.idlest then return isBefore(after[2], handle) end
  return isBefore(handle, after[2])
end

-- The user's, newest first.
local function sliceOfUser()
  local since = {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(request.user))) do
    local time = openedAt(handle)
    if time > 0 and (not request.ageMs or at - time >= request.ageMs) then
      since[handle] = time
      slice[#slice + 1] = handle
    end
  end
  table.sort(slice, function(a, b) return since[a] > since[b] or (since[a] == since[b] and isBefore(b, a)) end)
end

-- The next ones of the list. Answers how many come before, and whether there may be more behind. Who was opened less than so
-- long ago has not been idle for so long.
local function sliceOfList()
  local age = math.max(request.ageMs or 0, request.idleMs or 0)
  local rank = age > 0 and redis.call('ZCOUNT', opened, '(' .. (at - age), '+inf') or 0
  if request.from then rank = math.max(rank, rankBehind(request.from)) end
  slice = redis.call('ZRANGE', opened, rank, rank + request.look - 1, 'REV')
  local count = #slice
  fetch(rank)
  return rank, count == request.look or #slice < count
end

-- Those unused for longest of those that are meant. Numbers are sorted many times faster than what needs a comparison of its own.
local function idlestOf(meant, times)
  local found, behind = {}, {}
  for j, i in ipairs(meant) do
    if (not request.usedByMs or times[j] <= request.usedByMs) and isBehind(times[j], slice[i]) then behind[#behind + 1] = j end
  end
  local cut = math.huge
  if #behind > request.atMost then
    local sorted = {}
    for k, j in ipairs(behind) do sorted[k] = times[j] end
    table.sort(sorted)
    cut = sorted[request.atMost] or -math.huge
  end
  for _, j in ipairs(behind) do
    if times[j] <= cut then found[#found + 1] = { slice[meant[j]], times[j] } end
  end
  table.sort(found, function(a, b) return a[2] < b[2] or (a[2] == b[2] and isBefore(a[1], b[1])) end)
  return found
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

local rank, more = 0, false
if request.user then sliceOfUser() else rank, more = sliceOfList() end
local meant, times = sift(), nil
if asksUse then meant, times = siftByUse(meant) end
local matched, last, found, stopped = #meant, more and slice[#slice] or '', nil, nil
if request.idlest then
  found = idlestOf(meant, times)
elseif request.user then
  found = newestOf(meant, function(i) return isBehind(openedAt(slice[i]), slice[i]) end)
else
  local behind = request.after and rankBehind(request.after) or 0
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
