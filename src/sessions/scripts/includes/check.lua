-- Whether a presented session lives. Shared by read, peek and save; what it answers is listed in read.lua. What a healthy
-- session needs comes first and is all that is fetched; every doubt is settled in a function of its own.

-- No live record, or another secret: a rotated one, a tombstone, or nobody's.
local function unverified(handle, verifier, client, at)
  local record = redis.call('HMGET', recordKey(handle), 'w', 'wx', 'tv', 'd', 'r', 'n')
  if record[1] == verifier and at < tonumber(record[2]) then return nil end
  if record[3] ~= verifier or (client ~= '*' and string.sub(client, 1, 1) ~= record[4]) then return { 0 } end
  return { 2, record[5], record[6] }
end

-- The session is asked for by another client than the one that signed in: by another door, or by another browser. Clients
-- are not compared when either was presented while that was switched off.
local function stranger(presented, known)
  if presented == '*' then return nil end
  if string.sub(presented, 1, 1) ~= string.sub(known, 1, 1) then return { 0 } end
  if string.sub(presented, 2) == '*' or string.sub(known, 2) == '*' then return nil end
  return { 3 }
end

-- The licence is not simply open: it is suspended, has a window, or is not known here.
local function licenceFault(at)
  local policy = redis.call('HMGET', policyKey, 'state', 'from', 'to')
  if not policy[1] then return { 4 } end
  if policy[1] == 'suspended' then return { 5, 'licence-suspended' } end
  if policy[3] ~= '' and at >= tonumber(policy[3]) then return { 5, 'licence-expired' } end
  if policy[2] ~= '' and at < tonumber(policy[2]) then return { 5, 'licence-suspended' } end
  return nil
end

-- Answers the reply to give when the session does not live; when it does, the record, the seat's time, and the idle limit by
-- which such times are known to be made.
local function check(handle, verifier, client, version, seated, at)
  local record = redis.call('HMGET', recordKey(handle), 'v', 'f', 'fv', 'l', 'z', 'u', 'e')
  if record[1] ~= verifier then
    local refusal = unverified(handle, verifier, client, at)
    if refusal then return refusal end
  end
  if record[2] ~= client then
    local refusal = stranger(client, record[2])
    if refusal and refusal[1] == 0 then return refusal end
  end
  local score = redis.call('ZSCORE', seats, handle)
  if not score then return { 2, 'idle', '' } end
  local deadline = tonumber(score)
  if deadline <= at then
    return { 2, expiry(redis.call('HGET', recordKey(handle), 'a'), record[4], deadline), '' }
  end
  local policy = redis.call('HMGET', policyKey, 'open', 'e:' .. record[6], 'idle')
  if policy[2] and tonumber(policy[2]) > tonumber(record[7]) then return { 5, 'credentials-changed' } end
  if seated == '1' and not policy[1] then
    local refusal = licenceFault(at)
    if refusal then return refusal end
  end
  if record[2] ~= client then
    local refusal = stranger(client, record[2])
    if refusal then return refusal end
  elseif tonumber(version) < tonumber(record[3]) then
    return { 3 }
  end
  return nil, record, deadline, policy[3]
end

-- The reply for a live session. What it was opened with never changes and the person changes only with the epoch, so both
-- are left out when the caller knows them from that epoch. `data` is a flat list of the record's fields, if it has any.
local function live(handle, record, seenAt, deadline, known)
  if record[7] == known and not record[5] then return { 1, seenAt, deadline } end
  local told = redis.call('HMGET', recordKey(handle), 's', 'p')
  local data = record[5] and redis.call('HGETALL', recordKey(handle)) or nil
  return { 1, seenAt, deadline, record[7], told[1], told[2], data }
end
