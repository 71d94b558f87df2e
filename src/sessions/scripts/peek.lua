#!lua flags=no-writes
--[[ Like read, and writes nothing: for background requests, event streams, and when Redis refuses writes.

  KEYS  1 prefix of the tag
  ARGV  1 handle  2 verifier  3 delivery  4 client  5 client version  6 '1' when the tag is a licence's

  Returns  what read returns ]]
-- include "clock"
-- include "seats"
-- include "check"
local refusal, record, deadline = check(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], now())
if refusal then return refusal end
return live(ARGV[1], record, tonumber(record[11]), deadline)
