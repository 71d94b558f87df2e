import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import type { LabPage } from '../support/lab-page.js';
import { PageLab } from '../support/page-lab.js';
import { plainRedis } from '../support/plain-redis.js';
import { problemAnswer } from '../support/problem-answer.js';
import { type Account, password } from '../support/world.js';

const next = 'four herons wade at dusk';

let lab: PageLab;
let licenceId: string;

beforeAll(async () => {
  lab = await PageLab.open();
  ({ id: licenceId } = await lab.world.licence({ seats: 50 }));
}, 1_200_000);

afterAll(() => lab?.close());

async function member(): Promise<Account> {
  const account = await lab.world.account();
  await lab.world.join(licenceId, account);
  return account;
}

/** Makes the sign-in of this page's session that much older than it is. */
async function signedInMinutesAgo(view: LabPage, minutes: number): Promise<void> {
  const ref = await view.page.evaluate(
    'fetch("/auth/session").then((answer) => answer.json()).then((it) => it.session.ref)',
  );
  const [tag = '', handle = ''] = String(ref).split('.');
  const redis = await plainRedis(lab.server.stores.REDIS_URL);
  const [key = ''] = (await redis.keys('*')).filter((name) => name.includes(tag) && name.includes(handle));
  const lines = String(await redis.hGet(key, 's')).split('\n');
  // When it was opened; and, behind what the session is, when its person was authenticated again.
  const earlier = lines.map((line, at) => (at === 0 || at === 7 ? Number(line) - minutes * 60_000 : line));
  // Whoever has asked for the session before remembers it until the person changes.
  await redis.hSet(key, { s: earlier.join('\n'), e: Number(await redis.hGet(key, 'e')) + 1 });
  await redis.close();
}

const dialog = (view: LabPage) => view.page.getByRole('dialog');
const inDialog = (view: LabPage, name: string) => dialog(view).getByRole('button', { name, exact: true });
const row = (view: LabPage, text: string | RegExp) => view.page.getByRole('listitem').filter({ hasText: text }).first();

describe('the page of the own account', () => {
  it('changes name and user name, refuses a name that is taken beside its field, and sends links to a new address', async () => {
    const other = await lab.world.enter(await member());
    await other.must(200, 'PATCH', '/auth/account', { username: 'taken' });
    const view = await lab.page({ signedInAs: await member() });
    await view.open('/account');
    await view.field('Name (optional)').fill('Anna Schmidt');
    await view.field('User name (optional)').fill('taken');
    await view.button('Save').click();
    await view.sees('This is taken already.');
    await view.getsFocus(view.field('User name (optional)'));
    await view.field('User name (optional)').fill('anna');
    await view.button('Save').click();
    await view.sees('Saved.');
    await view.looksRight('profile');
    await view.button('Change the address').click();
    await dialog(view).getByLabel('New e-mail address').fill('anna@new.example.org');
    await dialog(view).getByLabel('Your present password', { exact: true }).fill('not the right one');
    await inDialog(view, 'Send the links').click();
    await view.isTold('The name or the password is wrong.');
    await dialog(view).getByLabel('Your present password', { exact: true }).fill(password);
    await inDialog(view, 'Send the links').click();
    await view.sees('Your address changes to anna@new.example.org');
    await view.getsFocus(view.button('Change the address'));
    await view.close();
  }, 30_000);

  it('changes the password by keyboard, says while it is typed what is missing, and ends the other sessions', async () => {
    const account = await member();
    const elsewhere = await lab.world.enter(account);
    const view = await lab.page({ signedInAs: account });
    await view.open('/account/security');
    await view.tabTo(view.button('Change the password'));
    await view.page.keyboard.press('Enter');
    await view.page.keyboard.press('Escape');
    await view.getsFocus(view.button('Change the password'));
    await view.page.keyboard.press('Enter');
    await view.tabTo(dialog(view).getByLabel('Your present password', { exact: true }));
    await view.page.keyboard.type(password);
    await view.tabTo(dialog(view).getByLabel('New password', { exact: true }));
    await view.page.keyboard.type('short one');
    await view.sees('6 to go');
    await view.looksRight('password');
    await view.page.keyboard.press('Enter');
    await dialog(view).getByText('Please look at what is marked below.').waitFor();
    await dialog(view).getByLabel('New password', { exact: true }).fill(next);
    await view.page.keyboard.press('Enter');
    await view.sees('Your password has been changed.');
    await view.getsFocus(view.button('Change the password'));
    expect((await elsewhere.ask('GET', '/auth/session')).json.reason).toBe('credentials-changed');
    await view.close();
  }, 30_000);

  it('adds an app with its key, shows recovery codes to save and print, and asks who it is once the sign-in is old', async () => {
    const account = await member();
    const view = await lab.page({ signedInAs: account });
    await view.open('/account/security');
    await view.sees('You have none yet.');
    await signedInMinutesAgo(view, 20);
    await view.button('Add an authenticator app').click();
    await view.heading('Please confirm that it is you').waitFor();
    await dialog(view).getByLabel('Your password', { exact: true }).fill(password);
    await view.looksRight('step-up');
    await inDialog(view, 'Confirm').click();
    await view.page.getByAltText('QR code for the authenticator app').waitFor();
    const secret = (await dialog(view).locator('code').innerText()).replace(/\s/g, '');
    await view.looksRight('app');
    const code = (later: number) => appCode(secret, later);
    await dialog(view).getByLabel('Code of the app').fill('000000');
    await inDialog(view, 'Turn it on').click();
    await view.sees('That code is wrong, too old, or has been used already.');
    await dialog(view)
      .getByLabel('Code of the app')
      .fill(await code(0));
    await inDialog(view, 'Turn it on').click();
    await view.sees('“Authenticator app” is ready.');
    await view.button('Make recovery codes').click();
    await inDialog(view, 'Make recovery codes').click();
    await view.heading('Your recovery codes').waitFor();
    const shown = await dialog(view).locator('code').allInnerTexts();
    expect(shown).toHaveLength(10);
    await view.looksRight('recovery-codes');
    await view.page.keyboard.press('Escape');
    await view.page.keyboard.press('Escape');
    await view.page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))');
    await inDialog(view, 'Copy').click();
    await view.isTold('Your browser did not let us copy them.');
    await view.page.evaluate('delete navigator.clipboard.writeText');
    await view.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await inDialog(view, 'Copy').click();
    await view.sees('Copied. Paste them where you keep what is secret.');
    const copied = String(await view.page.evaluate('navigator.clipboard.readText()'));
    expect(shown.filter((code) => !copied.includes(code))).toEqual([]);
    const download = view.page.waitForEvent('download');
    await inDialog(view, 'Save as a file').click();
    expect(await readFile(await (await download).path(), 'utf8')).toContain(shown.join('\r\n'));
    await view.page.emulateMedia({ media: 'print' });
    await view.keep('recovery-codes-printed');
    expect(await view.button('I have kept them').isVisible()).toBe(false);
    await view.page.emulateMedia({ media: 'screen' });
    await inDialog(view, 'I have kept them').click();
    await view.sees('Codes left: 10');
    await signedInMinutesAgo(view, 20);
    await row(view, 'Authenticator app')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await inDialog(view, 'Remove').click();
    await dialog(view).last().getByLabel('Your password', { exact: true }).fill(password);
    await inDialog(view, 'Confirm').click();
    await view.heading('One more step').waitFor();
    await dialog(view)
      .last()
      .getByLabel('Code', { exact: true })
      .fill(await code(1));
    await inDialog(view, 'Confirm').click();
    await view.sees('“Authenticator app” has been removed.');
    await view.close();
  }, 60_000);

  it('adds a passkey, renames it and takes it away, and has codes sent by mail', async () => {
    const view = await lab.page({ signedInAs: await member(), passkeys: true });
    await view.open('/account/security');
    await view.button('Add a passkey').click();
    await dialog(view).getByLabel('Name').fill('My laptop');
    await inDialog(view, 'Create the passkey').click();
    await view.sees('“My laptop” is ready.');
    await view.button('Rename “My laptop”').click();
    await dialog(view).getByLabel('Name').fill('Old laptop');
    await inDialog(view, 'Rename').click();
    await view.sees('Renamed.');
    await view.button('Have codes sent by e-mail').click();
    await inDialog(view, 'Turn on').click();
    await view.sees('“Codes by e-mail” is ready.');
    await view.looksRight('security');
    await view.button('Remove “Old laptop”?').click();
    await inDialog(view, 'Cancel').click();
    await view.getsFocus(view.button('Remove “Old laptop”?'));
    await view.button('Remove “Old laptop”?').click();
    await inDialog(view, 'Remove').click();
    await view.sees('“Old laptop” has been removed.');
    expect(await view.page.getByText('Old laptop').count()).toBe(1);
    await view.close();
  }, 30_000);

  it('ends one other session or all of them, forgets browsers, and signs out everywhere', async () => {
    const account = await member();
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => lab.world.enter(account)));
    assert.ok(one && two && three);
    const view = await lab.page({ signedInAs: account, signIn: { remember: true } });
    await view.open('/account/devices');
    await row(view, 'This browser').waitFor();
    await view.looksRight('devices');
    await view
      .button(/^End session: Firefox/)
      .first()
      .click();
    await view.sees(/^The session of Firefox .* has ended\.$/);
    expect(await view.button(/^End session: Firefox/).count()).toBe(2);
    await view.button('End all others').click();
    await view.sees('Sessions to end: 2.');
    await inDialog(view, 'End all others').click();
    await view.sees('You are signed in nowhere else.');
    const reasons = await Promise.all([one, two, three].map((guest) => guest.ask('GET', '/auth/session')));
    expect(reasons.map(({ json }) => json.reason)).toEqual(Array(3).fill('ended-by-user'));
    await view.button(/^Forget Chrome/).click();
    await view.sees('No browser is remembered.');
    await view.button('Sign out everywhere').click();
    await inDialog(view, 'Sign out everywhere').click();
    await view.heading('You are signed out everywhere').waitFor();
    await view.link('Sign in again').click();
    await view.page.waitForURL('**/sign-in?return_to=*');
    await view.close();
  }, 30_000);

  it('says at once that staff have ended the session, leads whoever is not signed in to the sign-in, and deletes the account', async () => {
    const account = await member();
    const view = await lab.page({ signedInAs: account });
    await view.open('/account');
    await view.button('Delete the account').waitFor();
    const ending = { filter: { userId: account.id }, message: 'Back at two' };
    await lab.world.root.must(200, 'POST', '/admin/api/sessions/end', ending);
    await view.heading('You have been signed out').waitFor();
    await view.sees('Back at two');
    await view.looksRight('ended');
    await view.close();
    const leaving = await lab.page({ signedInAs: account });
    await leaving.open('/account');
    await leaving.button('Delete the account').click();
    await dialog(leaving).getByLabel('Your present password', { exact: true }).fill(password);
    await leaving.looksRight('leave');
    await inDialog(leaving, 'Yes, delete my account').click();
    await leaving.heading('Your account has been given up').waitFor();
    await leaving.open('/account/devices');
    await leaving.page.waitForURL('**/sign-in?return_to=%2Faccount%2Fdevices');
    await leaving.close();
  }, 30_000);

  it('waits for a slow network, says what failed, goes on by itself when the store is back, in German on a phone', async () => {
    const view = await lab.page({ signedInAs: await member(), language: 'de-DE', width: 360, reducedMotion: true });
    await view.slow(500);
    await view.open('/account');
    await view.heading('Profil').waitFor();
    await view.field('Name (freiwillig)').waitFor();
    await view.looksRight('profile-de');
    const profile = ['Profil', 'profile-de'] as const;
    const security = ['Sicherheit', 'security-de'] as const;
    const devices = ['Geräte', 'devices-de'] as const;
    const part = async (name: string) => {
      await view.link(name).click();
      await view.getsFocus(view.heading(name));
    };
    for (const [name, file] of [devices, security, profile]) {
      await part(name);
      await view.page.locator('.loading').waitFor();
      await view.keep(`${file}-slow`);
    }
    await view.slow(0);
    const asked = /\/auth\/(?:account|sessions)$/;
    for (const [name, file] of [security, profile, devices]) {
      await view.page.route(asked, (route) => route.fulfill(problemAnswer('internal', 500)));
      await part(name);
      await view.isTold('Bei uns ist etwas schiefgegangen.');
      await (file === 'security-de' ? view.looksRight(`${file}-failed`) : view.keep(`${file}-failed`));
      await view.page.unroute(asked);
      await view.button('Noch einmal versuchen').click();
      await view.page.getByRole('alert').waitFor({ state: 'detached' });
    }
    await row(view, 'Dieses Gerät').waitFor();
    await lab.storeDown();
    for (const [name, file] of [profile, devices, security]) {
      await part(name);
      await view.isTold('Der Dienst ist für einen Moment unterbrochen.');
      await (file === 'security-de' ? view.looksRight('store-away-de') : view.keep(`${file}-store-away`));
    }
    await lab.storeBack();
    await view.sees('Sie haben noch keinen.');
    await view.looksRight('security-de');
    await view.page.goBack();
    await view.heading('Geräte').waitFor();
    await view.close();
  }, 60_000);
});
