import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { appCode } from '../support/authenticator-app.js';
import { BrowserSite } from '../support/browser-site.js';
import { figure } from '../support/pace.js';
import type { Account } from '../support/world.js';

const idleSeconds = 6;
const built = join(import.meta.dirname, '..', '..', 'client');

let site: BrowserSite;
/** Where sessions end soon. */
let brief: BrowserSite;
/** Made before the session of who makes accounts there ends as well. */
let briefMembers: Account[];

beforeAll(async () => {
  site = await BrowserSite.open();
  brief = await BrowserSite.open({ SESSION_IDLE_SECONDS: String(idleSeconds) });
  briefMembers = [await member(brief), await member(brief)];
}, 1_200_000);

afterAll(async () => {
  await site?.close();
  await brief?.close();
});

async function member(of = site, seats = 10): Promise<Account> {
  const { id } = await of.server.world.licence({ seats });
  const account = await of.server.world.account();
  await of.server.world.join(id, account);
  return account;
}

/** A browser profile that is given the client's modules by the application. */
async function profile(of = site): Promise<BrowserContext> {
  const context = await of.browser.newContext();
  await context.route('**/app/*.js', (route) => {
    const name = route.request().url().split('/').at(-1) ?? '';
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(built, name), 'utf8') });
  });
  return context;
}

/** A tab with the application, its client in `client`, and what it has asked the server for. */
async function tab(context: BrowserContext, of = site): Promise<{ page: Page; asked: string[] }> {
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => {
    asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await page.goto(of.origin);
  await page.evaluate("import('/app/client.js').then((m) => { globalThis.client = new m.UsherClient(); })");
  return { page, asked };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
const run = (page: Page, words: string): Promise<any> => page.evaluate(words);
const signIn = (page: Page, account: Account, more: object = {}) =>
  run(page, `client.signIn(${JSON.stringify({ ...account.login, ...more })})`);
const count = (asked: readonly string[], name: string) => asked.filter((one) => one === name).length;

/** Waits until the expression holds in the page, and answers how long that took. */
async function until(page: Page, words: string, ms = 5_000): Promise<number> {
  const began = performance.now();
  await page.waitForFunction(words, undefined, { timeout: ms, polling: 20 });
  return performance.now() - began;
}

describe('the client in Chromium', () => {
  it('knows in both tabs within a second that staff ended the session, and says why, over one stream', async () => {
    const context = await profile();
    const [first, second] = [await tab(context), await tab(context)];
    const outcome = await signIn(first.page, await member());
    expect(outcome.kind).toBe('signed-in');
    expect((await run(second.page, 'client.start()')).session.ref).toBe(outcome.session.session.ref);
    await pause(500);
    expect(count([...first.asked, ...second.asked], 'GET /auth/events')).toBe(1);
    const { ref } = outcome.session.session;
    const ended = site.server.world.root.must(200, 'DELETE', `/admin/api/sessions/${ref}?message=Lunch`);
    const known = await Promise.all([first, second].map(({ page }) => until(page, 'client.state().ended !== null')));
    await ended;
    expect(Math.max(...known)).toBeLessThan(figure(2_500, 1_000));
    for (const { page } of [first, second]) {
      const state = await run(page, 'client.state()');
      expect([state.session, state.ended]).toEqual([
        null,
        { reason: 'ended-by-staff', message: 'Lunch', resumable: false },
      ]);
      expect((await run(page, 'client.secondsLeft()')) === null).toBe(true);
    }
    await context.close();
  });

  it('makes one resume of 20 parallel requests that were answered 401, and asks all of them again', async () => {
    const context = await profile(brief);
    const [{ page, asked }, other] = [await tab(context, brief), await tab(context, brief)];
    const [account] = briefMembers;
    assert.ok(account);
    await signIn(page, account, { remember: true });
    await run(other.page, 'client.start()');
    await pause(idleSeconds * 1000 + 500);
    asked.length = 0;
    const burst = "Promise.all(Array.from({ length: 20 }, () => client.fetch('/auth/seat').then((r) => r.status)))";
    expect(await run(page, burst)).toEqual(Array(20).fill(200));
    expect(count(asked, 'POST /auth/resume')).toBe(1);
    // One that sets out late goes with the new session.
    expect(count(asked, 'GET /auth/seat')).toBeGreaterThan(20);
    expect(count(asked, 'GET /auth/seat')).toBeLessThanOrEqual(40);
    await until(other.page, 'client.state().session !== null');
    expect(count(other.asked, 'POST /auth/resume')).toBe(0);
    const refs = await Promise.all([page, other.page].map((one) => run(one, 'client.state().session.session.ref')));
    expect(refs[0]).toBe(refs[1]);
    await context.close();
  });

  it('does not come back where somebody meant the end, and answers the 401 as it came', async () => {
    const context = await profile();
    const { page, asked } = await tab(context);
    const { session } = await signIn(page, await member(), { remember: true });
    await site.server.world.root.must(200, 'DELETE', `/admin/api/sessions/${session.session.ref}`);
    expect(await run(page, "client.fetch('/auth/seat').then((r) => r.status)")).toBe(401);
    expect(await run(page, "client.fetch('/auth/seat').then((r) => r.status)")).toBe(401);
    expect(count(asked, 'POST /auth/resume')).toBe(0);
    await context.close();
  });

  it('warns before the session ends, and counts down by the server’s clock', async () => {
    const context = await profile(brief);
    const { page } = await tab(context, brief);
    const account = briefMembers[1];
    assert.ok(account);
    await signIn(page, account);
    expect(await run(page, 'client.secondsLeft()')).toBeGreaterThan(idleSeconds - 3);
    await until(page, 'client.state().expiring !== null', 6_000);
    const left = await run(page, 'client.secondsLeft()');
    expect(left).toBeLessThanOrEqual(idleSeconds / 2 + 1);
    expect(await run(page, 'client.keep().then((view) => view !== null)')).toBe(true);
    expect((await run(page, 'client.state()')).expiring === null).toBe(true);
    expect(await run(page, 'client.secondsLeft()')).toBeGreaterThan(left);
    await until(page, 'client.state().ended !== null', 10_000);
    expect((await run(page, 'client.state()')).ended).toEqual({ reason: 'idle', resumable: true });
    await context.close();
  });

  it('goes on listening in another tab when the one that listened is closed', async () => {
    const context = await profile();
    const [first, second] = [await tab(context), await tab(context)];
    const { session } = await signIn(first.page, await member());
    await run(second.page, 'client.start()');
    await pause(500);
    // Whichever of the two is quicker.
    const [leading, waiting] = count(first.asked, 'GET /auth/events') === 1 ? [first, second] : [second, first];
    expect([leading, waiting].map(({ asked }) => count(asked, 'GET /auth/events'))).toEqual([1, 0]);
    await leading.page.close();
    await pause(1_500);
    expect(count(waiting.asked, 'GET /auth/events')).toBe(1);
    await site.server.world.root.must(200, 'DELETE', `/admin/api/sessions/${session.session.ref}`);
    expect(await until(waiting.page, 'client.state().ended !== null')).toBeLessThan(figure(2_500, 1_000));
    await context.close();
  });

  it('signs out in every tab, and brings what was signed in here to the others', async () => {
    const context = await profile();
    const [first, second] = [await tab(context), await tab(context)];
    await signIn(first.page, await member());
    await until(second.page, 'client.state().session !== null');
    const saved = "client.call('PATCH /auth/session/data', { body: { theme: 'dark' } })";
    expect(await run(second.page, saved)).toEqual({ theme: 'dark' });
    await run(second.page, 'client.signOut()');
    await until(first.page, "client.state().ended?.reason === 'signed-out'");
    await context.close();
  });

  it('asks for the second factor, and takes a code or a passkey', async () => {
    const application = await site.application();
    const { page } = application;
    await page.context().route('**/app/*.js', (route) => {
      const name = route.request().url().split('/').at(-1) ?? '';
      return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(built, name), 'utf8') });
    });
    await run(page, "import('/app/client.js').then((m) => { globalThis.client = new m.UsherClient(); })");
    const account = await member();
    await signIn(page, account);
    expect((await run(page, "client.enrolPasskey('This browser')")).kind).toBe('passkey');
    await run(page, 'client.signOut()');
    const asked = await signIn(page, account);
    expect([asked.kind, asked.methods]).toEqual(['second-factor', ['passkey']]);
    const answered = await run(page, `client.secondFactor('${asked.challenge}', 'passkey')`);
    expect([answered.kind, answered.session.session.aal]).toEqual(['signed-in', 2]);
    await run(page, 'client.signOut()');
    expect((await run(page, 'client.signInWithPasskey()')).session.user.id).toBe(account.id);
    await page.context().close();
  });

  it('takes the code of an app for the second factor', async () => {
    const account = await member();
    const guest = await site.server.world.enter(account);
    const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', {});
    await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await appCode(secret) });
    const context = await profile();
    const { page } = await tab(context);
    const asked = await signIn(page, account);
    assert.equal(asked.kind, 'second-factor', JSON.stringify(asked));
    const wrong = `client.secondFactor('${asked.challenge}', 'totp', '000000').catch((e) => [e.slug, e.status])`;
    expect(await run(page, wrong)).toEqual(['invalid-code', 401]);
    const code = await appCode(secret, 1);
    expect((await run(page, `client.secondFactor('${asked.challenge}', 'totp', '${code}')`)).kind).toBe('signed-in');
    await context.close();
  });

  it('waits for a seat with a ticket, without the password', async () => {
    const { id } = await site.server.world.licence({ seats: 1 });
    const [sitting, waiting] = [await site.server.world.account(), await site.server.world.account()];
    await site.server.world.join(id, sitting);
    await site.server.world.join(id, waiting);
    const guest = await site.server.world.enter(sitting);
    const context = await profile();
    const { page } = await tab(context);
    const full = await signIn(page, waiting);
    expect(full).toMatchObject({ kind: 'full', limit: 1, used: 1, ownSessions: [] });
    await guest.must(204, 'POST', '/auth/logout', {});
    expect((await run(page, `client.takeSeat('${full.ticket}')`)).kind).toBe('signed-in');
    await context.close();
  });

  it('leaves other servers alone: no token goes there, and their 401 is no end of the session', async () => {
    const context = await profile();
    const { page, asked } = await tab(context);
    const { session } = await signIn(page, await member(), { remember: true });
    const seen: (string | undefined)[] = [];
    let type = 'https://elsewhere.example/problems/session-ended';
    const answered = async (route: Route) => {
      seen.push(route.request().headers()['x-csrf-token']);
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/problem+json' };
      await route.fulfill({ status: 401, headers, body: JSON.stringify({ type, title: '', status: 401 }) });
    };
    await context.route('https://elsewhere.example/**', answered);
    await context.route('**/api/**', answered);
    const ask = (address: string) =>
      run(page, `client.fetch('${address}', { method: 'POST' }).then((answer) => answer.status)`);
    asked.length = 0;
    const foreign = 'https://elsewhere.example/auth/things';
    expect(await ask(foreign)).toBe(401);
    type = '/problems/session-ended';
    expect(await ask(foreign)).toBe(401);
    expect(seen).toEqual([undefined, undefined]);
    for (type of ['https://elsewhere.example/problems/session-ended', 'session-ended', 'about:blank'])
      expect(await ask('/api/things')).toBe(401);
    expect(seen.slice(2)).toEqual(Array(3).fill(session.csrfToken));
    expect(asked.filter((one) => one.includes('/auth/resume') || one.includes('/auth/session'))).toEqual([]);
    expect((await run(page, 'client.state()')).session.session.ref).toBe(session.session.ref);
    await context.close();
  });

  it('asks a busy server again when it may, and says what else is refused', async () => {
    const context = await profile();
    const { page, asked } = await tab(context);
    let busy = 1;
    await context.route('**/auth/login', (route) => {
      busy -= 1;
      if (busy < 0) return route.continue();
      const body = JSON.stringify({ type: '/problems/busy', title: '', status: 503, detail: '', instance: '' });
      const headers = { 'retry-after': '1', 'content-type': 'application/problem+json' };
      return route.fulfill({ status: 503, headers, body });
    });
    const account = await member();
    const began = performance.now();
    expect((await signIn(page, account)).kind).toBe('signed-in');
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect(count(asked, 'POST /auth/login')).toBe(2);
    const wrong = { identifier: account.email, password: 'wrong' };
    const refused = `client.signIn(${JSON.stringify(wrong)}).catch((e) => [e.slug, e.status, e.body.type])`;
    expect(await run(page, refused)).toEqual(['invalid-credentials', 401, '/problems/invalid-credentials']);
    await context.close();
  });
});
