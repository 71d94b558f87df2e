import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabPage } from '../support/lab-page.js';
import { PageLab } from '../support/page-lab.js';
import { problemAnswer } from '../support/problem-answer.js';
import { type Account, password } from '../support/world.js';

const next = 'four herons wade at dusk';

let lab: PageLab;

beforeAll(async () => {
  lab = await PageLab.open({ settings: { REGISTRATION: 'open', SEATLESS_SIGN_IN: 'true' } });
}, 1_200_000);

afterAll(() => lab?.close());

const titled = (view: LabPage, title: string) => view.heading(title).waitFor();
const signsIn = ({ email }: Account, with_ = password) =>
  lab.server.nobody.ask('POST', '/auth/login', { body: { identifier: email, password: with_ } });

/** The newest link to a path that was sent to an address, whole. */
async function linkTo(path: string, email: string, atLeast = 1): Promise<string> {
  return `${path}#${(await lab.server.letters.links(email, path, atLeast)).at(-1)}`;
}

/** A page that asks for one thing, and what it says when that is done. */
interface OnePage {
  readonly name: string;
  readonly path: string;
  /** What is given, by the labels of its fields. */
  readonly given?: Readonly<Record<string, string>>;
  readonly button: string;
  readonly done: string;
}

/** All of them, with links that are good. */
async function allPages(): Promise<OnePage[]> {
  const { world, server } = lab;
  const address = (name: string) => `${name}-away@example.org`;
  const forgetful = await world.account();
  const mover = await world.account();
  const leaver = await world.account();
  const robbed = await world.account();
  const { id } = await world.licence({ name: 'Physics' });
  await server.nobody.must(202, 'POST', '/auth/password/forgot', { email: forgetful.email });
  await server.nobody.must(202, 'POST', '/auth/register', { email: address('new'), password: next });
  await world.root.must(200, 'POST', `/admin/api/licences/${id}/invitations`, { emails: [address('guest')] });
  const moving = await world.enter(mover);
  await moving.must(202, 'POST', '/auth/account/email', { email: address('moved'), password });
  const leaving = await world.enter(leaver);
  await leaving.must(204, 'DELETE', '/auth/account', { password });
  const change = { currentPassword: password, newPassword: next };
  await (await world.enter(robbed)).must(204, 'POST', '/auth/password/change', change);
  const given = { Password: next };
  const mailed = { name: 'forgot', path: '/forgot', button: 'Send the link', done: 'Look into your mail' };
  const made = { name: 'register', path: '/register', button: 'Make the account', done: 'Look into your mail' };
  const behindLinks = [
    ['reset', '/auth/password/reset', forgetful.email, 'Set the password', 'Your password is set'],
    ['verify', '/auth/verify-email', address('new'), 'Confirm the address', 'One more step'],
    ['confirm', '/auth/account/email/confirm', address('moved'), 'Confirm the change', 'One side is confirmed'],
    ['keep', '/auth/account/keep', leaver.email, 'Keep the account', 'Your account stays'],
    ['not-me', '/auth/not-me', robbed.email, 'It was not me: close my account to everybody', 'Your account is closed'],
    ['invitation', '/invitation', address('guest'), 'Make my account', 'Welcome'],
  ] as const;
  const linked = behindLinks.map(async ([name, path, email, button, done]) => {
    const fields = name === 'reset' ? { 'New password': next } : name === 'invitation' ? given : {};
    return { name, path: await linkTo(path, email), button, done, given: fields };
  });
  return [
    { ...mailed, given: { 'E-mail address': forgetful.email } },
    { ...made, given: { 'E-mail address': address('another'), 'Choose a password': next } },
    ...(await Promise.all(linked)),
  ];
}

describe('the pages behind links', () => {
  it('say what is missing from a link, and lead to the sign-in', async () => {
    const view = await lab.page();
    const paths = ['password/reset', 'verify-email', 'not-me', 'account/email/confirm', 'account/keep'];
    for (const path of ['/invitation', ...paths.map((each) => `/auth/${each}`)]) {
      await view.open(path);
      await titled(view, 'Something is missing from this link');
      expect(await view.link('Sign in').getAttribute('href')).toBe('/sign-in');
    }
    await view.looksRight('no-token');
    await view.close();
  });

  it('set a new password once, by keyboard, and say that the link is used up the second time', async () => {
    const account = await lab.world.account();
    await lab.server.nobody.must(202, 'POST', '/auth/password/forgot', { email: account.email });
    const link = await linkTo('/auth/password/reset', account.email);
    const view = await lab.page();
    await view.open(link);
    await view.tabTo(view.field('New password'));
    await view.page.keyboard.type('short one');
    await view.page.keyboard.press('Enter');
    await view.sees('Please look at what is marked below.');
    await view.getsFocus(view.field('New password'));
    await view.looksRight('reset-fault');
    await view.field('New password').fill(next);
    await view.page.keyboard.press('Enter');
    await titled(view, 'Your password is set');
    await view.looksRight('reset-done');
    expect(view.page.url()).toBe(`${lab.origin}/auth/password/reset`);
    expect((await signsIn(account, next)).status).toBe(200);
    await view.open(link);
    await view.page.reload();
    await view.field('New password').fill(next);
    await view.button('Set the password').click();
    await titled(view, 'This link is not good any more');
    expect(await view.link('Ask for a new link').getAttribute('href')).toBe('/forgot');
    await view.looksRight('stale');
    await view.close();
  });

  it('make the account that was registered with the password chosen for it, and no other', async () => {
    const email = 'new@example.org';
    await lab.server.nobody.must(202, 'POST', '/auth/register', { email, password: next });
    const view = await lab.page();
    await view.open(await linkTo('/auth/verify-email', email));
    await view.button('Confirm the address').click();
    await view.sees('One more step');
    await view.getsFocus(view.field('The password you chose'));
    await view.looksRight('verify-password');
    await view.field('The password you chose').fill('another password altogether');
    await view.button('Confirm the address').click();
    await view.isTold('The name or the password is wrong.');
    await view.field('The password you chose').fill(next);
    await view.button('Confirm the address').click();
    await titled(view, 'Your address is confirmed');
    await view.sees(email);
    await view.close();
  });

  it('confirm a change of address from both sides, keep an account, and close one to a thief', async () => {
    const account = await lab.world.account();
    const guest = await lab.world.enter(account);
    const email = 'moved@example.org';
    await guest.must(202, 'POST', '/auth/account/email', { email, password });
    const view = await lab.page();
    await view.open(await linkTo('/auth/account/email/confirm', email));
    await view.button('Confirm the change').click();
    await titled(view, 'One side is confirmed');
    await view.sees('Now follow the link we sent to your present address.');
    await view.looksRight('half');
    await view.open(await linkTo('/auth/account/email/confirm', account.email));
    await view.page.reload();
    await view.button('Confirm the change').click();
    await titled(view, 'Your address is changed');
    await guest.must(204, 'DELETE', '/auth/account', { password });
    await view.open(await linkTo('/auth/account/keep', email));
    await view.button('Keep the account').click();
    await titled(view, 'Your account stays');
    const moved = { ...account, email };
    expect((await signsIn(moved)).status).toBe(200);
    const changing = await lab.world.enter({ ...moved, login: { identifier: email, password } });
    const change = { currentPassword: password, newPassword: next };
    await changing.must(204, 'POST', '/auth/password/change', change);
    await view.open(await linkTo('/auth/not-me', email));
    await view.looksRight('not-me');
    await view.button('It was not me: close my account to everybody').click();
    await titled(view, 'Your account is closed to everybody');
    expect((await signsIn(moved, next)).status).toBe(401);
    await view.close();
  }, 30_000);

  it('accept an invitation, in German on a phone over a slow network, also when the store is away for a while', async () => {
    const { id } = await lab.world.licence({ name: 'Chemistry' });
    const email = 'guest@example.org';
    await lab.world.root.must(200, 'POST', `/admin/api/licences/${id}/invitations`, { emails: [email] });
    const view = await lab.page({ language: 'de-DE', width: 360 });
    await view.slow(500);
    await view.open(await linkTo('/invitation', email));
    await view.field('Ihr Name (freiwillig)').fill('Zoë');
    await view.field('Passwort').fill(next);
    await view.looksRight('invitation-de');
    await view.slow(0);
    await lab.storeDown();
    await view.button('Mein Konto anlegen').click();
    await view.page.getByRole('alert').or(view.heading('Willkommen')).first().waitFor();
    await lab.storeBack();
    await titled(view, 'Willkommen');
    await view.sees(email);
    await view.close();
  }, 30_000);

  it('wait for a slow network, say what failed, and do their work while the store is away, or by themselves when it is back', async () => {
    const pages = await allPages();
    const profile = await lab.page();
    const opened = pages.map(async (one) => {
      const view = await lab.tab(profile);
      await view.slow(500);
      await view.open(one.path);
      const button = view.button(one.button);
      await button.waitFor();
      for (const [label, text] of Object.entries(one.given ?? {})) await view.field(label).fill(text);
      await view.page.route('**/auth/**', (route) => route.fulfill(problemAnswer('internal', 500)), { times: 1 });
      await button.click();
      await view.isTold('x-1');
      await view.keep(`${one.name}-failed`);
      return { ...one, view, button };
    });
    const views = await Promise.all(opened);
    const told: string[] = [];
    await lab.storeDown();
    try {
      const pressed = views.map(async ({ name, view, button, done }) => {
        let seen = () => {};
        const held = new Promise<void>((resolve) => {
          seen = resolve;
        });
        await view.page.route('**/auth/**', (route) => held.then(() => route.fallback()));
        await button.click();
        await view.page.locator('button[aria-disabled=true]').waitFor();
        await view.keep(`${name}-slow`);
        seen();
        const away = view.page.getByRole('alert').filter({ hasText: 'The service is interrupted for a moment.' });
        await away.or(view.page.getByText(done)).first().waitFor();
        if ((await away.count()) > 0) told.push(name);
        await view.keep(`${name}-store-away`);
      });
      await Promise.all(pressed);
      await profile.open('/signed-out?reason=idle');
      await titled(profile, 'You are signed out');
      await profile.keep('signed-out-store-away');
    } finally {
      await lab.storeBack();
    }
    for (const { view, done } of views) await view.page.getByText(done).first().waitFor();
    await profile.close();
    // Only these two count how often they are asked, which the store keeps.
    expect(told.sort()).toEqual(['forgot', 'register']);
  }, 60_000);
});
