-- Which sessions of a slice are meant: what filters ask of clients, records and names. Stands on keys.lua, seats.lua, client.lua and
-- `request`, the request with its filters.
local mostRecords = 500
local asksKind = request.browser or request.os or request.tallies
local asksClient = request.ip or asksKind

-- What is looked through: the handles, and what has been fetched of their clients, in the same order.
local slice, told = {}, nil
-- What records are read for, and what has been fetched of them, one behind the other.
local fields, places, rows = {}, {}, nil

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

-- Whether each was found: those opened before the index was kept, and what was lost by hand, are read from their records.
local function areAll(values)
  for i = 1, #slice do
    if not values[i] then return false end
  end
  return true
end

-- Fetches records with one command, a fifth faster than with a command for each: of the slice that begins at a rank of a sorted set,
-- in its order. A cluster before Redis 7.4 refuses it, as do narrow rights: then each record is asked for its fields.
local function fetchRecords(set, rank, order)
  local words = { 'SORT_RO', set, 'BY', 'nosort', 'LIMIT', rank, #slice, order }
  for _, field in ipairs(fields) do
    words[#words + 1] = 'GET'
    words[#words + 1] = recordKey('*') .. '->' .. field
  end
  local answer = redis.pcall(unpack(words))
  if not answer.err then rows = answer end
end

-- Makes these handles the slice, and fetches what is asked of them; where their records must be read, of the first of them, which are
-- the slice then. `field`: what else is read of records. With `set` they are those from a rank of it on, in its order.
local function lookAt(handles, field, set, rank, order)
  slice, told, rows, fields, places = handles, nil, nil, {}, {}
  if #slice == 0 then return end
  if asksClient then
    told = clientsOfSlice()
    if not areAll(told) then readsRecord('k') end
  end
  if field then readsRecord(field) end
  if request.text then readsRecord('p') end
  if #fields == 0 or not set then return end
  for i = #slice, mostRecords + 1, -1 do slice[i] = nil end
  fetchRecords(set, rank, order)
end

local function fieldOf(i, field)
  if rows and places[field] then return rows[(i - 1) * #fields + places[field]] end
  return redis.call('HGET', recordKey(slice[i]), field)
end

-- When one of the slice was last used; one that was never seen was used when it was opened.
local function recordedUse(i)
  local seen = tonumber(fieldOf(i, 'l') or '0')
  return seen > 0 and seen or openedAt(slice[i])
end

-- By which idle limit all seats of the tag got their times, and the lifetime of all, as limits.lua says; nil where there are others.
local function limitsOfAll(at)
  local known = redis.call('HMGET', policyKey, 'idle', 'idleFrom', 'lifetime', 'lifetimeFrom')
  if not known[1] or not known[3] or at < tonumber(known[2]) then return nil end
  local first = redis.call('ZRANGE', opened, 0, 0, 'WITHSCORES')
  if first[2] and tonumber(first[2]) < tonumber(known[4]) then return nil end
  return tonumber(known[1]), tonumber(known[3])
end

-- How many were opened so long ago that their seats may tell the end of the lifetime instead of their use, and how many so lately
-- that nobody may have seen them yet.
local function countsApart(at, idle, lifetime)
  return redis.call('ZCOUNT', opened, '-inf', at + idle - lifetime),
    redis.call('ZCOUNT', opened, '(' .. (at - request.grantMs), '+inf')
end

-- What is asked of browser and system is the same for all that have both: there are few.
local function isKind(kind)
  local browser, os = string.match(kind, '^(.*)\n(.*)$')
  local function holds(text, part) return not part or string.find(string.lower(text), part, 1, true) ~= nil end
  return holds(browser, request.browser) and holds(os, request.os)
end

local kinds, tally = {}, {}
-- Asked of each of many: what is looked up by name once, and not each time, makes a tenth of the whole.
local find, sub, ip, tallies = string.find, string.sub, request.ip, request.tallies
local function isClient(i)
  local client = told and told[i]
  if not client then
    local about = fieldOf(i, 'k')
    if not about then return false end
    client = clientOf(about)
  end
  if ip and find(client, ip, 1, true) ~= 1 then return false end
  if not asksKind then return true end
  local kind = sub(client, find(client, '\n', 1, true) + 1)
  local known = kinds[kind]
  if known == nil then
    known = isKind(kind)
    kinds[kind] = known
  end
  if known and tallies then tally[kind] = (tally[kind] or 0) + 1 end
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

-- The places in the slice of those that are meant, whatever their times, but for the handles in `without`.
local function sift(without)
  local meant, count = {}, 0
  local except, text = request.except, request.text
  for i, handle in ipairs(slice) do
    if
      not without[handle]
      and handle ~= except
      and (not asksClient or isClient(i))
      and (not text or isCalled(i))
    then
      count = count + 1
      meant[count] = i
    end
  end
  return meant
end

-- How many members of a sorted set come before a place in it or are that: in the order of the set, or with `reversed` the other way.
local function rankBehind(set, place, reversed)
  local known = redis.call(reversed and 'ZREVRANK' or 'ZRANK', set, place[2])
  local score = known and tonumber(redis.call('ZSCORE', set, place[2]))
  if score == place[1] then return known + 1 end
  local low = reversed and redis.call('ZCOUNT', set, '(' .. place[1], '+inf') or redis.call('ZCOUNT', set, '-inf', '(' .. place[1])
  local high = low + redis.call('ZCOUNT', set, place[1], place[1])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = (reversed and redis.call('ZRANGE', set, middle, middle, 'REV') or redis.call('ZRANGE', set, middle, middle))[1]
    if isBefore(reversed and there or place[2], reversed and place[2] or there) then high = middle else low = middle + 1 end
  end
  return low
end

-- The idlest of those that are meant, `atMost` and those of the same moment: by their times, then by their handles. Numbers are sorted
-- many times faster than what needs a comparison of its own.
local function idlestOf(meant, times)
  local found, behind, after = {}, {}, request.after
  for j, i in ipairs(meant) do
    local time = times[j]
    if
      (not request.usedByMs or time <= request.usedByMs)
      and (not after or time > after[1] or (time == after[1] and isBefore(after[2], slice[i])))
    then
      behind[#behind + 1] = j
    end
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
