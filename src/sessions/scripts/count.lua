#!lua flags=no-writes
--[[ How many seats of a tag are taken, by time, and how many there are.

  KEYS  1 prefix of the tag
  ARGV  none

  Returns  { used, limit or '' } ]]
-- include "clock"
-- include "keys"
-- include "seats"
return { used(now()), limitOf() }
