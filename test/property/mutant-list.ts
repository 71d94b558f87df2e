import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFile } from '../../src/platform/project-file.js';

/** A fault put into the scripts on purpose. Each text to be replaced occurs exactly once in its file. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly text: string; readonly becomes: string }[];
}

const open = 'open.lua';
const read = 'read.lua';
const seats = 'includes/seats.lua';
const house = 'includes/full-house.lua';

function mutant(name: string, ...edits: readonly (readonly [file: string, text: string, becomes: string])[]): Mutant {
  return { name, edits: edits.map(([file, text, becomes]) => ({ file, text, becomes })) };
}

/** The faults that seat counting is known to suffer from. The contract and the model must notice every one. */
export const mutants: readonly Mutant[] = [
  mutant('admits by a count taken a moment ago', [
    open,
    'local count = used(at)\n',
    `local count = tonumber(redis.call('GET', tag .. ':counted'))
if not count then
  count = used(at)
  redis.call('SET', tag .. ':counted', count, 'PX', 5)
end
`,
  ]),

  mutant(
    'counts seats up and down instead of by time',
    [
      seats,
      `return redis.call('ZCOUNT', seats, '(' .. at, '+inf')`,
      `return tonumber(redis.call('GET', tag .. ':n') or 0)`,
    ],
    [
      seats,
      `redis.call('ZREM', seats, handle)`,
      `if redis.call('ZREM', seats, handle) == 1 then redis.call('DECR', tag .. ':n') end`,
    ],
    [
      open,
      `redis.call('ZADD', opened, at, request.handle)`,
      `redis.call('ZADD', opened, at, request.handle) redis.call('INCR', tag .. ':n')`,
    ],
  ),

  mutant('writes an ended session back when it is saved', [
    'save.lua',
    'if refusal then return refusal end',
    `if refusal then
  if refusal[1] ~= 2 then return refusal end
  local ends = now() + 3600000
  redis.call('HSET', recordKey(ARGV[1]), 'v', ARGV[2], 'f', 'c*', 'fv', 0, 'l', now(), 'e', 99, 'a', ends, 'p', '{}',
    's', now() .. '\\n' .. ends .. '\\npwd\\n1\\n\\n\\nnull')
  redis.call('ZADD', seats, ends, ARGV[1])
  record = {}
end`,
  ]),

  mutant('slides past the absolute limit', [
    read,
    "math.min(at + tonumber(ARGV[6]), tonumber(redis.call('HGET', key, 'a')))",
    'at + tonumber(ARGV[6])',
  ]),

  mutant('closes what has ended once more', [
    'close.lua',
    'if record then close(handle, record[1]) end',
    `close(handle, record and record[1] or redis.call('HGET', recordKey(handle), 'u') or '')`,
  ]),

  mutant('frees the seat in another set', [
    seats,
    `redis.call('ZREM', seats, handle)`,
    `redis.call('ZREM', opened, handle)`,
  ]),

  mutant('forgets the index of the user', [seats, `  redis.call('SREM', userKey(user), handle)\n`, '']),

  mutant('takes milliseconds for seconds', ['confirm.lua', 'at + tonumber(ARGV[2])', 'at + tonumber(ARGV[2]) / 1000']),

  mutant('admits one more than there are seats', [
    house,
    'door.count - seatsFreed < door.limit',
    'door.count - seatsFreed <= door.limit',
  ]),

  mutant(
    'gives an ended session its seat back when it is confirmed',
    ['confirm.lua', 'if not score or tonumber(score) <= at then return 0 end\n', ''],
    ['confirm.lua', 'if not record[1] then return 0 end\n', ''],
    ['confirm.lua', "if record[2] == '0' then", 'if true then'],
    ['confirm.lua', 'math.min(at + tonumber(ARGV[2]), tonumber(record[1]))', 'at + tonumber(ARGV[2])'],
    [
      'confirm.lua',
      `redis.call('ZADD', seats, 'XX', deadline, ARGV[1])`,
      `redis.call('ZADD', seats, deadline, ARGV[1])`,
    ],
  ),

  mutant('admits by a policy older than the caller knows', [
    open,
    'if not policy[1] or tonumber(policy[1]) < request.policyVersion then',
    'if not policy[1] then',
  ]),

  mutant('counts by another clock than sessions end by', [
    seats,
    `redis.call('ZCOUNT', seats, '(' .. at, '+inf')`,
    `redis.call('ZCOUNT', seats, '(' .. redis.call('TIME')[1] .. '000', '+inf')`,
  ]),

  mutant('keeps the seat of an opening that nobody confirmed', [
    open,
    'math.min(at + request.grantMs, absolute)',
    'math.min(at + 120 * request.grantMs, absolute)',
  ]),

  mutant('closes only while there is memory', ['close.lua', '#!lua flags=allow-oom', '#!lua']),

  mutant('leaks the old seat of an exchange', [
    open,
    `if exchanged then finish(request.exchange.handle, exchanged, 'signed-out', at, cause) end\n`,
    '',
  ]),

  mutant('tells nothing of an expiry', [
    seats,
    `  tell('released', handle .. ':released', handle, user, at, reason, usedThen(at), cause)\n`,
    `  if at == now() then tell('released', handle .. ':released', handle, user, at, reason, usedThen(at), cause) end\n`,
  ]),

  mutant('ends the own session although that makes no room', [
    house,
    'if not request.give or not fits(door, 1, 1) then return nil end',
    'if not request.give then return nil end',
  ]),

  mutant('goes on when somebody names a session of another', [
    house,
    '  if request.give and not gives then return code end\n',
    '',
  ]),

  mutant('reclaims a session that is in use', [
    house,
    'at - step.idleMinutes * 60000 - request.slackMs',
    'at - request.slackMs',
  ]),

  mutant('displaces the newest instead of the oldest', [house, 'since < firstAt or', 'since > firstAt or']),

  mutant('tries the chain from its end', [
    house,
    'for _, step in ipairs(chain) do',
    'for turn = #chain, 1, -1 do\n    local step = chain[turn]',
  ]),

  mutant('admits one session too many of a person', [
    house,
    'if door.perUser and #door.own - ownFreed >= door.perUser then return false end',
    'if door.perUser and #door.own - ownFreed > door.perUser then return false end',
  ]),

  mutant('admits one more than the overage', [
    house,
    'door.count >= door.limit + step.seats',
    'door.count > door.limit + step.seats',
  ]),

  mutant('forgets how many days of overage there have been', [
    house,
    "if redis.call('ZCARD', overageKey) >= step.days then return nil end",
    '',
  ]),

  mutant('counts sessions that take no seat', [
    seats,
    "living(at) - redis.call('ZCOUNT', uncounted, '(' .. at, '+inf')",
    'living(at)',
  ]),

  mutant('counts a session that takes no seat once it has been used', [
    read,
    "  redis.call('ZADD', uncounted, 'XX', deadline, ARGV[1])\n",
    '',
  ]),

  mutant('lets people into a licence that is being drained', [
    open,
    "or (policy[3] == 'draining' and not (exchanged == request.user and replaces) and 'SUSPENDED')",
    '',
  ]),

  mutant('ends the busiest when seats are taken away', ['close.lua', 'a[1] < b[1] or', 'a[1] > b[1] or']),
];

/** Writes a copy of the scripts with the fault in it. Throws when a text is not there exactly once. */
export async function seedFault({ name, edits }: Mutant, folder: string): Promise<void> {
  await cp(projectFile('src/sessions/scripts'), folder, { recursive: true });
  for (const { file, text, becomes } of edits) {
    const [before, after, ...more] = (await readFile(join(folder, file), 'utf8')).split(text);
    if (before === undefined || after === undefined || more.length > 0)
      throw new Error(`The mutant "${name}" does not fit ${file} any more: it must hold exactly once\n${text}`);
    await writeFile(join(folder, file), before + becomes + after);
  }
}
