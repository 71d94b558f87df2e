#!lua flags=no-writes
--[[ Looks through a slice of the live sessions of a tag, newest first, for those that are meant. A slice is short; whoever asks
  goes on where it ended.

  KEYS  1 prefix of the tag
  ARGV  1 JSON { look, atMost, counts?, tallies?, from?, after?, idlest?, user?, except?, ip?, browser?, os?, text?, idleMs?, ageMs? }
          look: how many sessions the slice has; atMost: how many of those that are meant are told
          from: { opened at, handle } of the last one looked at; after: { time, handle }, only what comes behind that is told
          counts: looks at the whole slice also when `atMost` have been found
          tallies: tells how many of those that are meant have which browser and system, and nothing else
          idlest: those unused for longest first, by when they were last used; else those opened last, by when that was
          user: looks at this user's alone, all at once; except: a handle that is not meant
          ip begins so; browser and os (lower case) contain that; text (lower case, as JSON) is in address, user name or name

  Returns  { how many live in the tag, how many of the slice are meant, opened at, handle, handle, time, handle, time, … }
           the first two times and handles are of the last one looked at, '' when there is no more; then those that are told,
           or the tally as JSON { browsers { name count }, systems { name count } } ]]
-- include "clock"
-- include "keys"
-- include "seats"
local request = cjson.decode(ARGV[1])
local at = now()
local found, matched = {}, 0

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

local asksClient = request.ip or request.browser or request.os or request.tallies
local asksUse = request.idlest or request.idleMs

local function valueOf(about, field)
  local _, from = string.find(about, field, 1, true)
  local to = from and string.find(about, '"', from + 1, true)
  return to and string.sub(about, from + 1, to - 1) or ''
end

local tally = { browsers = {}, systems = {} }
local function enter(list, name)
  list[name] = (list[name] or 0) + 1
end

-- What was said of a text once holds for all that are the same: there are few browsers and systems.
local verdicts = {}
local function contains(text, part)
  local known = verdicts[part] or {}
  verdicts[part] = known
  if known[text] == nil then known[text] = string.find(string.lower(text), part, 1, true) ~= nil end
  return known[text]
end

-- Whether a text of the client's JSON contains that. Plain finds cost a fraction of what patterns do.
local function says(about, field, part)
  if not part then return true end
  return contains(valueOf(about, field), part)
end

local ipField = request.ip and '"ip":"' .. request.ip
local function isClient(about)
  if ipField and not string.find(about, ipField, 1, true) then return false end
  return says(about, '"browser":"', request.browser) and says(about, '"os":"', request.os)
end

local function isCalled(person)
  local email, username, name = string.match(person, '"email":(.-),"username":(.-),"name":(.-),"verified":')
  if not email then return false end
  -- Whoever has no name is not called "null".
  if username == 'null' then username = '' end
  if name == 'null' then name = '' end
  return string.find(string.lower(email .. ' ' .. username .. ' ' .. name), request.text, 1, true) ~= nil
end

local function openedAt(handle)
  return tonumber(redis.call('ZSCORE', opened, handle) or '0')
end

-- What records are looked at for, and what has been fetched of them: `row` is where the record that is looked at begins.
local fields = {}
if asksClient then fields[#fields + 1] = 'k' end
if request.text then fields[#fields + 1] = 'p' end
if asksUse then fields[#fields + 1] = 'l' end
local places = {}
for i, field in ipairs(fields) do places[field] = i end
local rows, row = nil, 0

-- Fetches all of a slice with one command, a fifth faster than with a command for each record. A cluster before Redis 7.4
-- refuses it, as do narrow rights: then each record is asked for its fields.
local function fetch(rank, count)
  if #fields == 0 then return end
  local words = { 'SORT_RO', opened, 'BY', 'nosort', 'LIMIT', rank, count, 'DESC' }
  for _, field in ipairs(fields) do
    words[#words + 1] = 'GET'
    words[#words + 1] = recordKey('*') .. '->' .. field
  end
  local answer = redis.pcall(unpack(words))
  if not answer.err then rows = answer end
end

local function fieldOf(handle, field)
  if rows then return rows[row + places[field]] end
  return redis.call('HGET', recordKey(handle), field)
end

-- When a session that is meant was last used (0 where that was not asked), or nil.
local function usedAt(handle)
  if handle == request.except or not lives(handle) then return nil end
  if asksClient then
    local about = fieldOf(handle, 'k')
    if not about or not isClient(about) then return nil end
    if request.tallies then
      enter(tally.browsers, valueOf(about, '"browser":"'))
      enter(tally.systems, valueOf(about, '"os":"'))
    end
  end
  if request.text then
    local person = fieldOf(handle, 'p')
    if not person or not isCalled(person) then return nil end
  end
  if not asksUse then return 0 end
  local seen = tonumber(fieldOf(handle, 'l') or '0')
  -- One that was never seen was used when it was opened.
  if seen == 0 then seen = openedAt(handle) end
  if request.idleMs and at - seen < request.idleMs then return nil end
  return seen
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

-- Answers whether more are wanted.
local function look(handle, told)
  local used = usedAt(handle)
  if not used then return true end
  matched = matched + 1
  if request.atMost == 0 then return true end
  if request.idlest then
    if isBehind(used, handle) then found[#found + 1] = { handle, used } end
  elseif #found < request.atMost and told then
    found[#found + 1] = { handle, openedAt(handle) }
  end
  return request.counts or request.idlest or #found < request.atMost
end

local function lookAtUser()
  local mine = {}
  for _, handle in ipairs(redis.call('SMEMBERS', userKey(request.user))) do
    local since = openedAt(handle)
    if since > 0 and (not request.ageMs or at - since >= request.ageMs) then mine[#mine + 1] = { handle, since } end
  end
  table.sort(mine, function(a, b) return a[2] > b[2] or (a[2] == b[2] and isBefore(b[1], a[1])) end)
  for _, one in ipairs(mine) do look(one[1], isBehind(one[2], one[1])) end
  return ''
end

-- Answers the handle of the last one looked at, or '' when there is no more.
local function lookAtSlice()
  local rank = request.ageMs and redis.call('ZCOUNT', opened, '(' .. (at - request.ageMs), '+inf') or 0
  if request.from then rank = math.max(rank, rankBehind(request.from)) end
  local told = request.after and not request.idlest and rankBehind(request.after) or 0
  local slice = redis.call('ZRANGE', opened, rank, rank + request.look - 1, 'REV')
  fetch(rank, #slice)
  for i, handle in ipairs(slice) do
    row = (i - 1) * #fields
    if not look(handle, rank + i > told) then return handle end
  end
  return #slice == request.look and slice[#slice] or ''
end

local last = request.user and lookAtUser() or lookAtSlice()
-- Numbers are sorted many times faster than what needs a comparison of its own.
local function foremost(all, count)
  if #all <= count then return all end
  local times, some = {}, {}
  for i, one in ipairs(all) do times[i] = one[2] end
  table.sort(times)
  for _, one in ipairs(all) do
    if one[2] <= times[count] then some[#some + 1] = one end
  end
  return some
end

if request.idlest then
  found = foremost(found, request.atMost)
  table.sort(found, function(a, b) return a[2] < b[2] or (a[2] == b[2] and isBefore(a[1], b[1])) end)
end
local answer = { living(at), matched, last == '' and 0 or openedAt(last), last }
if request.tallies then answer[#answer + 1] = cjson.encode(tally) end
for i = 1, math.min(#found, request.atMost) do
  answer[#answer + 1] = found[i][1]
  answer[#answer + 1] = found[i][2]
end
return answer
