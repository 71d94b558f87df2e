import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleApi } from '../../docker/sample/api.js';
import { notebookPath, notebookRoutes } from '../../src/demo/notebook.js';
import { appCode } from '../support/authenticator-app.js';
import type { LabPage } from '../support/lab-page.js';
import { startNginx } from '../support/nginx.js';
import { PageLab } from '../support/page-lab.js';
import { problemAnswer } from '../support/problem-answer.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import type { Account } from '../support/world.js';

let lab: PageLab;
let api: Server;
let nginx: ProxyProcess;

beforeAll(async () => {
  lab = await PageLab.open({ substitutes: { routes: notebookRoutes() } });
  const usher = `http://127.0.0.1:${lab.server.client.port}`;
  api = sampleApi({ usher, origin: lab.origin, audience: 'sample' }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const address = api.address();
  assert.ok(address !== null && typeof address === 'object');
  nginx = await startNginx({ usher: lab.server.client.port, api: address.port });
}, 1_200_000);

afterAll(async () => {
  await nginx?.stop();
  api?.closeAllConnections();
  api?.close();
  await lab?.close();
});

/** A member of a licence of its own. */
async function member(over: Readonly<Record<string, unknown>> = {}): Promise<{ account: Account; licenceId: string }> {
  const { id } = await lab.world.licence({ name: 'Reading room', ...over });
  const account = await lab.world.account();
  await lab.world.join(id, account);
  return { account, licenceId: id };
}

async function signIn(page: LabPage, { login }: Account): Promise<void> {
  await page.field('E-mail address or user name').fill(login.identifier);
  await page.field('Password').fill(login.password);
  await page.button('Sign in').click();
}

/** The notebook of somebody who is signed in. */
async function bench(over: Readonly<Record<string, unknown>> = {}) {
  const { account, licenceId } = await member(over);
  const page = await lab.page({ signedInAs: account });
  await page.open(notebookPath);
  await page.heading('Today at the bench').waitFor();
  return { page, account, licenceId };
}

async function note(page: LabPage, text: string): Promise<void> {
  await page.field('What did you observe?').fill(text);
  await page.button('Note it').click();
  await page.page.getByRole('listitem').filter({ hasText: text }).waitFor();
}

/** Ends every session of somebody, as staff do. */
async function endAll({ id }: Account, message: string): Promise<void> {
  await lab.world.root.must(200, 'POST', '/admin/api/sessions/end', { filter: { userId: id }, message });
}

describe('the lab notebook in Chromium', () => {
  it('signs in, says what is refused, and shows what is to be done first', async () => {
    const { account } = await member({ seats: 4 });
    const page = await lab.page();
    await page.open('/notebook');
    await page.getsFocus(page.field('E-mail address or user name'));
    await page.looksRight('sign-in');
    await signIn(page, { ...account, login: { ...account.login, password: 'wrong' } });
    await page.isTold(/password/i);
    await signIn(page, account);
    await page.sees('Nothing noted yet.');
    await page.sees('1 of 4');
    await page.looksRight('empty');
    await page.button('Sign out').click();
    await page.getsFocus(page.field('E-mail address or user name'));
    expect(await page.page.getByRole('dialog').count()).toBe(0);
    await page.close();
  }, 60_000);

  it('keeps notes with the session, in step in every tab', async () => {
    const { page } = await bench({ seats: 4 });
    const other = await lab.tab(page);
    await other.open(notebookPath);
    await other.heading('Today at the bench').waitFor();
    await note(page, 'pH 7.2 after the second wash');
    await other.sees('pH 7.2 after the second wash');
    await Promise.all([note(page, 'Sample 14 is cloudy'), note(other, 'Incubator at 36.8 °C')]);
    for (const one of [page, other]) await one.page.getByRole('listitem').nth(2).waitFor();
    await page.looksRight('notes');
    await other.button(/Strike out the note .*cloudy/).click();
    await page.page.getByText('Sample 14 is cloudy').waitFor({ state: 'detached' });
    await page.page.reload();
    await page.sees('Incubator at 36.8 °C');
    expect(await page.page.getByRole('listitem').count()).toBe(2);
    await page.close();
  }, 60_000);

  it('can be used with the keyboard alone', async () => {
    const { page } = await bench();
    await page.tabTo(page.field('What did you observe?'));
    await page.page.keyboard.type('Noted without a mouse');
    await page.page.keyboard.press('Control+Enter');
    await page.page.getByRole('listitem').filter({ hasText: 'Noted without a mouse' }).waitFor();
    await page.getsFocus(page.field('What did you observe?'));
    await page.tabTo(page.button('Sign out'), { backwards: true });
    await page.close();
  }, 60_000);

  it('says within a second in every tab that staff have ended the session, and why', async () => {
    const { page, account } = await bench();
    const other = await lab.tab(page);
    await other.open(notebookPath);
    await other.heading('Today at the bench').waitFor();
    await endAll(account, 'The room closes at six');
    for (const one of [page, other]) {
      const dialog = one.page.getByRole('dialog', { name: 'Staff have ended your session' });
      await dialog.getByText('The room closes at six').waitFor({ timeout: 2_000 });
    }
    await page.looksRight('why-ended');
    await page.page.keyboard.press('Enter');
    await page.getsFocus(page.field('E-mail address or user name'));
    await page.close();
  }, 60_000);

  it('warns before the end, counts down, and stays when asked to', async () => {
    const { page } = await bench();
    const soon = `const view = await (await fetch('/auth/session', { headers: { 'X-Background': '1' } })).json();
      const expiresAt = new Date(Date.now() + 59000).toISOString();
      const expiring = { expiresAt, absoluteExpiresAt: expiresAt };
      new BroadcastChannel('usher').postMessage({ known: true, session: view, ended: null, expiring, waiting: null });`;
    await page.page.evaluate(`(async () => { ${soon} })()`);
    await page.sees('Your session is about to end.');
    await page.sees(/^0:5\d$/);
    await page.looksRight('about-to-end');
    await page.button('Stay signed in').click();
    await page.page.getByText('Your session is about to end.').waitFor({ state: 'detached' });
    await page.sees(/^1:0\d:\d\d$/);
    await page.close();
  }, 60_000);

  it('offers somebody who finds no seat what the licence allows: here to give up their other session', async () => {
    const policy = { whenFull: ['end-own'] };
    const { page: first, account } = await bench({ seats: 1, policy });
    const second = await lab.page();
    await second.open(notebookPath);
    await signIn(second, account);
    await second.heading('The house is full').waitFor();
    await second.sees(/The only seat is taken/);
    await second.looksRight('full-house');
    await second.button(/End it and sit here/).click();
    await second.heading('Today at the bench').waitFor();
    await first.page.getByRole('dialog', { name: 'You ended this session' }).waitFor();
    await Promise.all([first.close(), second.close()]);
  }, 60_000);

  it('waits for a seat, sits down by itself when one is free, and begins again when the ticket was spent', async () => {
    const { page: first, account, licenceId } = await bench({ seats: 1 });
    const other = await lab.world.account();
    await lab.world.join(licenceId, other);
    const second = await lab.page({ width: 360 });
    await second.page.clock.install();
    await second.open(notebookPath);
    const refused = second.page.waitForResponse('**/auth/login');
    await signIn(second, other);
    await second.button('Wait for a seat').click();
    await second.sees('You are waiting.');
    await second.looksRight('waiting');
    const { ticket } = await (await refused).json();
    const spending = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ticket }),
    };
    const spent = `fetch('/auth/login/seat', ${JSON.stringify(spending)}).then((answer) => answer.status)`;
    expect(await second.page.evaluate(spent)).toBe(409);
    await second.page.clock.runFor(3_000);
    await second.isTold('Your place in the queue has lapsed. Please sign in again.');
    await second.keep('ticket-spent');
    await signIn(second, other);
    await second.button('Wait for a seat').click();
    await second.sees('You are waiting.');
    await endAll(account, 'Somebody waits');
    await second.page.clock.runFor(3_000);
    await second.heading('Today at the bench').waitFor();
    await second.looksRight('narrow');
    await Promise.all([first.close(), second.close()]);
  }, 60_000);

  it('asks for a second factor, and where to sit', async () => {
    const { account, licenceId } = await member();
    const another = await lab.world.licence({ name: 'Workshop' });
    await lab.world.join(another.id, account);
    const inside = await lab.world.enter(account, { licenceId });
    const { id, secret } = await inside.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
    const confirmed = { code: await appCode(secret) };
    await inside.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, confirmed);
    const { codes } = await inside.must(201, 'POST', '/auth/factors/recovery-codes');
    const page = await lab.page();
    await page.open(notebookPath);
    await signIn(page, account);
    await page.field('The six digits of your app').waitFor();
    await page.getsFocus(page.field('The six digits of your app'));
    await page.looksRight('second-factor');
    await page.button('Use a recovery code').click();
    await page.field('One of your recovery codes').fill('AAAA-AAAA-AAAA');
    await page.button('Go on').click();
    await page.isTold(/code/i);
    await page.field('One of your recovery codes').fill(codes[0]);
    await page.button('Go on').click();
    await page.button(/Workshop/).waitFor();
    await page.looksRight('licence-choice');
    await page.button(/Workshop/).click();
    await page.heading('Today at the bench').waitFor();
    await page.sees(/Workshop/);
    await page.close();
  }, 60_000);

  it('loses nothing that is written while the store is away, and takes its time on a slow network', async () => {
    const { page } = await bench();
    await page.slow(500);
    await page.field('What did you observe?').fill('Slowly');
    await page.button('Note it').click();
    await page.keep('slow');
    await page.page.getByRole('listitem').filter({ hasText: 'Slowly' }).waitFor();
    await page.slow(0);
    const failed = problemAnswer('internal', 500);
    await page.page.route('**/auth/session/data', (route) => route.fulfill(failed), { times: 1 });
    await page.field('What did you observe?').fill('Written twice');
    await page.button('Note it').click();
    await page.isTold('Something went wrong here.');
    await page.keep('failed');
    await lab.storeDown();
    await page.field('What did you observe?').fill('Written in the dark');
    await page.button('Note it').click();
    await page.isTold(/Nothing is lost/);
    await page.looksRight('store-away');
    expect(await page.field('What did you observe?').inputValue()).toBe('Written in the dark');
    await lab.storeBack();
    await page.button('Note it').click();
    await page.page.getByRole('listitem').filter({ hasText: 'Written in the dark' }).waitFor();
    await page.close();
  }, 60_000);
});

describe('the lab notebook in Chromium, behind nginx', () => {
  it('signs in at any path, and is known to the API until staff end the session', async () => {
    const { account } = await member();
    const page = await (await lab.site.browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${nginx.port}/some/view`);
    await page.getByLabel('E-mail address or user name').fill(account.login.identifier);
    await page.getByLabel('Password', { exact: true }).fill(account.login.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Today at the bench' }).waitFor();
    const me = `fetch('/api/me').then(async (answer) => [answer.status, (await answer.json()).sub ?? null])`;
    expect(await page.evaluate(me)).toEqual([200, account.id]);
    await endAll(account, 'Lunch');
    await page.getByRole('dialog').getByText('Lunch').waitFor();
    expect(await page.evaluate(me)).toEqual([401, null]);
    await page.context().close();
  }, 60_000);
});
