#!lua
--[[ Tells the history of a refusal that was decided outside: the person is no member, or has guessed too often.

  KEYS  1 prefix of the tag
  ARGV  1 attempt  2 user  3 'NOT_MEMBER' | 'RATE'  4 request or ''

  Returns  1 ]]
-- include "clock"
-- include "keys"
-- include "seats"
local at = now()
tell('refused', ARGV[1] .. ':refused', '', ARGV[2], at, ARGV[3], used(at), { requestId = ARGV[4] })
return 1
