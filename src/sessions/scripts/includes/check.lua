-- Whether a presented session lives. Shared by read, peek and save; what it answers is listed in read.lua.
local fields = { 'v', 'w', 'wx', 'd', 'r', 'n', 'u', 'e', 'a', 'g', 'l', 'f', 'fv', 's', 'p', 'q', 'z' }

-- The state of the licence: false when nothing is wrong, else the reason its sessions end. Nil when it is not known here.
local function licenceFault(at)
  local policy = redis.call('HMGET', tag .. ':policy', 'state', 'from', 'to')
  if not policy[1] then return nil end
  if policy[1] == 'suspended' then return 'licence-suspended' end
  if policy[3] ~= '' and at >= tonumber(policy[3]) then return 'licence-expired' end
  if policy[2] ~= '' and at < tonumber(policy[2]) then return 'licence-suspended' end
  return false
end

local function sameClient(record, client, version)
  if client == '*' or record[12] == '*' then return true end
  return record[12] == client and tonumber(version) >= tonumber(record[13])
end

-- Answers the reply to give when the session does not live, and the record and the seat's time when it does.
local function check(handle, verifier, delivery, client, version, seated, at)
  local record = redis.call('HMGET', recordKey(handle), unpack(fields))
  if not record[1] then return { 0 } end
  if record[1] ~= verifier and not (record[2] == verifier and at < tonumber(record[3])) then return { 0 } end
  if delivery ~= '*' and record[4] ~= delivery then return { 0 } end
  if record[5] then return { 2, record[5], record[6] } end
  local score = redis.call('ZSCORE', seats, handle)
  if not score or tonumber(score) <= at then
    if not score then return { 2, 'idle', '' } end
    return { 2, expiry(record[9], record[10], tonumber(score)), '' }
  end
  local epoch = redis.call('HGET', tag .. ':epochs', record[7])
  if epoch and tonumber(epoch) > tonumber(record[8]) then return { 5, 'credentials-changed', '' } end
  if seated == '1' then
    local fault = licenceFault(at)
    if fault == nil then return { 4 } end
    if fault then return { 5, fault, '' } end
  end
  if not sameClient(record, client, version) then return { 3 } end
  return nil, record, tonumber(score)
end

-- The reply for a live session. `data` is a flat list of the record's fields when it has data of its own, else empty.
local function live(handle, record, seenAt, deadline)
  local data = {}
  if record[17] then data = redis.call('HGETALL', recordKey(handle)) end
  return { 1, seenAt, deadline, record[9], record[14], record[15], record[16], data }
end
