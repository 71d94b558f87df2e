-- By which limits the times of the seats were made. A session that has been used ends when that was plus the idle limit, or when
-- its lifetime is over, whichever comes first: so the time of its seat tells when it was used, to whoever knows the limits of all
-- that live. They are noted beside the policy, this one and the lifetime, each with the moment from which nobody lives
-- by another.

-- From now on seats get their times by this idle limit. Those there are may have them by another until the last of them would end.
local function noteIdle(idle)
  local last = redis.call('ZRANGE', seats, -1, -1, 'WITHSCORES')
  redis.call('HSET', policyKey, 'idle', idle, 'idleFrom', last[2] or 0)
end
