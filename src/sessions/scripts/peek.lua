#!lua flags=no-writes
--[[ Like read, and writes nothing: for background requests, event streams, and when Redis refuses writes.

  KEYS  1 prefix of the tag
  ARGV  as read; the two times, 6 and 7, are for sliding and not looked at

  Returns  what read returns ]]
-- include "clock"
-- include "keys"
-- include "check"
local refusal, record, deadline = check(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], now())
if refusal then return refusal end
return live(ARGV[1], record, tonumber(record[4]), deadline, ARGV[8])
