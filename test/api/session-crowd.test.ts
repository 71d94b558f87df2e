import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';
import { tagPrefix } from '../../src/sessions/keys.js';
import { figure, until } from '../support/pace.js';
import { WholeServer } from '../support/whole-server.js';

const crowd = figure(10_000, 100_000);
/** What is promised for 100,000 sessions. Of fewer, among other tests, only that nothing is out of all proportion. */
const withinMs = figure(1_500, 300);
const licences = figure(20, 100);
const batch = 200;

const seedScript = `
local tag, from, to, at = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local browsers = { 'Chrome 141', 'Firefox 140', 'Safari 18', 'Edge 141' }
for i = from, to do
  local handle = string.format('crowd%017d', i)
  local user = string.format('00000000-0000-4000-8000-%012d', i)
  local since = at - 3000 * 1000 + i
  local lasts = since + 86400000
  redis.call('HSET', tag .. ':s:' .. handle, 'v', string.rep('v', 43), 'u', user, 'e', 1, 'l', since, 'a', lasts, 'f',
    'cChrome|Linux|desktop', 'fv', 141, 's', since .. '\\n' .. lasts .. '\\npwd\\n1\\nsecret\\ntoken\\n' .. ARGV[4], 'p',
    '{"id":"' .. user .. '","email":"person' .. i .. '@example.org","username":null,"name":"Person ' .. i ..
    '","verified":true,"roles":["user"],"permissions":[]}', 'k',
    '{"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0","ip":"10.' ..
    math.floor(i / 62500) .. '.' .. math.floor(i / 250) % 250 .. '.' .. i % 250 .. '","browser":"' .. browsers[i % 4 + 1] ..
    '","os":"Linux"}', 'pv', 1)
  redis.call('PEXPIREAT', tag .. ':s:' .. handle, lasts + 86400000)
  redis.call('ZADD', tag .. ':seats', since + 3660000, handle)
  redis.call('ZADD', tag .. ':opened', since, handle)
  redis.call('SADD', tag .. ':u:' .. user, handle)
  redis.call('HSET', tag .. ':clients', handle, '10.' .. math.floor(i / 62500) .. '.' .. math.floor(i / 250) % 250 .. '.' ..
    i % 250 .. '\\n' .. browsers[i % 4 + 1] .. '\\nLinux')
end
redis.call('HSET', tag .. ':policy', 'idle', 3660000, 'idleFrom', 0, 'lifetime', 86400000, 'lifetimeFrom', 0)
return to`;

let server: WholeServer;
let link: RedisLink;
let house: string;
let ids: string[];

beforeAll(async () => {
  server = await WholeServer.start();
  link = await connectRedis({ url: server.redis.url, log: createLog({ level: 'silent' }), clock: systemClock });
  const ownerId = await server.world.owner();
  const make = async (name: string): Promise<string> => {
    const body = { ownerId, name, seats: 2 * crowd };
    return (await server.world.root.must(201, 'POST', '/admin/api/licences', body)).id;
  };
  house = await make('The house');
  ids = [];
  for (let i = 0; i < licences; i += 1) ids.push(await make(`Licence ${i}`));
  for (let i = 0; i < crowd; i += batch) await seed(house, i, i + batch - 1);
  for (const [i, id] of ids.entries()) await seed(id, crowd + i * 20, crowd + i * 20 + 19);
  // So many at once have Redis write its files anew, beside which everything takes longer.
  await until('Redis has written the crowd', 60_000, async () => {
    const told = String(await link.send(tagPrefix(house), ['INFO', 'persistence']));
    return !/(?:aof_rewrite|rdb_bgsave)_in_progress:1/.test(told);
  });
}, 300_000);

afterAll(async () => {
  await link.close();
  await server.stop();
});

async function seed(id: string, from: number, to: number): Promise<void> {
  const at = Date.now();
  const about = JSON.stringify({ id, serial: 'A-1', name: 'The house' });
  const args = ['EVAL', seedScript, '1', tagPrefix(id), ...[from, to, at].map(String), about];
  await link.send(tagPrefix(id), args);
}

/** What the server, with this test in it, and Redis have taken of the processors, in ms: all that a quiet machine takes. */
async function processorsMs(): Promise<number> {
  const told = String(await link.send(tagPrefix(house), ['INFO', 'cpu']));
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(told)?.[1]);
  const { user, system } = process.cpuUsage();
  return 1000 * (seconds('used_cpu_user') + seconds('used_cpu_sys')) + (user + system) / 1000;
}

/** The answer, and the median of what it took of the processors; how long it took is told. */
async function timed<T>(what: string, ask: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const [taken, lasted]: [number[], number[]] = [[], []];
  let answer = await ask();
  for (let i = 0; i < figure(1, 7); i += 1) {
    const [before, began] = [await processorsMs(), performance.now()];
    answer = await ask();
    lasted.push(performance.now() - began);
    taken.push((await processorsMs()) - before);
  }
  const [ms, lastedMs] = [median(taken), median(lasted)];
  process.stdout.write(`${crowd} sessions, ${what}: ${lastedMs.toFixed(0)} ms, ${ms.toFixed(0)} of the processors\n`);
  return { answer, ms };
}

function median(some: readonly number[]): number {
  return some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;
}

/** How many records Redis has read for lists since this was asked last, but for those that a page shows. */
async function recordsRead(): Promise<number> {
  const told = String(await link.send(tagPrefix(house), ['INFO', 'commandstats']));
  await link.send(tagPrefix(house), ['CONFIG', 'RESETSTAT']);
  const calls = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(told)?.[1] ?? 0);
  return 500 * calls('sort_ro') + calls('hget');
}

const sessions = (query: string) => server.world.root.must(200, 'GET', `/admin/api/sessions?${query}`);

it('shows the first of a crowd, and what a filter leaves of it, as fast as somebody types', async () => {
  const before = heapUsed();
  const first = await timed('first page of all', () => sessions('limit=50'));
  expect([first.answer.items.length, first.answer.total >= crowd + 20 * licences]).toEqual([50, true]);
  const slowest = [first.ms];
  const filters: [string, string, number][] = [
    ['first page of a licence', `licenceId=${house}`, crowd],
    ['a browser', `licenceId=${house}&browser=firefox`, crowd / 4],
    ['an address', `licenceId=${house}&ip=10.0.3.`, 250],
    ['idle for longest', `licenceId=${house}&sort=idlest`, crowd],
    ['idle', `licenceId=${house}&idleForSeconds=60`, crowd],
    ['old', `licenceId=${house}&olderThanSeconds=60`, crowd],
    ['a browser and an address', `licenceId=${house}&browser=firefox&ip=10.0.3.&count=no`, 0],
    ['all of it', `licenceId=${house}&browser=firefox&os=linux&ip=10.&idleForSeconds=60&sort=idlest`, crowd / 4],
  ];
  await recordsRead();
  for (const [what, query, total] of filters) {
    const { answer, ms } = await timed(what, () => sessions(query));
    if (!query.includes('count=no')) expect([what, answer.total]).toEqual([what, total]);
    slowest.push(ms);
  }
  expect(await recordsRead()).toBeLessThan(crowd / 10);
  const person = await timed('a name', () => sessions(`licenceId=${house}&q=nobody+is+called+so`));
  expect(person.answer.total).toBe(0);
  expect(Math.max(...slowest, person.ms)).toBeLessThan(withinMs);
  expect(heapUsed() - before).toBeLessThan(50 * 2 ** 20);
}, 120_000);

it('ends a thousand by a filter in small bites, so that somebody sees them go', async () => {
  const { root } = server.world;
  const filter = { licenceId: house, ip: '10.0.', browser: 'chrome' };
  const end = (more: object) => root.must(200, 'POST', '/admin/api/sessions/end', { filter, ...more });
  const { matched } = await end({ dryRun: true });
  expect(matched).toBe(crowd >= 62_500 ? 15_625 : crowd / 4);
  const began = performance.now();
  let ended = 0;
  while (ended < 1_000) ended += (await end({ atMost: 200 })).ended;
  const ms = performance.now() - began;
  process.stdout.write(`${crowd} sessions, 1000 ended by a filter: ${ms.toFixed(0)} ms\n`);
  expect([ended, (await end({ dryRun: true })).matched]).toEqual([1_000, matched - 1_000]);
  expect(ms).toBeLessThan(5_000);
}, 60_000);

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
