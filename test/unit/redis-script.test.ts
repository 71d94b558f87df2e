import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/kernel/clock.js';
import { createLog } from '../../src/platform/log.js';
import { connectRedis, type RedisLink } from '../../src/platform/redis.js';
import { loadScript } from '../../src/platform/redis-script.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

let folder: string;
let redis: RedisServer;
let link: RedisLink;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usher-script-'));
  mkdirSync(join(folder, 'includes'));
  writeFileSync(join(folder, 'includes', 'two.lua'), 'local two = 2\n');
  writeFileSync(
    join(folder, 'sum.lua'),
    '#!lua flags=no-writes\n-- Adds.\n-- include "two"\nreturn {KEYS[1], two + ARGV[1]}\n',
  );
  redis = await freshRedis();
  link = await connectRedis({ url: redis.url, log: createLog({ level: 'silent' }), clock: systemClock });
});

afterAll(async () => {
  await link.close();
  await redis.stop();
  rmSync(folder, { recursive: true });
});

/** The commands that reach Redis while `work` runs, by name. */
function counting(): { link: Pick<RedisLink, 'send'>; sent: string[] } {
  const sent: string[] = [];
  const send: RedisLink['send'] = (key, args) => {
    sent.push(args[0] ?? '');
    return link.send(key, args);
  };
  return { link: { send }, sent };
}

describe('a script', () => {
  it('keeps its first line and takes in what it includes', () => {
    const script = loadScript(join(folder, 'sum.lua'));
    expect(script.name).toBe('sum');
    expect(script.text).toBe('#!lua flags=no-writes\n-- Adds.\nlocal two = 2\nreturn {KEYS[1], two + ARGV[1]}\n');
    expect(script.sha).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is sent whole once, and by its digest from then on', async () => {
    const script = loadScript(join(folder, 'sum.lua'));
    const { link: counted, sent } = counting();
    expect(await script.run(counted, '{a}', ['3'])).toEqual(['{a}', 5]);
    expect(await script.run(counted, '{a}', ['4'])).toEqual(['{a}', 6]);
    expect(sent).toEqual(['EVALSHA', 'EVAL', 'EVALSHA']);
  });

  it('survives that Redis forgets it', async () => {
    const script = loadScript(join(folder, 'sum.lua'));
    await script.run(link, '{a}', ['1']);
    await link.send('', ['SCRIPT', 'FLUSH']);
    expect(await script.run(link, '{a}', ['1'])).toEqual(['{a}', 3]);
  });

  it('takes another text in place of an include, which is another script', async () => {
    const script = loadScript(join(folder, 'sum.lua'), { includes: { two: 'local two = 20' } });
    expect(await script.run(link, '{a}', ['3'])).toEqual(['{a}', 23]);
    expect(script.sha).not.toBe(loadScript(join(folder, 'sum.lua')).sha);
  });

  it('passes on what goes wrong inside it', async () => {
    const script = loadScript(join(folder, 'sum.lua'));
    await expect(script.run(link, '{a}', ['x'])).rejects.toThrow(/arithmetic/);
  });

  it('is refused when an include is missing', () => {
    writeFileSync(join(folder, 'broken.lua'), '#!lua\n-- include "three"\n');
    expect(() => loadScript(join(folder, 'broken.lua'))).toThrow(/three\.lua/);
  });
});
