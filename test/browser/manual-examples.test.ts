import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { projectFile } from '../../src/platform/project-file.js';
import { BrowserSite } from '../support/browser-site.js';
import type { Account } from '../support/world.js';

const built = join(import.meta.dirname, '..', '..', 'client');
/** What the application of the examples has of its own: each call is kept, with what it was given. */
const own = ['show', 'showSignIn', 'showRefusal', 'showCountdown', 'askForCode', 'askForLicence', 'waitForSeat'];

let site: BrowserSite;

beforeAll(async () => {
  site = await BrowserSite.open();
}, 1_200_000);

afterAll(() => site?.close());

/** The JavaScript of a page of the manual, one example after the other. */
function examplesOf(page: string): string {
  const text = readFileSync(projectFile(`src/manual/${page}.md`), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '').join('\n');
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
  before = '',
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
  if (before !== '') await page.evaluate(before);
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
    const { page, told } = await run(examplesOf('api'), account, signIn);
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
});
