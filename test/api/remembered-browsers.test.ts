import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chrome } from '../support/institute.js';
import { closed, comeBack, RememberedLab, resume, told } from '../support/remembered-lab.js';
import { WholeServer } from '../support/whole-server.js';

let lab: RememberedLab;

beforeAll(async () => {
  lab = await RememberedLab.open();
}, 60_000);

afterAll(() => lab?.close());

/** Somebody who is remembered in two browsers, the first of which is at work. */
async function someone() {
  const institute = await lab.server.world.institute();
  const browser = await lab.enter(institute.member);
  const other = await lab.enter(institute.member, {}, lab.browser(chrome));
  const items = (await browser.ask('GET', '/auth/browsers')).json.items;
  const [otherId, id] = items.map((item: { id: string }) => item.id);
  return { ...institute, browser, other, items, id, otherId };
}

describe('signing in', () => {
  it('has a browser remembered only when that is asked for, and sets a cookie no script can read', async () => {
    const { member } = await lab.server.world.institute();
    const plain = await lab.browser().signIn({ email: member.email, password: member.login.password });
    expect(String(plain.headers['set-cookie'])).not.toContain('remember');
    const asked = await lab
      .browser()
      .signIn({ email: member.email, password: member.login.password }, { remember: true });
    const line = [asked.headers['set-cookie'] ?? []].flat().find((one) => one.startsWith('remember='));
    expect(line).toMatch(/^remember=[0-9a-f-]{36}\.[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(await lab.remembered(member.id)).toBe(1);
  });

  it('sets the cookie for this host alone, and never in clear, where people see https (ASVS 3.3.1)', async () => {
    const server = await WholeServer.start({ PUBLIC_URL: 'https://usher.example', BCRYPT_COST: '10' });
    try {
      const { member } = await server.world.institute();
      const guest = await server.world.enter(member, { remember: true });
      const line = guest.setCookies.find((one) => one.includes('remember='));
      expect(line).toMatch(/^__Host-remember=[\w.-]+; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      const back = await guest.with({ cookie: line?.split(';')[0] }).ask('POST', '/auth/resume', { body: {} });
      expect(back.status).toBe(200);
      // Another host of the domain could have set this one.
      const plain = guest.with({ cookie: line?.split(';')[0]?.replace('__Host-', '') });
      expect((await plain.ask('POST', '/auth/resume', { body: {} })).status).toBe(401);
    } finally {
      await server.stop();
    }
  }, 30_000);

  it('keeps no secret that could be read from the database (ASVS 11.5.1)', async () => {
    const { browser, member } = await someone();
    const [, secret = ''] = RememberedLab.cookieOf(browser).split('.');
    const { rows } = await lab.database.query('SELECT * FROM issued_tokens WHERE user_id = $1', [member.id]);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('remembers no program, and nobody whose password was wrong', async () => {
    const { member } = await lab.server.world.institute();
    const program = await lab.enter(member, { delivery: 'bearer' });
    expect(program.cookies.size).toBe(0);
    const wrong = await lab.browser().signIn({ email: member.email, password: 'wrong' }, { remember: true });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect(await lab.remembered(member.id)).toBe(0);
  });

  it('is remembered once per browser: whoever signs in anew takes the place of the one before', async () => {
    const { browser, member, licenceId } = await someone();
    const before = browser.copy();
    await lab.enter(member, {}, browser);
    expect(await lab.remembered(member.id)).toBe(2);
    await lab.idle(licenceId);
    expect(told(await resume(before))).toEqual([401, 'not-signed-in']);
    await comeBack(browser);
  });

  it('remembers nobody in more than fifty browsers: the one that was not used for longest is forgotten', async () => {
    const { browser, other, member, licenceId } = await someone();
    await lab.database.query(
      `INSERT INTO issued_tokens (id, purpose, user_id, hash, data, created_at, expires_at)
       SELECT gen_random_uuid(), purpose, user_id, 'filler ' || user_id || n, data, created_at, expires_at
       FROM issued_tokens, generate_series(1, 48) AS n WHERE hash =
         (SELECT hash FROM issued_tokens WHERE user_id = $1 AND purpose = 'remembered' ORDER BY created_at DESC LIMIT 1)`,
      [member.id],
    );
    expect(await lab.remembered(member.id)).toBe(50);
    const newest = await lab.enter(member);
    expect(await lab.remembered(member.id)).toBe(50);
    await lab.idle(licenceId);
    expect(told(await resume(browser))).toEqual([401, 'not-signed-in']);
    await comeBack(newest);
    expect(other.cookies.has('remember')).toBe(true);
  });

  it('leaves nobody behind on a computer that is shared', async () => {
    const { browser, member } = await someone();
    const next = await lab.server.world.institute();
    await lab.enter(next.member, { remember: false }, browser);
    expect(browser.cookies.has('remember')).toBe(false);
    expect(await lab.remembered(member.id)).toBe(1);
    await lab.idle(next.licenceId);
    expect(told(await resume(browser))).toEqual([401, 'not-signed-in']);
  });

  it('whose answer never arrived leaves no browser remembered', async () => {
    const { member, licenceId } = await lab.server.world.institute();
    const route = lab.server.usher.web.routes.find(({ path }) => path === '/auth/login');
    const caller = { requestId: 'lost', address: '127.0.0.1', userAgent: chrome, header: () => {}, cookie: () => {} };
    const body = { ...member.login, licenceId, remember: true, delivery: 'cookie' };
    const reply = await route?.handle({ body, caller });
    expect(await lab.remembered(member.id)).toBe(1);
    if (reply?.session !== undefined && reply.session !== 'drop') reply.session.bind.undelivered();
    const startedAt = performance.now();
    while ((await lab.remembered(member.id)) > 0 && performance.now() - startedAt < 8_000)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await lab.remembered(member.id)).toBe(0);
    expect(await lab.used(licenceId)).toBe(0);
  });
});

describe('POST /auth/logout', () => {
  it('forgets the browser and takes its cookies, also when its session has ended long ago (ASVS 7.4.1)', async () => {
    const { browser, other, member, licenceId } = await someone();
    const answer = await browser.signOut();
    expect([answer.status, browser.cookies.has('remember'), browser.cookies.has('sid')]).toEqual([204, false, false]);
    expect(await lab.remembered(member.id)).toBe(1);
    await lab.idle(licenceId);
    const copy = other.copy();
    expect((await other.signOut()).status).toBe(204);
    expect(other.cookies.has('remember')).toBe(false);
    expect(await lab.remembered(member.id)).toBe(0);
    expect(told(await resume(copy))).toEqual([401, 'not-signed-in']);
  });

  it('from another site forgets nobody', async () => {
    const { browser, member, licenceId } = await someone();
    await lab.idle(licenceId);
    const answer = await browser.ask('POST', '/auth/logout', {}, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(told(answer)).toEqual([403, 'cross-site-request']);
    expect(await lab.remembered(member.id)).toBe(2);
  });
});

describe('GET /auth/browsers', () => {
  it('shows where somebody is remembered: from where, since when, and which one asks (ASVS 7.5.2)', async () => {
    const { browser, other, items } = await someone();
    expect(items).toEqual([
      expect.objectContaining({ current: false, browser: 'Chrome 138', os: expect.stringContaining('Windows') }),
      expect.objectContaining({ current: true, browser: 'Firefox 140', os: 'Linux', ip: '127.0.0.1' }),
    ]);
    for (const item of items) {
      expect(Object.keys(item).sort()).toEqual(
        ['browser', 'createdAt', 'current', 'expiresAt', 'id', 'ip', 'lastUsedAt', 'os'].sort(),
      );
      expect(Date.parse(item.expiresAt) - Date.parse(item.createdAt)).toBe(90 * 86_400_000);
    }
    expect(
      (await other.ask('GET', '/auth/browsers')).json.items.map((one: { current: boolean }) => one.current),
    ).toEqual([true, false]);
    expect((await lab.browser().ask('GET', '/auth/browsers')).status).toBe(401);
    expect(browser.cookies.has('remember')).toBe(true);
  });

  it('tells when a browser came back last, and counts the 90 days from then', async () => {
    const { browser, licenceId, id, member } = await someone();
    await lab.database.query(
      `UPDATE issued_tokens SET created_at = created_at - interval '60 days', expires_at = expires_at - interval '60 days'
       WHERE user_id = $1 AND purpose = 'remembered'`,
      [member.id],
    );
    await lab.idle(licenceId);
    await comeBack(browser);
    const items: Record<string, string>[] = (await browser.ask('GET', '/auth/browsers')).json.items;
    const mine = items.find((item) => item['id'] === id);
    expect(mine).toMatchObject({ current: true });
    const days = (Date.parse(mine?.['expiresAt'] ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(Date.parse(mine?.['lastUsedAt'] ?? '') - Date.parse(mine?.['createdAt'] ?? '')).toBeGreaterThan(
      59 * 86_400_000,
    );
  });

  it('shows none that was not used for 90 days, and lets none such come back', async () => {
    const { browser, member, licenceId } = await someone();
    await lab.database.query(
      `UPDATE issued_tokens SET expires_at = now() - interval '1 second' WHERE user_id = $1 AND purpose = 'remembered'`,
      [member.id],
    );
    expect((await browser.ask('GET', '/auth/browsers')).json.items).toEqual([]);
    await lab.idle(licenceId);
    expect(told(await resume(browser))).toEqual([401, 'not-signed-in']);
    // It was too old, and not stolen: nobody is alarmed.
    expect(await lab.audited(member.id, 'remembered.reused')).toEqual([]);
  });
});

describe('DELETE /auth/browsers', () => {
  it('with an id forgets that browser, ends no session, and is audited', async () => {
    const { browser, other, otherId, id, member, licenceId } = await someone();
    expect((await browser.ask('DELETE', `/auth/browsers/${otherId}`)).status).toBe(204);
    expect((await other.session()).status).toBe(200);
    expect((await browser.ask('GET', '/auth/browsers')).json.items.map((item: { id: string }) => item.id)).toEqual([
      id,
    ]);
    expect(told(await browser.ask('DELETE', `/auth/browsers/${otherId}`))).toEqual([404, 'not-found']);
    expect(await lab.audited(member.id, 'remembered.revoked')).toMatchObject([
      { actor: { id: member.id }, detail: { browser: otherId } },
    ]);
    await lab.idle(licenceId);
    expect(told(await resume(other))).toEqual([401, 'not-signed-in']);
    await comeBack(browser);
  });

  it('forgets all of them, and nobody else’s', async () => {
    const [{ browser, other, member, licenceId }, stranger] = [await someone(), await someone()];
    const answer = await browser.ask('DELETE', '/auth/browsers');
    expect([answer.status, answer.json]).toEqual([200, { forgotten: 2 }]);
    expect(browser.cookies.has('remember')).toBe(false);
    expect((await browser.session()).status).toBe(200);
    await lab.idle(licenceId);
    for (const one of [browser, other]) expect(told(await resume(one))).toEqual([401, 'not-signed-in']);
    expect([await lab.remembered(member.id), await lab.remembered(stranger.member.id)]).toEqual([0, 2]);
  });

  it('refuses strangers, the anonymous, and what is no id, and forgets nothing', async () => {
    const [{ browser, id, member }, stranger] = [await someone(), await someone()];
    expect(told(await stranger.browser.ask('DELETE', `/auth/browsers/${id}`))).toEqual([404, 'not-found']);
    expect((await lab.browser().ask('DELETE', `/auth/browsers/${id}`)).status).toBe(401);
    for (const bad of ['x', '%00', 'x'.repeat(200)])
      expect([400, 404]).toContain((await browser.ask('DELETE', `/auth/browsers/${bad}`)).status);
    const forged = browser.copy();
    forged.csrfToken = '';
    expect(told(await forged.ask('DELETE', '/auth/browsers'))).toEqual([403, 'cross-site-request']);
    expect(await lab.remembered(member.id)).toBe(2);
    expect(await lab.audited(member.id, 'remembered.revoked')).toEqual([]);
  });
});

describe('the id a browser is listed by', () => {
  it('is not what its cookie names: with it nobody ends the memory, or the session, by showing a wrong secret', async () => {
    const { browser, member, id, licenceId } = await someone();
    const [selector = ''] = RememberedLab.cookieOf(browser).split('.');
    expect(id).not.toBe(selector);
    for (const name of [id, encodeURIComponent(id)]) {
      const stranger = lab.browser();
      stranger.cookies.set('remember', `${name}.${'A'.repeat(43)}`);
      expect(told(await resume(stranger))).toEqual([401, 'not-signed-in']);
    }
    expect((await browser.session()).status).toBe(200);
    expect(await lab.audited(member.id, 'remembered.reused')).toEqual([]);
    const clerk = await lab.server.world.staff('staff', 'bearer');
    const listed = JSON.stringify(await clerk.must(200, 'GET', `/admin/api/users/${member.id}/browsers`));
    expect(listed).toContain(id);
    expect(listed).not.toContain(selector);
    await lab.idle(licenceId);
    await comeBack(browser);
  });
});

describe('staff', () => {
  it('see and forget somebody’s remembered browsers, one or all, and it is audited (ASVS 7.4.5)', async () => {
    const { browser, other, member, id, licenceId } = await someone();
    const clerk = await lab.server.world.staff('staff', 'bearer');
    const path = `/admin/api/users/${member.id}/browsers`;
    const { items } = await clerk.must(200, 'GET', path);
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ current: false, browser: 'Chrome 138' });
    await clerk.must(204, 'DELETE', `${path}/${id}`);
    await clerk.must(404, 'DELETE', `${path}/${id}`);
    expect(await clerk.must(200, 'DELETE', path)).toEqual({ forgotten: 1 });
    expect(await clerk.must(200, 'DELETE', path)).toEqual({ forgotten: 0 });
    const lines = await lab.audited(member.id, 'remembered.revoked');
    expect(lines.map(({ detail }) => detail)).toEqual([{ browsers: 1 }, { browser: id }]);
    expect(lines[0].actor.id).toBe(clerk.view.user.id);
    expect((await browser.session()).status).toBe(200);
    await lab.idle(licenceId);
    for (const one of [browser, closed(other)]) expect(told(await resume(one))).toEqual([401, 'not-signed-in']);
  });

  it('forget no browser of an administrator, and nobody’s who is not there', async () => {
    const account = await lab.server.world.account(['admin']);
    const browser = await lab.enter(account);
    const clerk = await lab.server.world.staff('staff', 'bearer');
    const [own] = (await browser.ask('GET', '/auth/browsers')).json.items;
    const path = `/admin/api/users/${account.id}/browsers`;
    for (const target of [path, `${path}/${own.id}`]) {
      expect((await clerk.ask('DELETE', target)).json).toMatchObject({ status: 403, permission: 'staff.write' });
    }
    expect(await lab.remembered(account.id)).toBe(1);
    const nobody = '/admin/api/users/00000000-0000-4000-8000-000000000000/browsers';
    for (const method of ['GET', 'DELETE']) await clerk.must(404, method, nobody);
    await clerk.must(400, 'GET', '/admin/api/users/x/browsers');
  });

  it('who end a session while Redis cannot be told yet are obeyed all the same', async () => {
    const { browser, member } = await someone();
    const [tag, handle] = browser.ref.split('.');
    await lab.database.query(
      `INSERT INTO outbox (kind, key, payload, created_at, attempts, next_attempt_at)
       VALUES ('sessions-ended', 'end:test', $1, now(), 0, now() + interval '1 hour')`,
      [JSON.stringify({ refs: [{ tag, handle }], cause: { reason: 'ended-by-staff' } })],
    );
    expect(told(await resume(closed(browser)))).toEqual([401, 'not-signed-in']);
    expect(await lab.remembered(member.id)).toBe(1);
  });
});
