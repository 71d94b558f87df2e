import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Licence, Person, Staff } from '../support/institute.js';
import { figure, Pulse, until } from '../support/pace.js';
import { type PlainRedis, plainRedis } from '../support/plain-redis.js';
import { Site } from '../support/site.js';
import { freshRedis, type RedisServer } from '../support/stores.js';

let redis: RedisServer;
let plain: PlainRedis;
let site: Site;
let staff: Staff;
let licence: Licence;
let people: Person[];
let inside: Browser[];

beforeEach(async () => {
  // `dir` may be changed by a command: that is how the disk is taken away.
  redis = await freshRedis({ extraArgs: ['--enable-protected-configs', 'yes'] });
  plain = await plainRedis(redis.url);
  // Checks slide every second, so that there is something to refuse.
  site = await Site.open([{ SESSION_IDLE_SECONDS: '60' }], { redis });
  staff = await site.staff();
  licence = await staff.licence(10);
  people = await licence.people(6);
  inside = await Promise.all(people.slice(0, 4).map((person) => site.browser().enter(person)));
}, 30_000);

afterEach(async () => {
  await site.close();
  await plain.close();
  await redis.stop();
});

/** A way to make Redis refuse writes, and back. */
interface Trouble {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

const outOfMemory: Trouble = {
  begin: () => plain.configSet('maxmemory', '1'),
  end: () => plain.configSet('maxmemory', '0'),
};

/** Saving fails as on a full disk: the folder Redis saves to is gone. From then on it refuses every write (MISCONF). */
function lostDisk(): Trouble {
  let home = '';
  const gone = mkdtempSync(join(tmpdir(), 'usher-no-disk-'));
  const saveStatus = (status: string) => async () =>
    (await plain.info('persistence')).includes(`rdb_last_bgsave_status:${status}`);
  const save = () => plain.bgSave().catch(() => {});
  return {
    async begin() {
      home = String((await plain.configGet('dir'))['dir']);
      await plain.configSet({ dir: gone, save: '3600 1' });
      rmSync(gone, { recursive: true });
      await save();
      await until('saving has failed', 5_000, saveStatus('err'));
    },
    async end() {
      await plain.configSet({ dir: home });
      await save();
      await until('saving works again', 5_000, saveStatus('ok'));
    },
  };
}

const troubles: readonly (readonly [string, () => Trouble])[] = [
  ['is out of memory', () => outOfMemory],
  ['cannot write to its disk', lostDisk],
];

async function missing(): Promise<string[]> {
  return (await site.browser().ask('GET', '/health/ready')).json.missing;
}

describe('a Redis that', () => {
  it.each(troubles)(
    '%s: checks are answered, nobody is said to have ended, sign-ins are put off, and after ten seconds it is not ready',
    async (_, of) => {
      const trouble = of();
      for (const browser of inside) expect((await browser.session()).status).toBe(200);
      await trouble.begin();
      const checks = new Pulse(50, () => (inside[0] as Browser).copy().session());
      expect(await missing()).toEqual([]);
      const refusedFor = until('the server is not ready', 14_000, async () => (await missing()).length > 0);
      await pause(1_500);
      const refused = await site.browser().signIn(people[4] as Person);
      expect([refused.status, refused.json.type]).toEqual([503, '/problems/store-unavailable']);
      expect(refused.headers['set-cookie']).toBeUndefined();
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      const saved = await inside[1]?.copy().ask('PATCH', '/auth/session/data', { kept: true });
      expect([saved?.status, saved?.json.type]).toEqual([503, '/problems/store-unavailable']);
      expect(await refusedFor).toBeGreaterThan(9_000);
      expect(await missing()).toEqual(['redis-writes']);

      await trouble.end();
      await until('people can sign in again', figure(5_000, 2_000), async () => {
        return (await site.browser().signIn(people[4] as Person)).status === 200;
      });
      await until('the server is ready', figure(5_000, 2_000), async () => (await missing()).length === 0);
      const answers = await checks.stop();
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(figure(1_000, 500));
      for (const browser of inside) expect((await browser.session()).status).toBe(200);
    },
    30_000,
  );

  it('is out of memory: an ending is done at once, because it frees before it takes', async () => {
    await outOfMemory.begin();
    expect((await staff.end(inside[0]?.ref ?? '')).json).toMatchObject({ ended: 1, licence: { used: 3 } });
    expect((await inside[0]?.session())?.json).toMatchObject({ reason: 'ended-by-staff' });
    expect((await inside[1]?.copy().signOut())?.status).toBe(204);
    expect((await inside[1]?.session())?.json).toMatchObject({ reason: 'signed-out' });
    await staff.do('POST', `/admin/api/users/${people[2]?.id}/disable`);
    expect((await inside[2]?.session())?.json).toMatchObject({ reason: 'account-disabled' });
    await staff.do('POST', `${licence.path}/suspend`);
    expect((await inside[3]?.session())?.json).toMatchObject({ reason: 'licence-suspended' });
    await outOfMemory.end();
  }, 30_000);

  it('cannot write to its disk: an ending is pending, never said to be done, and done within two seconds of the recovery', async () => {
    const trouble = lostDisk();
    await trouble.begin();
    const pending = { status: 202, json: { pending: true } };
    expect(await staff.end(inside[0]?.ref ?? '', 'Enough')).toMatchObject(pending);
    expect(await staff.ask('POST', `/admin/api/users/${people[1]?.id}/disable`)).toMatchObject(pending);
    expect(await staff.ask('DELETE', `${licence.path}/members/${people[2]?.id}`)).toMatchObject(pending);
    expect(await inside[3]?.copy().signOut()).toMatchObject(pending);
    for (const browser of inside) expect((await browser.session()).status).toBe(200);
    await trouble.end();
    const reasons = async () =>
      Promise.all(inside.map(async (browser) => (await browser.copy().session()).json.reason ?? 'lives'));
    const told = ['ended-by-staff', 'account-disabled', 'member-removed', 'signed-out'];
    await until('all have ended', 2_000, async () => (await reasons()).join() === told.join());
    expect((await inside[0]?.session())?.json).toMatchObject({ message: 'Enough' });
    expect((await licence.seats()).used).toBe(0);
  }, 30_000);
});
