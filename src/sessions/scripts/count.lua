#!lua flags=no-writes
--[[ How many seats of a tag are taken, by time, and how many there are.

  KEYS  1 prefix of the tag
  ARGV  none

  Returns  { used, limit or '', how many live, with those that take no seat } ]]
-- include "clock"
-- include "keys"
-- include "seats"
local at = now()
return { used(at), limitOf(), living(at) }
