-- What filters ask of the client of a session, apart from its record, so that looking at many does not read as many records.

-- A text of the client's JSON as it is written there, '' where there is none. Plain finds cost a fraction of what patterns do.
local function valueOf(about, field)
  local _, from = string.find(about, field, 1, true)
  local to = from and string.find(about, '"', from + 1, true)
  return to and string.sub(about, from + 1, to - 1) or ''
end

-- Address, browser and system, a line each: no line of JSON text holds a line feed. It stays the same as long as the session lives.
local function clientOf(about)
  return valueOf(about, '"ip":"') .. '\n' .. valueOf(about, '"browser":"') .. '\n' .. valueOf(about, '"os":"')
end
