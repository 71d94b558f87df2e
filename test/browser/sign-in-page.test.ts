import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { BrowserSite } from '../support/browser-site.js';
import { type Account, password } from '../support/world.js';

let site: BrowserSite;
let licenceId: string;
let complaints: string[] = [];

beforeAll(async () => {
  site = await BrowserSite.open();
  ({ id: licenceId } = await site.server.world.licence({ seats: 50 }));
}, 1_200_000);

afterAll(() => site?.close());

async function member(...licences: string[]): Promise<Account> {
  const account = await site.server.world.account();
  for (const id of licences.length > 0 ? licences : [licenceId]) await site.server.world.join(id, account);
  return account;
}

/** The page in a profile of its own. What it does that its policy forbids, or throws, is a complaint. */
async function open(query = ''): Promise<Page> {
  const { page } = await site.application();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${site.origin}/sign-in${query}`);
  await page.getByLabel('Password').waitFor();
  return page;
}

async function giveName(page: Page, account: Account, remember = false): Promise<void> {
  await page.getByLabel('E-mail address or user name').fill(account.email);
  if (remember) await page.getByLabel('Remember this browser').check();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const inside = (page: Page) => page.getByRole('heading', { name: 'You are signed in' }).waitFor({ timeout: 10_000 });
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
const told = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).waitFor();

/** An authenticator app of somebody: its codes, each good once, `later` periods from now. */
async function enrolApp(account: Account): Promise<(later: number) => Promise<string>> {
  const guest = await site.server.world.enter(account);
  const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
  const code = (later: number) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * later });
  await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await code(0) });
  await guest.must(204, 'POST', '/auth/logout', {});
  return code;
}

describe('the sign-in page in Chromium', () => {
  it('signs in with the password and the code of an app, and goes on to where the person wanted to go', async () => {
    const account = await member();
    const code = await enrolApp(account);
    const page = await open('?return_to=%2Fmanual%2Ftokens%3Fa%3D1%26b%3D2');
    await giveName(page, account);
    await page.getByLabel('The code of an authenticator app').check();
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await press(page, 'Go on');
    await told(page, 'The code is wrong or has been used');
    await page.getByLabel('Code', { exact: true }).fill(await code(1));
    await press(page, 'Go on');
    await page.waitForURL(`${site.origin}/manual/tokens?a=1&b=2`);
    expect(complaints).toEqual([]);
  }, 60_000);

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/%09/evil.example\n',
    'https://evil.example/',
    'javascript:alert(document.domain)',
    'data:text/html,x',
    'evil.example',
    '/ /evil.example',
  ])(
    'goes nowhere when the way back is %j, and offers to sign out',
    async (wanted) => {
      const account = await member();
      const page = await open(`?return_to=${encodeURIComponent(wanted)}`);
      await giveName(page, account);
      await inside(page);
      expect(await page.locator('#inside').innerText()).toContain(account.email);
      expect([new URL(page.url()).host, await page.locator('#inside a:visible').count()]).toEqual([
        new URL(site.origin).host,
        0,
      ]);
      await press(page, 'Sign out');
      await told(page, 'You are signed out');
      expect(await page.evaluate('fetch("/auth/session").then((answer) => answer.status)')).toBe(401);
      expect(complaints).toEqual([]);
    },
    60_000,
  );

  it('stays on this origin with a path that begins like another one further on', async () => {
    const page = await open('?return_to=%2F.%2F%2Fevil.example');
    await giveName(page, await member());
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    expect(page.url()).toBe(`${site.origin}//evil.example`);
  }, 60_000);

  it('says in words that the password is wrong, and when there were too many tries', async () => {
    const account = await member();
    const page = await open();
    const wrong = { ...account, email: account.email };
    const tries = async () => {
      await page.getByLabel('E-mail address or user name').fill(wrong.email);
      await page.getByLabel('Password').fill('a wrong password of mine');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    };
    await tries();
    await told(page, 'The name or the password is wrong');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    const login = { ...account.login, password: 'a wrong password of mine' };
    for (let i = 0; i < 10; i += 1) await site.server.nobody.ask('POST', '/auth/login', { body: login });
    await tries();
    await told(page, /Too many attempts\..* Try again in \d+ (?:seconds|minutes)\./);
  }, 60_000);

  it('comes back without the password in a browser that is remembered', async () => {
    const account = await member();
    const page = await open();
    await giveName(page, account, true);
    await inside(page);
    await page.context().clearCookies({ name: 'sid' });
    await page.goto(`${site.origin}/sign-in`);
    await inside(page);
    await page.goto(`${site.origin}/sign-in?return_to=%2Fmanual`);
    await page.waitForURL(`${site.origin}/manual`);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('says why the session has ended, and lets a remembered browser come back where its person asks for it', async () => {
    const policy = { whenFull: [{ step: 'displace', which: 'oldest' }], maxSessionsPerUser: 1 };
    const { id } = await site.server.world.licence({ seats: 5, policy });
    const account = await member(id);
    const page = await open();
    await giveName(page, account, true);
    await inside(page);
    const elsewhere = await site.server.world.enter(account);
    await page.goto(`${site.origin}/sign-in?return_to=%2Fmanual`);
    await told(page, 'The session has ended');
    await press(page, 'Come back without the password');
    await page.waitForURL(`${site.origin}/manual`);
    expect((await elsewhere.ask('GET', '/auth/session')).json.reason).toBe('displaced');
  }, 60_000);

  it('is where the pages behind links lead afterwards', async () => {
    const { page } = await site.application();
    for (const path of ['/auth/password/reset', '/invitation', '/auth/set-up']) {
      await page.goto(site.origin + path);
      await page.getByRole('link', { name: 'Sign in' }).click();
      await page.getByLabel('Password').waitFor();
    }
  }, 60_000);

  it('signs in with a passkey, alone and as the second factor', async () => {
    const account = await member();
    const application = await site.application();
    await application.ask('POST', '/auth/login', account.login);
    const begun = await application.ask('POST', '/auth/factors/passkeys/options');
    const response = await application.call('createPasskey', begun.json.options);
    const passkey = { token: begun.json.token, name: 'This browser', response };
    expect((await application.ask('POST', '/auth/factors/passkeys', passkey)).status).toBe(201);
    await application.ask('POST', '/auth/logout');
    const { page } = application;
    await page.goto(`${site.origin}/sign-in`);
    await press(page, 'Sign in with a passkey');
    await inside(page);
    await press(page, 'Sign out');
    await told(page, 'You are signed out');
    await giveName(page, account);
    await press(page, 'Go on');
    await inside(page);
  }, 60_000);

  it('asks for the licence where there are several, also after a second factor', async () => {
    const other = await site.server.world.licence({ seats: 5, name: 'The other one' });
    const account = await member(licenceId, other.id);
    const page = await open();
    await giveName(page, account);
    await press(page, /^The other one/);
    await inside(page);
    expect(await page.locator('#inside').innerText()).toContain('The other one');
    await press(page, 'Sign out');
    await told(page, 'You are signed out');
    const guest = await site.server.nobody.signIn({ ...account.login, licenceId });
    const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
    const code = (epoch: number) => generate({ secret, epoch });
    const now = Math.floor(Date.now() / 1000);
    await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await code(now) });
    await giveName(page, account);
    await page.getByLabel('Code', { exact: true }).fill(await code(now + 30));
    await press(page, 'Go on');
    await press(page, /^The other one/);
    await inside(page);
  }, 60_000);

  it('waits outside a full house and tries again, or ends an own session, without the password', async () => {
    const { world } = site.server;
    const full = await world.licence({ seats: 1, policy: { whenFull: ['end-own', 'refuse'] } });
    const [first, second] = [await member(full.id), await member(full.id)];
    const guest = await world.enter(first);
    const page = await open();
    await giveName(page, second);
    await page.getByText('1 of 1 seats are taken').waitFor();
    const refused = page.waitForResponse('**/auth/login/seat');
    await press(page, 'Try again');
    expect((await refused).status()).toBe(409);
    await guest.must(204, 'POST', '/auth/logout', {});
    await press(page, 'Try again');
    await inside(page);
    const elsewhere = await open();
    await giveName(elsewhere, second);
    await press(elsewhere, /^End .*Linux/);
    await inside(elsewhere);
    expect(await page.evaluate('fetch("/auth/session").then((answer) => answer.status)')).toBe(401);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('has a code sent by mail, and takes a recovery code and says how many are left', async () => {
    const account = await member();
    const guest = await site.server.world.enter(account);
    await guest.must(201, 'POST', '/auth/factors/email', {});
    const page = await open('?return_to=%2Fmanual');
    await giveName(page, account);
    await page.getByText('A code has been sent to your e-mail address').waitFor();
    await page.getByLabel('Code', { exact: true }).fill(await mailedCode(account));
    await press(page, 'Go on');
    await page.waitForURL(`${site.origin}/manual`);
    const { codes } = await guest.must(201, 'POST', '/auth/factors/recovery-codes', {});
    await page.context().clearCookies();
    await page.goto(`${site.origin}/sign-in?return_to=%2Fmanual`);
    await giveName(page, account);
    await page.getByLabel('A recovery code').check();
    await page.getByLabel('Code', { exact: true }).fill(codes[0]);
    await press(page, 'Go on');
    await inside(page);
    expect(await page.locator('#inside .codes').innerText()).toMatch(/left: 9/);
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.waitForURL(`${site.origin}/manual`);
    expect(complaints).toEqual([]);
  }, 60_000);
});

/** The code of the newest letter, as soon as it is there. */
async function mailedCode({ email }: Account): Promise<string> {
  const until = performance.now() + 10_000;
  for (;;) {
    const found = (await site.server.letters.to(email)).flatMap((text) => /\b\d{6}\b/.exec(text)?.[0] ?? []).at(-1);
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error('no code was sent');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
