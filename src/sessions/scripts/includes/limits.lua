-- By which limits the times of the seats were made. A session that has been used ends when that was plus the idle limit, or when
-- its lifetime is over, whichever comes first: so the time of its seat tells when it was used, to whoever knows the limits of all
-- that live. They are noted beside the policy, each with the moment from which nobody lives by another.

-- From now on seats get their times by this idle limit. Those there are may have them by another until the last of them would end.
local function noteIdle(idle)
  local last = redis.call('ZRANGE', seats, -1, -1, 'WITHSCORES')
  redis.call('HSET', policyKey, 'idle', idle, 'idleFrom', last[2] or 0)
end

-- From now on sessions are opened with this lifetime. `at` may be the moment of one that has another.
local function noteLifetime(lifetime, at)
  local last = redis.call('ZRANGE', opened, -1, -1, 'WITHSCORES')
  local from = last[2] and math.max(tonumber(last[2]) + 1, at) or at
  redis.call('HSET', policyKey, 'lifetime', lifetime, 'lifetimeFrom', from)
end

-- The idle limit of all sessions whose seats tell when they were used, and the moments after and before which such are opened:
-- who was opened before may have come to the end of the lifetime, and who was opened after may never have been seen. Nil where
-- the limits of all are not known.
local function idleOfAll(at, grantMs)
  local known = redis.call('HMGET', policyKey, 'idle', 'idleFrom', 'lifetime', 'lifetimeFrom')
  if not known[1] or not known[3] or at < tonumber(known[2]) then return nil end
  local first = redis.call('ZRANGE', opened, 0, 0, 'WITHSCORES')
  if first[2] and tonumber(first[2]) < tonumber(known[4]) then return nil end
  local idle = tonumber(known[1])
  return idle, at + idle - tonumber(known[3]), at - grantMs
end
