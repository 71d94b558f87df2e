import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pinned } from './machine.js';

const run = promisify(execFile);

/** Requests with these headers in turn, over so many connections, each as soon as the last is answered. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: readonly Readonly<Record<string, string>>[];
}

/** What came back. `refused`: answers other than 2xx (wrk: from 400); `failed`: no answer, or none in time. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
  readonly failed: number;
}

/** Applies load from a process of its own. */
export interface LoadGenerator {
  readonly name: string;
  apply(load: Load): Promise<LoadResult>;
}

/** wrk where there is one, else autocannon. Its files are written to `folder`. */
export function findLoadGenerator(folder: string, processor: number | undefined): LoadGenerator {
  const version = /^wrk (\S+)/.exec(spawnSync('wrk', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[1];
  const words = pinned(processor);
  return version === undefined
    ? { name: 'autocannon', apply: (load) => applyAutocannon(load, folder, words) }
    : { name: `wrk ${version}`, apply: (load) => applyWrk(load, folder, words) };
}

let files = 0;

async function applyWrk(load: Load, folder: string, before: readonly string[]): Promise<LoadResult> {
  const script = join(folder, `load-${++files}.lua`);
  writeFileSync(script, wrkScript(load));
  const threads = ['-t', '1', '-c', String(load.connections), '-d', `${load.seconds}s`, '--latency'];
  return told([...before, 'wrk', ...threads, '-s', script, load.url]);
}

async function applyAutocannon(load: Load, folder: string, before: readonly string[]): Promise<LoadResult> {
  const file = join(folder, `load-${++files}.json`);
  writeFileSync(file, JSON.stringify(load));
  return told([...before, process.execPath, fileURLToPath(new URL('./autocannon-load.js', import.meta.url)), file]);
}

/** Runs a command whose last line of output is a LoadResult. */
async function told([command = '', ...words]: readonly string[]): Promise<LoadResult> {
  const { stdout } = await run(command, words, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** All requests are made before the first is sent, so that the generator costs little beside the server. */
function wrkScript({ headers }: Load): string {
  const tables = headers.map(
    (each) =>
      `{${Object.entries(each)
        .map(([name, value]) => `[${lua(name)}]=${lua(value)}`)
        .join(',')}}`,
  );
  return `local headers = {
${tables.join(',\n')}
}
local requests, turn = {}, 0
function init()
  for i, each in ipairs(headers) do
    each['Host'] = wrk.headers['Host']
    requests[i] = wrk.format('GET', wrk.path, each)
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"refused":%d,"failed":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`;
}

/** A Lua string literal; JSON's escapes of printable ASCII are Lua's too. */
function lua(text: string): string {
  return JSON.stringify(text);
}
