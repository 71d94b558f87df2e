import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Page } from 'playwright-core';
import { projectFile } from '../../src/platform/project-file.js';
import { audience } from '../support/audience.js';
import { appCode } from '../support/authenticator-app.js';
import { addAuthenticator, BrowserSite } from '../support/browser-site.js';
import type { Account } from '../support/world.js';

const built = join(import.meta.dirname, '..', '..', 'client');
/** What the application of the examples has of its own: each call is kept, with what it was given. */
const own = ['show', 'showSignIn', 'showRefusal', 'showCountdown', 'askForCode', 'askForLicence', 'waitForSeat'];

let site: BrowserSite;

beforeAll(async () => {
  site = await BrowserSite.open();
}, 1_200_000);

afterAll(() => site?.close());

/** The examples of a page of the manual in JavaScript. */
function eachExampleOf(page: string): string[] {
  const text = readFileSync(projectFile(`src/manual/${page}.md`), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

/** The same, one after the other. */
function examplesOf(page: string): string {
  return eachExampleOf(page).join('\n');
}

async function member(): Promise<Account> {
  const { id } = await site.server.world.licence();
  const account = await site.server.world.account();
  await site.server.world.join(id, account);
  return account;
}

/** Runs the examples of a page of the manual as the application's own script. */
async function run(
  examples: string,
  { login }: Account,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<{ page: Page; told: () => Promise<unknown[][]> }> {
  const context = await site.browser.newContext();
  const script = examples.replace("'usher/client'", "'/app/client.js'");
  await context.route('**/app/*.js', (route) => {
    const name = route.request().url().split('/').at(-1) ?? '';
    const body = name === 'examples.js' ? script : readFileSync(join(built, name), 'utf8');
    return route.fulfill({ contentType: 'text/javascript', body });
  });
  const page = await context.newPage();
  await page.goto(site.origin);
  await page.evaluate(`globalThis.told = [];
    for (const name of ${JSON.stringify(own)}) globalThis[name] = (...given) => { told.push([name, ...given]); };
    Object.assign(globalThis, ${JSON.stringify(login)});`);
  await prepare(page);
  await page.evaluate("import('/app/examples.js').then(() => undefined)");
  return { page, told: () => page.evaluate<unknown[][]>('JSON.parse(JSON.stringify(told))') };
}

describe('the examples of the manual in Chromium', () => {
  it('of the client sign in, call, and sign out', async () => {
    const account = await member();
    const { page, told } = await run(examplesOf('spa'), account);
    const calls = await told();
    const names = calls.map(([name]) => name);
    expect(names).toContain('showSignIn');
    expect(names).not.toContain('showRefusal');
    // biome-ignore lint/suspicious/noExplicitAny: what was shown is looked into as it is.
    const states = calls.filter(([name]) => name === 'show').map(([, state]) => state as any);
    expect(states.some(({ session }) => session?.user.id === account.id)).toBe(true);
    expect(states.at(-1)).toMatchObject({ session: null, ended: { reason: 'signed-out', resumable: false } });
    await page.context().close();
  });

  it('of the client say what is refused', async () => {
    const { login, ...account } = await member();
    const wrong = { ...account, login: { ...login, password: 'wrong' } };
    const untilRefused = examplesOf('spa').split('const seat =')[0] ?? '';
    const { page, told } = await run(untilRefused, wrong);
    const refused = (await told()).find(([name]) => name === 'showRefusal');
    expect(refused?.slice(0, 2)).toEqual(['showRefusal', 'invalid-credentials']);
    await page.context().close();
  });

  it('of the interface read the document and listen to events', async () => {
    const account = await member();
    const signIn = `ask('POST', '/auth/login', ${JSON.stringify(account.login)})`;
    const { page, told } = await run(examplesOf('api'), account, (opened) => opened.evaluate(signIn));
    expect((await told()).slice(0, 2)).toEqual([
      ['show', '3.1.0', ['get']],
      ['show', 409, expect.stringMatching(/\S/)],
    ]);
    await page.waitForTimeout(300);
    await site.server.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['user', 'staff'] });
    await page.waitForFunction("told.some(([, what]) => what === 'role-changed')", undefined, { timeout: 3_000 });
    const { items } = await site.server.world.root.must(200, 'GET', `/admin/api/sessions?userId=${account.id}`);
    await site.server.world.root.must(200, 'DELETE', `/admin/api/sessions/${items[0].ref}`);
    await page.waitForFunction("told.some(([, what]) => what === 'ended')", undefined, { timeout: 3_000 });
    expect((await told()).slice(2)).toEqual([
      ['show', 'role-changed', ['user', 'staff']],
      ['show', 'ended', 'ended-by-staff'],
    ]);
    await page.context().close();
  });

  it('of signing in sign in and out', async () => {
    const account = await member();
    const [signIn = '', signOut = '', whileDeveloping = ''] = eachExampleOf('signing-in');
    const { identifier, password } = account.login;
    const script = [
      signIn,
      'show(reply.status, view.user.email);',
      signOut,
      "show((await fetch('/auth/session')).status);",
    ]
      .concat(whileDeveloping)
      .join('\n')
      .replace('anna@institute.example', identifier)
      .replace('a long enough password', password);
    const { page, told } = await run(script, account);
    expect(await told()).toEqual([
      ['show', 200, account.email],
      ['show', 401],
    ]);
    await page.context().close();
  });

  it('of remembered browsers come back without the password', async () => {
    const account = await member();
    const signIn = `ask('POST', '/auth/login', ${JSON.stringify({ ...account.login, remember: true })})`;
    const script = `${examplesOf('remembered-browsers')}\nglobalThis.session = session;`;
    const { page } = await run(script, account, (opened) => opened.evaluate(signIn));
    await page.context().clearCookies({ name: 'sid' });
    expect(await page.evaluate('fetch("/auth/session").then(({ status }) => status)')).toBe(401);
    const came = 'session().then(async (reply) => [reply.status, (await reply.json()).user.email])';
    expect(await page.evaluate(came)).toEqual([200, account.email]);
    await page.context().close();
  });

  it('of second factors answer a challenge, with a code and with a passkey', async () => {
    const account = await member();
    const inside = await site.server.world.enter(account);
    const { id, secret } = await inside.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
    await inside.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await appCode(secret) });
    const code = await appCode(secret, 1);
    const [byCode = '', byPasskey = ''] = eachExampleOf('second-factors');
    const login = JSON.stringify(account.login);
    const challenged = `globalThis.whole ??= ask;
      ask = async (...asked) => (await whole(...asked)).json;
      globalThis.challenge = (await ask('POST', '/auth/login', ${login})).challenge;`;
    const enrol = `const { token, options } = await ask('POST', '/auth/factors/passkeys/options', {});
      await ask('POST', '/auth/factors/passkeys', { token, name: 'Key', response: await createPasskey(options) });
      await ask('POST', '/auth/logout', {});`;
    const asked = "show((await whole('GET', '/auth/session')).status);";
    const { page, told } = await run(`${byCode.replace('123456', code)}\n${asked}`, account, async (opened) => {
      await addAuthenticator(opened);
      await opened.evaluate(`(async () => { ${challenged} })()`);
    });
    await page.evaluate(`(async () => { { ${enrol} } ${challenged} ${byPasskey} ${asked} })()`);
    expect(await told()).toEqual([
      ['show', 200],
      ['show', 200],
    ]);
    await page.context().close();
  });

  it('of tokens get one, send it, and verify it', async () => {
    const account = await member();
    const [get = '', verify = ''] = eachExampleOf('tokens');
    let sent = '';
    const { page, told } = await run(`${get}\nshow(token, expiresAt);`, account, async (opened) => {
      await opened.context().route('https://api.example.org/things', (route) => {
        sent = route.request().headers()['authorization'] ?? '';
        return route.fulfill({ headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' } });
      });
      await opened.evaluate(`ask('POST', '/auth/login', ${JSON.stringify(account.login)})`);
    });
    const [[, token, expiresAt] = []] = await told();
    expect([sent, Date.parse(String(expiresAt)) > Date.now()]).toEqual([`Bearer ${token}`, true]);
    expect(verify).toContain(audience.name);
    const script = verify.replace(/^import .*$/m, '').replaceAll('https://app.example.org', site.origin);
    const verified = new Function(
      ...['createRemoteJWKSet', 'jwtVerify', 'token'],
      `return (async () => { ${script} return payload; })();`,
    );
    expect((await verified(createRemoteJWKSet, jwtVerify, token)).sub).toBe(account.id);
    await page.context().close();
  });
});
