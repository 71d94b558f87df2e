import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis } from '#bootstrap/embedded.mjs';
import { type Contestant, startContestant } from './contestant.js';
import { makeGuests } from './guests.js';
import { findLoadGenerator, type LoadGenerator } from './load.js';
import { describeMachine, findPlaces, type Places, pinRunning } from './machine.js';
import { type Entry, entry, measure, type Round, tryOut } from './measure.js';
import { fetchNode, versionOf, wordsOfNpmStart } from './node-binary.js';
import { type BenchOptions, readOptions, usage } from './options.js';
import { type Goal, table, verdicts } from './report.js';
import { seedFloor, seedOrdinary, seedUsher } from './seeds.js';

const ordinary = 'ordinary stack';
const floor = 'floor';
const session = 'usher /auth/session';
const verify = 'usher /auth/verify';
const secret = 'a secret of the benchmark and long enough for it';

/** What the README promises, by the Node version of the contestants. */
function goalsFor(nodeMajor: number): Goal[] {
  return [
    { entry: session, against: ordinary, atLeast: nodeMajor < 24 ? 8 : 3 },
    { entry: session, against: floor, atLeast: 0.6, aim: 0.8 },
    { entry: verify, against: floor, atLeast: 0.6, aim: 0.8 },
  ];
}

/** Everything that was started is in `closing`, to be stopped in turn. */
async function setStage(
  node: string,
  places: Places | null,
  folder: string,
  closing: (() => Promise<void>)[],
): Promise<{ entries: Entry[]; redisPid: number }> {
  const redis = await startRedis({ ephemeral: true });
  closing.unshift(() => redis.stop());
  const postgres = await startPostgres({ ephemeral: true });
  closing.unshift(() => postgres.stop());
  pinRunning(redis.pid, places?.others);
  pinRunning(postgres.pid, places?.others);

  const env = { REDIS_URL: redis.url, SESSION_SECRETS: secret };
  const start = async (file: string, more: Readonly<Record<string, string>> = {}): Promise<Contestant> => {
    const logFile = join(folder, `${file}.log`);
    const contestant = await startContestant({
      file,
      node,
      nodeWords: wordsOfNpmStart(),
      processor: places?.server,
      env: { ...env, ...more },
      logFile,
    });
    closing.unshift(() => contestant.stop());
    return contestant;
  };
  const guests = makeGuests();
  const stage = { redisUrl: redis.url, secret };
  const usher = await start('./usher-server.js', {
    DATABASE_URL: postgres.url(),
    DATA_DIR: join(folder, 'data'),
    PASSWORD_PEPPER: secret,
    PORT: '0',
    // With https come the cookie prefix and the header the ordinary stack sends too.
    PUBLIC_URL: 'https://app.example.org',
  });
  const usherCookies = await seedUsher(stage, guests, '__Host-sid');
  const entries = [
    entry(ordinary, await start('./ordinary-stack.js'), '/whoami', guests, await seedOrdinary(stage, guests)),
    entry(floor, await start('./floor.js'), '/', guests, await seedFloor(stage, guests)),
    entry(session, usher, '/auth/session', guests, usherCookies),
    entry(verify, usher, '/auth/verify', guests, usherCookies),
  ];
  for (const each of entries) await tryOut(each, guests);
  return { entries, redisPid: redis.pid ?? 0 };
}

async function play(
  options: BenchOptions,
  { entries, redisPid }: { entries: readonly Entry[]; redisPid: number },
  generator: LoadGenerator,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const connections of options.connections) {
    for (const each of entries)
      await measure(each, { connections, seconds: options.warmUpSeconds }, generator, redisPid);
    for (let turn = 0; turn < options.rounds; turn++) {
      for (const each of entries) {
        rounds.push(await measure(each, { connections, seconds: options.roundSeconds }, generator, redisPid));
      }
    }
    const own = rounds.filter((round) => round.connections === connections);
    console.log(`\n${connections} connections: median [least–greatest] of ${options.rounds} rounds\n`);
    console.log(
      table(
        entries.map((each) => each.name),
        own,
      ),
    );
  }
  return rounds;
}

async function bench(options: BenchOptions): Promise<boolean> {
  const node = options.node24 ? await fetchNode(24) : (options.node ?? process.execPath);
  const version = await versionOf(node);
  const places = findPlaces();
  const folder = mkdtempSync(join(tmpdir(), 'usher-bench-'));
  const closing: (() => Promise<void>)[] = [];
  try {
    const generator = findLoadGenerator(folder, places?.others);
    console.log(
      `Node ${[version, ...wordsOfNpmStart()].join(' ')}, ${generator.name}, ${describeMachine()}, ${process.platform} ${release()}`,
    );
    console.log(
      places === null
        ? 'Not pinned: server, stores and load generator share all processors, which costs precision.'
        : `Server on processor ${places.server}; Redis and load generator on processor ${places.others}.`,
    );
    const stage = await setStage(node, places, folder, closing);
    const rounds = await play(options, stage, generator);
    const { lines, passed } = verdicts(goalsFor(Number.parseInt(version.slice(1), 10)), rounds, options.connections);
    console.log(`\nRequests per processor second of the server, paired round by round:\n\n${lines.join('\n')}`);
    if (options.json !== null)
      writeFileSync(options.json, `${JSON.stringify({ node: version, options, rounds }, null, 1)}\n`);
    return passed;
  } finally {
    for (const close of closing) await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const options = readOptions(process.argv.slice(2));
if (options === null) console.log(usage);
else process.exitCode = (await bench(options)) ? 0 : 1;
