import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionStoreContract } from '../support/session-store-contract.js';
import { redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis } from '../support/stores.js';
import { mutants, seedFault } from './mutant-list.js';
import { runSeatsModel } from './seats-property.js';

/** `USHER_SEED` replays a run. */
const seed = Number(process.env['USHER_SEED'] ?? Date.now() % 1_000_000_000);
const sequences = 500;
const longestMs = 60_000;

/** Which promise noticed a fault, and after how many sequences the model did; null where they did not. */
interface Notice {
  readonly promise: string | null;
  readonly model: { readonly begun: number; readonly why: string } | null;
}

/** The first promise that does not hold, with what was found instead. */
async function brokenPromise(lab: StoreLab): Promise<string | null> {
  for (const [sentence, holds] of Object.entries(sessionStoreContract())) {
    try {
      await inTime(holds(lab));
    } catch (error) {
      refuseBroken(error instanceof Error ? error.message : String(error));
      return sentence;
    }
  }
  return null;
}

async function disagreement(lab: StoreLab): Promise<Notice['model']> {
  const { begun, counterexample } = await inTime(runSeatsModel(lab, { sequences, seed, shrink: false }));
  if (counterexample === null) return null;
  refuseBroken(counterexample);
  return { begun, why: counterexample.split('\n')[0] ?? '' };
}

/** Judges the scripts in `folder` by the contract and by the model. */
async function judge(url: string, folder?: string): Promise<Notice> {
  const links = await openLinks(url);
  try {
    const lab = redisLab(links.pair, folder);
    const promise = await brokenPromise(lab);
    await lab.link.send('', ['FLUSHALL']);
    const model = await disagreement(lab);
    await lab.link.send('', ['FLUSHALL']);
    return { promise, model };
  } finally {
    await links.close();
  }
}

/** Rejects when `work` does not end: a fault may make a loop endless. It ends when its links are closed. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('did not come to an end')), longestMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A mutant that Redis cannot run at all would be noticed by anything. */
function refuseBroken(message: string): void {
  if (/user_script|compiling script|WRONGTYPE/.test(message)) throw new Error(`A mutant does not run: ${message}`);
}

function describe({ promise, model }: Notice): string {
  if (promise === null && model === null) return 'SURVIVED';
  const by = model === null ? 'not by the model' : `by the model after ${model.begun} sequences (${model.why})`;
  return `killed ${promise === null ? 'by no promise' : `by the promise "${promise}"`}, ${by}`;
}

/** Judges the scripts as they are, which must pass, and then every mutant. Answers the exit code. */
async function judgeAll(url: string, folder: string): Promise<number> {
  const faultless = await judge(url);
  if (faultless.promise !== null || faultless.model !== null) {
    console.log(`The scripts as they are do not pass, so no mutant can be judged: ${describe(faultless)}`);
    return 1;
  }
  console.log(`the scripts as they are: pass, all promises and ${sequences} sequences (USHER_SEED=${seed})`);
  const notices: Notice[] = [];
  for (const [index, mutant] of mutants.entries()) {
    const notice = await judge(url, join(folder, String(index)));
    notices.push(notice);
    console.log(`${String(index + 1).padStart(2)} ${mutant.name}: ${describe(notice)}`);
  }
  const promise = notices.filter((notice) => notice.promise !== null).length;
  const model = notices.filter((notice) => notice.model !== null).length;
  const killed = notices.filter((notice) => notice.promise !== null || notice.model !== null).length;
  console.log(`${promise} by the contract, ${model} by the model`);
  console.log(`${killed} of ${mutants.length} mutants killed`);
  return killed === mutants.length ? 0 : 1;
}

const folder = await mkdtemp(join(tmpdir(), 'usher-mutants-'));
const redis = await freshRedis();
try {
  for (const [index, mutant] of mutants.entries()) await seedFault(mutant, join(folder, String(index)));
  process.exitCode = await judgeAll(redis.url, folder);
} finally {
  await redis.stop();
  await rm(folder, { recursive: true });
}
