import { cpSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Timed } from '../support/ask.js';
import { EventReader } from '../support/event-reader.js';
import type { Browser, Licence, Person, Staff } from '../support/institute.js';
import { figure, Pulse, until } from '../support/pace.js';
import { plainRedis } from '../support/plain-redis.js';
import { Site } from '../support/site.js';

const freezeMs = figure(3_000, 10_000);

let site: Site;
let staff: Staff;
let licence: Licence;
let people: Person[];

beforeEach(async () => {
  site = await Site.open([{}], { mail: true });
  staff = await site.staff();
  licence = await staff.licence(200);
  people = await licence.people(5);
}, 30_000);

afterEach(() => site.close());

/** An answer, and when it came. */
interface Heard {
  readonly answer: Timed;
  readonly atMs: number;
}

/** Checks and sign-ins at a steady rate, as long as `trouble` lasts and a second and a half longer. */
class Load {
  readonly checks: readonly Heard[];
  readonly signIns: readonly Heard[];

  private constructor(heard: { checks: readonly Heard[]; signIns: readonly Heard[] }) {
    this.checks = heard.checks;
    this.signIns = heard.signIns;
  }

  static async during(inside: readonly Browser[], trouble: () => Promise<void>): Promise<Load> {
    let turn = 0;
    const heard = async (answer: Promise<Timed>) => ({ answer: await answer, atMs: performance.now() });
    const checks = new Pulse(50, () => heard((inside[turn++ % inside.length] as Browser).copy().session()));
    const signIns = new Pulse(4, () => heard(site.browser().signIn(people[4] as Person)));
    await pause(300);
    await trouble();
    await pause(1_500);
    return new Load({ checks: await checks.stop(), signIns: await signIns.stop() });
  }

  /** Nothing waits, nothing is said but yes and "not now", and only who is let in gets a cookie. */
  expectHonest(): void {
    expect(Math.max(...this.checks.map(({ answer }) => answer.tookMs))).toBeLessThanOrEqual(500);
    for (const { answer } of [...this.checks, ...this.signIns]) {
      if (answer.status === 200) continue;
      expect([answer.status, answer.json.type]).toEqual([503, '/problems/store-unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(this.signIns.filter(({ answer }) => answer.status === 503).length).toBeGreaterThan(0);
    expect(Math.max(...this.signIns.map(({ answer }) => answer.tookMs))).toBeLessThanOrEqual(figure(3_000, 1_500));
  }

  /** How long after that moment the first good answer to a check came. */
  firstGood(sinceMs: number): number {
    const good = this.checks.filter(({ answer, atMs }) => answer.status === 200 && atMs > sinceMs);
    return Math.min(...good.map(({ atMs }) => atMs - sinceMs));
  }
}

function enterAll(): Promise<Browser[]> {
  return Promise.all(people.slice(0, 4).map((person) => site.browser().enter(person)));
}

async function missing(): Promise<string[]> {
  return (await site.browser().ask('GET', '/health/ready')).json.missing;
}

describe('a Redis that', () => {
  it(`freezes for ${freezeMs / 1000} s under 50 checks a second: each is answered within half a second, and rightly within a second of the thaw`, async () => {
    const inside = await enterAll();
    let thawedMs = 0;
    // Staff are let in before, as nobody can be in between.
    const frozen = new Promise((resolve) => setTimeout(resolve, 300 + freezeMs / 2));
    const setting = staff.ask('POST', `/admin/api/users/${people[0]?.id}/reset`, {}, { pause: frozen });
    const load = await Load.during(inside.slice(1), async () => {
      site.redis.freeze();
      await pause(freezeMs / 2);
      expect(await missing()).toEqual(['redis']);
      await pause(freezeMs / 2);
      site.redis.thaw();
      thawedMs = performance.now();
    });
    load.expectHonest();
    expect(load.checks.length).toBeGreaterThan(freezeMs / 25);
    expect(load.firstGood(thawedMs)).toBeLessThanOrEqual(1_000);
    expect(await missing()).toEqual([]);
    // What could not be done at once was promised, and has been done.
    expect(await setting).toMatchObject({ status: 202, json: { pending: true } });
    expect((await inside[0]?.session())?.json).toMatchObject({ reason: 'credentials-changed' });
    for (const browser of inside.slice(1)) expect((await browser.session()).status).toBe(200);
  }, 60_000);

  it('freezes for 5 s ends no stream of one’s own session, which tells of an ending afterwards', async () => {
    const browser = await site.browser().enter(people[0] as Person);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const reader = await EventReader.open(Number(new URL(browser.url).port), '/auth/events', {
      cookie,
      'user-agent': browser.userAgent,
    });
    await reader.until(() => reader.retryMs !== null);
    site.redis.freeze();
    await pause(5_000);
    site.redis.thaw();
    await until('the server is ready', 5_000, async () => (await missing()).length === 0);
    expect([reader.status, reader.gone, reader.events]).toEqual([200, false, []]);
    await staff.end(browser.ref, 'Lunch');
    await reader.until(() => reader.ended, 4_500);
    expect(reader.named('ended')).toEqual([{ reason: 'ended-by-staff', message: 'Lunch', resumable: false }]);
  }, 30_000);

  it('is killed and comes back: answered likewise, nobody is signed out, and who was disabled meanwhile soon is', async () => {
    const inside = await enterAll();
    let backMs = 0;
    let goOn = () => {};
    const down = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const disabling = staff.ask('POST', `/admin/api/users/${people[0]?.id}/disable`, {}, { pause: down });
    let endedAfterMs = 0;
    const load = await Load.during(inside.slice(1), async () => {
      await site.redis.crash();
      goOn();
      await pause(1_500);
      await site.redis.revive();
      backMs = performance.now();
      endedAfterMs = await until('the disabled account has ended', 3_000, async () => {
        return (await inside[0]?.copy().session())?.json.reason === 'account-disabled';
      });
    });
    load.expectHonest();
    expect(load.firstGood(backMs)).toBeLessThanOrEqual(1_000);
    expect(await disabling).toMatchObject({ status: 202, json: { pending: true } });
    expect(endedAfterMs).toBeLessThanOrEqual(2_000);
    for (const browser of inside.slice(1)) expect((await browser.session()).status).toBe(200);
    const { used } = await licence.seats();
    expect(used).toBe(3 + load.signIns.filter(({ answer }) => answer.status === 200).length);
  }, 60_000);

  it('is emptied: everybody is signed out and told so, never with a fault, and the seats are guarded as before', async () => {
    const inside = await enterAll();
    const small = await staff.licence(1);
    const [anna, ben] = (await small.people(2)) as [Person, Person];
    const checks = new Pulse(50, () => (inside[0] as Browser).copy().session());
    const plain = await plainRedis(site.redis.url);
    await plain.flushAll();
    await plain.close();
    const [first, second] = [site.browser(), site.browser()];
    await until('people can sign in again', 2_000, async () => (await first.signIn(anna)).status === 200);
    await pause(1_500);
    const statuses = (await checks.stop()).map(({ status }) => status);
    expect(statuses.filter((status) => ![200, 401, 503].includes(status))).toEqual([]);
    expect(statuses.lastIndexOf(200)).toBeLessThan(statuses.indexOf(401));
    expect((await inside[1]?.session())?.json).toMatchObject({ type: '/problems/not-signed-in' });
    expect((await second.signIn(ben)).json).toMatchObject({ type: '/problems/no-seat-free', limit: 1, used: 1 });
    expect((await first.session()).status).toBe(200);
    expect(await missing()).toEqual([]);
  }, 30_000);

  it('comes back with an older state: what had ended stays ended, and who was signed in still is', async () => {
    const others = await licence.people(4);
    const [one, two, disabled, changed, removed, staying] = await Promise.all(
      [...people.slice(0, 2), ...others].map((person) => site.browser().enter(person)),
    );
    const suspended = await staff.licence(2);
    const guest = await site.browser().enter(await suspended.person());
    const plain = await plainRedis(site.redis.url);
    const { dir } = await plain.configGet('dir');
    await plain.close();
    const folder = String(dir);
    cpSync(folder, `${folder}-before`, { recursive: true });

    await one?.copy().signOut();
    await staff.end(two?.ref ?? '', 'Enough');
    await staff.do('POST', `/admin/api/users/${others[0]?.id}/disable`);
    await staff.do('POST', `/admin/api/users/${others[1]?.id}/reset`);
    await staff.do('DELETE', `${licence.path}/members/${others[2]?.id}`);
    await staff.do('POST', `${suspended.path}/suspend`);
    const endings: readonly (readonly [Browser | undefined, string])[] = [
      [one, 'signed-out'],
      [two, 'ended-by-staff'],
      [disabled, 'account-disabled'],
      [changed, 'credentials-changed'],
      [removed, 'member-removed'],
      [guest, 'licence-suspended'],
    ];
    await until('the history is in Postgres', 5_000, async () => {
      const stories = await Promise.all(endings.map(([browser]) => site.ledger.storyOf(browser?.ref ?? '')));
      return stories.every((story) => story.length === 2);
    });

    await site.redis.crash();
    rmSync(folder, { recursive: true });
    cpSync(`${folder}-before`, folder, { recursive: true });
    rmSync(`${folder}-before`, { recursive: true });
    await site.redis.revive();
    await until('the server is ready', 5_000, async () => (await missing()).length === 0);
    for (const [browser, reason] of endings) {
      const answer = await browser?.session();
      expect([answer?.status, answer?.json.reason]).toEqual([401, reason]);
    }
    expect((await two?.session())?.json.message).toBe('Enough');
    expect((await staying?.session())?.status).toBe(200);
    expect((await site.browser().signIn(others[0] as Person)).status).toBe(401);
    for (const [browser, reason] of endings) {
      expect(await site.ledger.storyOf(browser?.ref ?? '')).toEqual(['admitted', reason]);
    }
  }, 30_000);
});
