import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import { chrome } from '../support/institute.js';
import { until } from '../support/pace.js';
import { closed, comeBack, RememberedLab, resume, told } from '../support/remembered-lab.js';
import type { Institute } from '../support/world.js';

let lab: RememberedLab;

beforeAll(async () => {
  lab = await RememberedLab.open();
}, 60_000);

afterAll(() => lab?.close());

/** A licence with one member, who has signed in and is remembered. */
async function someone(over: Readonly<Record<string, unknown>> = {}) {
  const institute = await lab.server.world.institute(over);
  return { ...institute, browser: await lab.enter(institute.member) };
}

const staffEnds = (ref: string) => lab.server.world.root.must(200, 'DELETE', `/admin/api/sessions/${ref}`);
const refusedForGood = [401, 'not-signed-in'];

/** The browser's memory has ended, whatever it tries, and no seat is taken. */
async function expectForgotten({ member, licenceId }: Institute, ...browsers: Parameters<typeof resume>[0][]) {
  for (const browser of browsers) {
    expect(told(await resume(browser, { whenFull: {} }))).toEqual(refusedForGood);
    expect(browser.cookies.has('remember')).toBe(false);
  }
  expect(await lab.remembered(member.id)).toBe(0);
  expect(await lab.used(licenceId)).toBe(0);
}

describe('POST /auth/resume', () => {
  it('lets a remembered browser in again when its session has been idle for too long, and gives it a new secret', async () => {
    const { browser, licenceId, member } = await someone();
    const [first, cookie] = [browser.ref, RememberedLab.cookieOf(browser)];
    await lab.idle(licenceId);
    expect(told(await browser.session())).toEqual([401, 'session-ended', 'idle']);
    const view = await comeBack(browser);
    expect(view).toMatchObject({ user: { id: member.id }, licence: { id: licenceId }, data: {} });
    expect(view.session).toMatchObject({ amr: ['pwd'], aal: 1 });
    expect(view.session.ref).not.toBe(first);
    expect(RememberedLab.cookieOf(browser)).not.toBe(cookie);
    expect((await browser.session()).status).toBe(200);
    expect((await browser.ask('PATCH', '/auth/session/data', { a: 1 })).status).toBe(200);
    expect(await lab.used(licenceId)).toBe(1);
  });

  it('lets it in again after the whole lifetime, and again and again', async () => {
    const { browser, licenceId, member } = await someone();
    for (const hours of [25, 2, 30]) {
      await lab.pass(licenceId, hours * 3_600_000);
      await comeBack(browser);
      expect(await lab.used(licenceId)).toBe(1);
      expect(await lab.remembered(member.id)).toBe(1);
    }
  });

  it('answers the live session of a browser that has one, and replaces nothing', async () => {
    const { browser, licenceId } = await someone();
    const before = new Map(browser.cookies);
    const answer = await resume(browser);
    expect([answer.status, answer.json.session.ref, answer.headers['set-cookie']]).toEqual([
      200,
      browser.ref,
      undefined,
    ]);
    expect(answer.json.csrfToken).toBe(browser.csrfToken);
    expect(browser.cookies).toEqual(before);
    expect(await lab.used(licenceId)).toBe(1);
  });

  it('takes the seat over of a session that lives on although its browser was closed, also in a full house', async () => {
    const { browser, licenceId } = await someone({ seats: 1 });
    const again = closed(browser);
    const view = await comeBack(again);
    expect(view.session.ref).not.toBe(browser.ref);
    expect(await lab.used(licenceId)).toBe(1);
    expect((await again.session()).status).toBe(200);
    expect((await browser.session()).status).toBe(401);
    // What ended the session before was the exchange, and no sign-out.
    await lab.idle(licenceId);
    await comeBack(closed(again));
  });

  it('refuses whoever is not remembered, takes no seat, and clears a cookie that is worth nothing', async () => {
    const { licenceId, member } = await lab.server.world.institute();
    const plain = await lab.enter(member, { remember: false });
    expect(plain.cookies.has('remember')).toBe(false);
    await lab.idle(licenceId);
    expect(told(await resume(plain))).toEqual(refusedForGood);
    const nobody = lab.browser();
    const without = await resume(nobody);
    expect([told(without), without.headers['set-cookie']]).toEqual([refusedForGood, undefined]);
    const uuid = '00000000-0000-4000-8000-000000000000';
    for (const value of ['x', `${uuid}.${'A'.repeat(43)}`, `${uuid}.x`, `.${'A'.repeat(43)}`, 'a.b.c', uuid]) {
      nobody.cookies.set('remember', value);
      const answer = await resume(nobody);
      expect([value, ...told(answer)]).toEqual([value, ...refusedForGood]);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer',
        'set-cookie': [expect.stringMatching(/^remember=; Max-Age=0/)],
      });
      expect(answer.json.instance).toBe(answer.headers['x-request-id']);
    }
    expect(await lab.used(licenceId)).toBe(0);
  });

  it('refuses bad input, other sites, forms, and bearers, and nothing is replaced', async () => {
    const { browser, licenceId } = await someone();
    await lab.idle(licenceId);
    expect((await resume(browser, { remember: true })).json.errors).toEqual([
      { pointer: '/remember', rule: expect.any(String) },
    ]);
    expect((await resume(browser, { licenceId: 'x', whenFull: { end: 'y' } })).status).toBe(400);
    const elsewhere = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' } };
    expect(told(await browser.ask('POST', '/auth/resume', {}, elsewhere))).toEqual([403, 'cross-site-request']);
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await browser.ask('POST', '/auth/resume', 'a=b', form)).status).toBe(400);
    const bearer = { headers: { authorization: 'Bearer x' } };
    expect(told(await browser.ask('POST', '/auth/resume', {}, bearer))).toEqual(refusedForGood);
    expect(await lab.used(licenceId)).toBe(0);
    await comeBack(browser);
  });

  it('opens exactly one session for 50 parallel tabs, which find it there when they ask again (ASVS 6.5.1)', async () => {
    const { browser, licenceId, member } = await someone({ seats: 5 });
    await lab.idle(licenceId);
    const tabs = Array.from({ length: 50 }, () => browser.copy());
    const answers = await Promise.all(tabs.map((tab) => resume(tab)));
    const winners = answers.flatMap((answer, i) => (answer.status === 200 ? [tabs[i]] : []));
    expect(winners).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    for (const loser of losers) {
      expect([503]).toContain(loser.status);
      expect(loser.json.retryAfterSeconds).toBe(1);
      expect(loser.headers['set-cookie']).toBeUndefined();
    }
    expect(await lab.used(licenceId)).toBe(1);
    expect(await lab.remembered(member.id)).toBe(1);
    const [winner] = winners;
    assert.ok(winner !== undefined);
    // One browser has one jar of cookies, so the other tabs come with those of the winner.
    const again = await Promise.all(Array.from({ length: 10 }, () => resume(winner.copy())));
    expect(new Set(again.map(({ status, json }) => `${status} ${json.session?.ref}`)).size).toBe(1);
    expect(await lab.used(licenceId)).toBe(1);
    await lab.idle(licenceId);
    await comeBack(winner);
  });

  it('takes a secret that was replaced for a stolen one: nobody is remembered, the session ends, the person is told', async () => {
    const { browser, licenceId, member, ...institute } = await someone();
    const stolen = browser.copy();
    await lab.idle(licenceId);
    await comeBack(browser);
    await lab.afterGrace(member.id);
    const thief = closed(stolen);
    // However often it is shown at once: the alarm is given once.
    const shown = await Promise.all(Array.from({ length: 30 }, () => resume(thief.copy())));
    expect(new Set(shown.map((answer) => told(answer).join()))).toEqual(new Set([refusedForGood.join()]));
    expect(told(await browser.session())).toEqual([401, 'session-ended', 'credentials-changed']);
    const subject = { ...institute, licenceId, member };
    await expectForgotten(subject, browser);
    expect(await lab.audited(member.id, 'remembered.reused')).toMatchObject([
      { actor: { kind: 'anonymous' }, detail: { ref: browser.ref } },
    ]);
    await lab.server.letters.links(member.email, '/auth/not-me');
    const letters = await lab.server.letters.to(member.email);
    expect(letters.filter((text) => /used twice/.test(text))).toHaveLength(1);
    expect(letters.join()).toContain('Firefox 140 on Linux');
  });

  it('ends the memory when another client shows it, and leaves the session of the owner alone', async () => {
    const { browser, licenceId, member } = await someone();
    const thief = lab.browser(chrome);
    thief.cookies.set('remember', RememberedLab.cookieOf(browser));
    expect(told(await resume(thief))).toEqual(refusedForGood);
    expect(await lab.remembered(member.id)).toBe(0);
    expect((await browser.session()).status).toBe(200);
    expect(await lab.used(licenceId)).toBe(1);
    const older = lab.browser(browser.userAgent.replaceAll('140', '139'));
    await lab.enter(member, {}, browser);
    older.cookies.set('remember', RememberedLab.cookieOf(browser));
    expect(told(await resume(older))).toEqual(refusedForGood);
    expect(await lab.remembered(member.id)).toBe(0);
  });
});

describe('a session that somebody meant to end', () => {
  const endings = [
    ['by signing out', ({ browser }) => browser.copy().signOut()],
    [
      'by signing out elsewhere, with nothing but the session cookie',
      async ({ browser }) => {
        const copy = browser.copy();
        copy.cookies.delete('remember');
        await copy.signOut();
      },
    ],
    ['by staff', ({ browser }) => staffEnds(browser.ref)],
    [
      'by its owner from another browser',
      async ({ browser, member }) => {
        const other = await lab.enter(member, { remember: false });
        await other.ask('DELETE', `/auth/sessions/${browser.ref}`);
        await other.ask('POST', '/auth/logout', {});
      },
    ],
    ['because another client came with it', ({ browser }) => browser.copy(chrome).session()],
    [
      'because its user was disabled',
      ({ member }) => lab.server.world.root.must(200, 'POST', `/admin/api/users/${member.id}/disable`),
    ],
    [
      'because its user is no member any more',
      ({ member, licenceId }) =>
        lab.server.world.root.must(204, 'DELETE', `/admin/api/licences/${licenceId}/members/${member.id}`),
    ],
  ] satisfies [string, (subject: Awaited<ReturnType<typeof someone>>) => Promise<unknown>][];

  it.each(endings)('%s, takes along what its browser was remembered by, at once', async (_how, end) => {
    const subject = await someone();
    await end(subject);
    await expectForgotten(subject, closed(subject.browser), subject.browser.copy());
  });

  it.each(endings)('%s, does so too when nobody comes back', async (_how, end) => {
    const subject = await someone();
    await end(subject);
    const startedAt = performance.now();
    while ((await lab.remembered(subject.member.id)) > 0 && performance.now() - startedAt < 8_000)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await lab.remembered(subject.member.id)).toBe(0);
  });

  it('because another one took its place, comes back only when the person asks', async () => {
    const policy = { whenFull: [{ step: 'displace', which: 'oldest' }], maxSessionsPerUser: 1 };
    const { browser, member, licenceId } = await someone({ policy });
    const other = await lab.enter(member);
    for (const displaced of [browser.copy(), closed(browser)])
      expect(told(await resume(displaced))).toEqual([401, 'session-ended', 'displaced']);
    expect((await resume(browser)).json.resumable).toBe(false);
    expect((await other.session()).status).toBe(200);
    await comeBack(browser, { whenFull: {} });
    expect(told(await other.session())).toEqual([401, 'session-ended', 'displaced']);
    expect(await lab.used(licenceId)).toBe(1);
    expect(await lab.remembered(member.id)).toBe(2);
  });

  it('because the licence was suspended comes back only when the person asks, and the licence is open again', async () => {
    const { browser, licenceId } = await someone();
    const path = `/admin/api/licences/${licenceId}`;
    await lab.server.world.root.must(200, 'POST', `${path}/suspend`, { mode: 'end' });
    expect(told(await resume(browser))).toEqual([401, 'session-ended', 'licence-suspended']);
    expect(told(await resume(browser, { whenFull: {} }))).toEqual([403, 'licence-suspended']);
    await lab.server.world.root.must(200, 'POST', `${path}/reinstate`);
    expect(told(await resume(browser))).toEqual([401, 'session-ended', 'licence-suspended']);
    await comeBack(browser, { whenFull: {} });
    expect(await lab.used(licenceId)).toBe(1);
  });
});

describe('a remembered browser', () => {
  it('is refused by a full house like a sign-in, and what it has stays good', async () => {
    const { browser, licenceId, member } = await someone({ seats: 1 });
    const other = await lab.server.world.account();
    await lab.server.world.join(licenceId, other);
    await lab.idle(licenceId);
    const inside = await lab.enter(other);
    const cookie = RememberedLab.cookieOf(browser);
    for (const again of [browser, browser]) {
      const answer = await resume(again);
      expect(told(answer)).toEqual([409, 'no-seat-free', 'FULL']);
      expect(answer.json).toMatchObject({ licenceId, limit: 1, used: 1, ticket: expect.any(String) });
      expect(RememberedLab.cookieOf(again)).toBe(cookie);
    }
    const { ticket } = (await resume(browser)).json;
    await inside.signOut();
    expect((await browser.ask('POST', '/auth/login/seat', { ticket })).status).toBe(200);
    expect(RememberedLab.cookieOf(browser)).not.toBe(cookie);
    expect(await lab.remembered(member.id)).toBe(1);
    await lab.idle(licenceId);
    await comeBack(browser);
    expect(await lab.used(licenceId)).toBe(1);
  });

  it('does not outlive a change of the password, and nobody who is disabled comes back (ASVS 7.4.2, 7.4.3)', async () => {
    const { browser, licenceId, member, ...institute } = await someone();
    await lab.idle(licenceId);
    const other = await lab.enter(member, { remember: false });
    const changed = await other.ask('POST', '/auth/password/change', {
      currentPassword: member.login.password,
      newPassword: 'another horse battery staple',
    });
    expect(changed.status).toBe(204);
    await other.signOut();
    await expectForgotten({ ...institute, licenceId, member }, browser);
    const second = await someone();
    await lab.idle(second.licenceId);
    await lab.server.world.root.must(200, 'POST', `/admin/api/users/${second.member.id}/disable`);
    expect(await lab.remembered(second.member.id)).toBe(0);
    await lab.server.world.root.must(200, 'POST', `/admin/api/users/${second.member.id}/enable`);
    await expectForgotten(second, second.browser);
  });

  it('proves no more than its sign-in did, and not anew: what asks for a fresh sign-in is refused (ASVS 7.5.3)', async () => {
    const { browser, licenceId, member } = await someone();
    const hourAgo = Date.now() - 3_600_000;
    await lab.database.query(
      `UPDATE issued_tokens SET data = data || jsonb_build_object('authenticatedAtMs', $2::bigint) WHERE user_id = $1`,
      [member.id, hourAgo],
    );
    await lab.idle(licenceId);
    await comeBack(browser);
    const fresh = await browser.ask('GET', '/auth/verify?maxAgeSeconds=900');
    expect(told(fresh)).toEqual([401, 'step-up-required']);
    expect((await browser.ask('GET', '/auth/verify?maxAgeSeconds=7200')).status).toBe(200);
    expect(told(await browser.ask('GET', '/auth/verify?aal=2'))).toEqual([401, 'step-up-required']);
  });

  it('of somebody who has a second factor is asked for that, and is remembered anew when it is answered', async () => {
    const { browser, licenceId, member } = await someone();
    const { id, secret } = (await browser.ask('POST', '/auth/factors/totp', {})).json;
    const code = await appCode(secret, -1);
    expect((await browser.ask('POST', `/auth/factors/totp/${id}/confirm`, { code })).status).toBe(200);
    // What was remembered before the factor is worth nothing any more.
    expect(await lab.remembered(member.id)).toBe(0);
    const { codes } = (await browser.ask('POST', '/auth/factors/recovery-codes', {})).json;
    await browser.signOut();
    const { email, login } = member;
    const first = await browser.signIn({ email, password: login.password }, { remember: true });
    expect([...told(first), browser.cookies.has('remember')]).toEqual([401, 'second-factor-required', false]);
    const answer = (challenge: string, method: string, shown: string) =>
      browser.ask('POST', '/auth/login/second-factor', { challenge, method, code: shown });
    const now = await appCode(secret);
    expect((await answer(first.json.challenge, 'totp', now)).json.session).toMatchObject({ aal: 2 });
    const cookie = RememberedLab.cookieOf(browser);
    await lab.idle(licenceId);
    const asked = await resume(browser);
    expect([...told(asked), RememberedLab.cookieOf(browser)]).toEqual([401, 'second-factor-required', cookie]);
    expect([await lab.used(licenceId), await lab.remembered(member.id)]).toEqual([0, 1]);
    const back = await answer(asked.json.challenge, 'recovery', codes[0]);
    expect([back.status, back.json.session?.aal]).toEqual([200, 1]);
    expect(RememberedLab.cookieOf(browser)).not.toBe(cookie);
    expect([await lab.used(licenceId), await lab.remembered(member.id)]).toEqual([1, 1]);
  });

  it('loses nothing while Redis takes no writes, and comes back when it does', async () => {
    const { browser, licenceId, member } = await someone();
    const cookie = RememberedLab.cookieOf(browser);
    await lab.idle(licenceId);
    await lab.redis.sendCommand(['CLIENT', 'PAUSE', '1500', 'WRITE']);
    const answer = await resume(browser);
    expect([...told(answer), answer.headers['set-cookie'], RememberedLab.cookieOf(browser)]).toEqual([
      503,
      'store-unavailable',
      undefined,
      cookie,
    ]);
    await until('a way back', 8_000, async () => (await resume(browser)).status === 200);
    expect(await lab.remembered(member.id)).toBe(1);
    await browser.session();
    // Whatever was on its way when nobody waited for it any more has no seat after the time that openings are held.
    await lab.pass(licenceId, 31_000);
    expect(await lab.used(licenceId)).toBe(1);
  });

  it('has its secret back when the answer with the next one was lost, and no seat is taken', async () => {
    const { browser, licenceId, member } = await someone();
    await lab.idle(licenceId);
    const route = lab.server.usher.web.routes.find(({ path }) => path === '/auth/resume');
    const cookies = Object.fromEntries(browser.cookies);
    const reply = await route?.handle({
      body: {},
      caller: {
        requestId: 'lost',
        address: '127.0.0.1',
        userAgent: browser.userAgent,
        header: () => undefined,
        cookie: (name: string) => cookies[name],
      },
    });
    assert.ok(reply?.session !== undefined && reply.session !== 'drop');
    expect(await lab.used(licenceId)).toBe(1);
    reply.session.bind.undelivered();
    const startedAt = performance.now();
    let answer = await resume(browser);
    while (answer.status === 503 && performance.now() - startedAt < 5_000) answer = await resume(browser);
    expect(answer.status).toBe(200);
    expect(await lab.used(licenceId)).toBe(1);
    expect(await lab.remembered(member.id)).toBe(1);
  });

  it('is where somebody chooses another licence by name, and nobody else’s', async () => {
    const { browser, licenceId, member } = await someone();
    const other = await lab.server.world.institute();
    await lab.idle(licenceId);
    expect(told(await resume(browser, { licenceId: other.licenceId }))).toEqual([403, 'no-licence']);
    await lab.server.world.join(other.licenceId, member);
    expect((await comeBack(browser, { licenceId: other.licenceId })).licence.id).toBe(other.licenceId);
    await comeBack(closed(browser), { licenceId });
    expect([await lab.used(licenceId), await lab.used(other.licenceId)]).toEqual([1, 0]);
  });
});
