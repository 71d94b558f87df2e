-- Where everything is, and why it ends by itself. KEYS[1] is the prefix of the tag; every key is derived from it and from nothing else.
local tag = KEYS[1]
local seats = tag .. ':seats'
local opened = tag .. ':opened'
-- Those of the seats that do not count, with the same times.
local uncounted = tag .. ':uncounted'
-- The days on which more were admitted than there are seats.
local overageKey = tag .. ':overage'
-- What the tag as a whole decides by: the licence's policy, and the users' epochs as fields `e:<user>`.
local policyKey = tag .. ':policy'

local function recordKey(handle)
  return tag .. ':s:' .. handle
end

local function userKey(user)
  return tag .. ':u:' .. user
end

-- Why a session whose time has come has ended. One that was never seen has not been confirmed.
local function expiry(absolute, seenAt, at)
  if at >= tonumber(absolute) then return 'lifetime' end
  if seenAt == '0' then return 'unclaimed' end
  return 'idle'
end
