-- The time in ms since the epoch. Redis' own clock decides, so that no skew between hosts can matter.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
