import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import type { LabPage } from '../support/lab-page.js';
import { until } from '../support/pace.js';
import { type Looks, PageLab } from '../support/page-lab.js';
import { problemAnswer } from '../support/problem-answer.js';
import { type Account, password } from '../support/world.js';

const nameLabel = 'E-mail address or user name';

let lab: PageLab;
let licenceId: string;

beforeAll(async () => {
  lab = await PageLab.open();
  ({ id: licenceId } = await lab.world.licence({ seats: 50 }));
}, 1_200_000);

afterAll(() => lab?.close());

async function member(...licences: string[]): Promise<Account> {
  const account = await lab.world.account();
  for (const id of licences.length > 0 ? licences : [licenceId]) await lab.world.join(id, account);
  return account;
}

/** The page in a profile of its own. */
async function open(query = '', looks: Looks = {}): Promise<LabPage> {
  const view = await lab.page(looks);
  await view.open(`/sign-in${query}`);
  await view.field('Password').waitFor();
  return view;
}

async function giveName(view: LabPage, account: Account, remember = false): Promise<void> {
  await view.field(nameLabel).fill(account.email);
  await view.field('Password').fill(password);
  if (remember) await view.field('Stay signed in on this device').check();
  await view.button('Sign in').click();
}

const inside = (view: LabPage) => view.heading('You are signed in').waitFor();
const press = (view: LabPage, name: string | RegExp) => view.button(name).click();
const status = (view: LabPage) => view.page.evaluate('fetch("/auth/session").then((answer) => answer.status)');

async function signOut(view: LabPage): Promise<void> {
  await press(view, 'Sign out');
  await view.sees('You are signed out.');
}

/** An authenticator app of somebody: its codes, each good once, `later` periods from now. */
async function enrolApp(account: Account, wish: object = {}): Promise<(later: number) => Promise<string>> {
  const guest = await lab.server.nobody.signIn({ ...account.login, ...wish });
  const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
  const code = (later: number) => appCode(secret, later);
  await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await code(0) });
  await guest.must(204, 'POST', '/auth/logout', {});
  return code;
}

/** The code of the newest letter, as soon as it is there. */
async function mailedCode({ email }: Account): Promise<string> {
  const until = performance.now() + 10_000;
  for (;;) {
    const found = (await lab.server.letters.to(email)).flatMap((text) => /\b\d{6}\b/.exec(text)?.[0] ?? []).at(-1);
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error('no code was sent');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the way in at the sign-in page in Chromium', () => {
  it('signs in with the password and the code of an app, and goes on to where the person wanted to go', async () => {
    const account = await member();
    const code = await enrolApp(account);
    const view = await open('?return_to=%2Fmanual%2Ftokens%3Fa%3D1%26b%3D2');
    await giveName(view, account);
    await view.sees('The six digits that your authenticator app shows now.');
    await view.looksRight('second-factor');
    await view.field('Code').fill('000000');
    await press(view, 'Go on');
    await view.sees('That code is wrong, too old, or has been used already.');
    await view.getsFocus(view.field('Code'));
    expect(await view.field('Code').inputValue()).toBe('');
    await view.field('Code').fill(await code(1));
    await press(view, 'Go on');
    await view.page.waitForURL(`${lab.origin}/manual/tokens?a=1&b=2`);
    await view.close();
  }, 60_000);

  it('goes nowhere but to a path of this origin, and offers to sign out', async () => {
    const account = await member();
    const view = await open(`?return_to=${encodeURIComponent('//evil.example')}`);
    await giveName(view, account);
    await inside(view);
    await view.looksRight('inside');
    const wanted = [
      '/\\evil.example',
      '/\t/evil.example',
      '/%09/evil.example\n',
      'https://evil.example/',
      'javascript:alert(document.domain)',
      'data:text/html,x',
      'evil.example',
      '/ /evil.example',
    ];
    for (const each of wanted) {
      await view.open(`/sign-in?return_to=${encodeURIComponent(each)}`);
      await inside(view);
      await view.sees(account.email);
      expect([new URL(view.page.url()).host, await view.link('Go on').count()]).toEqual([new URL(lab.origin).host, 0]);
    }
    await view.page.goto('/sign-in?return_to=%2F.%2F%2Fevil.example');
    await view.page.waitForURL((url) => url.pathname !== '/sign-in');
    expect(view.page.url()).toBe(`${lab.origin}//evil.example`);
    await view.open('/sign-in');
    await signOut(view);
    expect(await status(view)).toBe(401);
    await view.close();
  }, 60_000);

  it('comes back without the password in a browser that is remembered', async () => {
    const view = await open();
    await giveName(view, await member(), true);
    await inside(view);
    await view.page.context().clearCookies({ name: 'sid' });
    await view.open('/sign-in');
    await inside(view);
    await view.open('/sign-in?return_to=%2Fmanual');
    await view.page.waitForURL(`${lab.origin}/manual`);
    await view.close();
  }, 60_000);

  it('signs in with a passkey: from the field of the name, by the button, and as the second factor', async () => {
    const account = await member();
    const application = await lab.site.application();
    await application.ask('POST', '/auth/login', account.login);
    const begun = await application.ask('POST', '/auth/factors/passkeys/options');
    const response = await application.call('createPasskey', begun.json.options);
    const passkey = { token: begun.json.token, name: 'This browser', response };
    expect((await application.ask('POST', '/auth/factors/passkeys', passkey)).status).toBe(201);
    await application.ask('POST', '/auth/logout');
    const { page } = application;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const signedIn = () => page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    // This authenticator agrees to what the field of the name offers, too.
    await page.goto(`${lab.origin}/sign-in`);
    await signedIn();
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
    await page.reload();
    await button('Sign out').click();
    await button('Sign in with a passkey').click();
    await signedIn();
    await button('Sign out').click();
    await page.getByLabel(nameLabel).fill(account.email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button('Sign in').click();
    await button('Use the passkey').click();
    await signedIn();
    await page.context().close();
  }, 60_000);

  it('asks for the licence where there are several, also after a second factor', async () => {
    const other = await lab.world.licence({ seats: 5, name: 'The other one' });
    const account = await member(licenceId, other.id);
    const view = await open();
    await giveName(view, account);
    await view.heading('With which licence?').waitFor();
    await view.looksRight('licences');
    await press(view, /^The other one/);
    await inside(view);
    await view.sees('You have a seat in “The other one”.');
    await signOut(view);
    const code = await enrolApp(account, { licenceId });
    await giveName(view, account);
    await view.field('Code').fill(await code(1));
    await press(view, 'Go on');
    await press(view, /^The other one/);
    await inside(view);
    await view.close();
  }, 60_000);

  it('has a code sent by mail, and takes a recovery code and says how many are left', async () => {
    const account = await member();
    const guest = await lab.world.enter(account);
    await guest.must(201, 'POST', '/auth/factors/email', {});
    const view = await open('?return_to=%2Fmanual');
    await giveName(view, account);
    await view.sees('We have sent a code to your e-mail address.');
    await view.field('Code').fill(await mailedCode(account));
    await press(view, 'Go on');
    await view.page.waitForURL(`${lab.origin}/manual`);
    const { codes } = await guest.must(201, 'POST', '/auth/factors/recovery-codes', {});
    await view.page.context().clearCookies();
    await view.open('/sign-in?return_to=%2Fmanual');
    await giveName(view, account);
    await view.field('Recovery code').check();
    await view.page.getByRole('textbox', { name: 'Recovery code' }).fill(codes[0]);
    await press(view, 'Go on');
    await view.sees('You have 9 left.');
    await view.looksRight('recovery-code-used');
    await view.link('Go on').click();
    await view.page.waitForURL(`${lab.origin}/manual`);
    await view.close();
  }, 60_000);

  it('offers a passkey in the field of the name again after the button came to nothing', async () => {
    const view = await lab.page({ passkeys: true });
    let asked = 0;
    view.page.on('request', (request) => {
      if (request.url().endsWith('/auth/login/passkey/options')) asked += 1;
    });
    await view.open('/sign-in');
    await until('it is offered', 10_000, async () => asked === 1);
    await press(view, 'Sign in with a passkey');
    await view.page.getByRole('alert').waitFor();
    await until('it was asked for, and is offered again', 10_000, async () => asked === 3);
    await view.close();
  }, 60_000);

  it('lets somebody who is signed in come in as somebody else, where a page sends them for that', async () => {
    const view = await open();
    await giveName(view, await member());
    await inside(view);
    await view.open('/sign-in?switch=1&return_to=%2Fmanual');
    await inside(view);
    await view.looksRight('switch');
    await press(view, 'Sign in as somebody else');
    await giveName(view, await member());
    await view.page.waitForURL(`${lab.origin}/manual`);
    await view.close();
  }, 60_000);

  it('lets a second tab in when the first one has signed in', async () => {
    const first = await open();
    const second = await lab.tab(first);
    await second.open('/sign-in');
    await second.field('Password').waitFor();
    await giveName(first, await member());
    await inside(second);
    await signOut(second);
    await first.field('Password').waitFor();
    await first.close();
  }, 60_000);
});

describe('a full house at the sign-in page', () => {
  it('lets people wait and enter by themselves, or end an own session, without the password', async () => {
    const seat = '**/auth/login/seat';
    const full = await lab.world.licence({ seats: 1, policy: { whenFull: ['end-own', 'refuse'] } });
    const [first, second] = [await member(full.id), await member(full.id)];
    const guest = await lab.world.enter(first);
    const view = await lab.page();
    await view.page.clock.install();
    await view.open('/sign-in');
    await giveName(view, second);
    await view.sees('The one seat of your licence is taken.');
    await view.looksRight('full');
    const refused = view.page.waitForResponse(seat);
    await press(view, 'Wait for a seat');
    expect((await refused).status()).toBe(409);
    await view.sees('You are waiting for a seat.');
    await view.getsFocus(view.button('Look now'));
    await view.looksRight('waiting');
    const many = problemAnswer('too-many-attempts', 429, { retryAfterSeconds: 30 });
    await view.page.route(seat, (route) => route.fulfill(many), { times: 1 });
    await view.page.clock.runFor(21_000);
    await view.isTold('There were too many attempts.');
    await view.sees('You are waiting for a seat.');
    await view.keep('waiting-refused');
    await guest.must(204, 'POST', '/auth/logout', {});
    await view.page.clock.runFor(31_000);
    await inside(view);
    const elsewhere = await open();
    await giveName(elsewhere, second);
    await view.close();
    const suspended = problemAnswer('licence-suspended', 403);
    await elsewhere.page.route(seat, (route) => route.fulfill(suspended), { times: 1 });
    await press(elsewhere, 'Wait for a seat');
    await elsewhere.isTold(/suspended/);
    await elsewhere.button('Wait for a seat').waitFor();
    await elsewhere.heading('Or take the seat of one of your own sessions').waitFor();
    await elsewhere.looksRight('full-own');
    await press(elsewhere, /^End .*Linux/);
    await inside(elsewhere);
    await elsewhere.close();
  }, 60_000);
});

describe('why somebody is at the sign-in page', () => {
  it('is said in words, and a remembered browser may come back where its person asks for it', async () => {
    const policy = { whenFull: [{ step: 'displace', which: 'oldest' }], maxSessionsPerUser: 1 };
    const { id } = await lab.world.licence({ seats: 5, policy });
    const account = await member(id);
    const view = await open();
    await giveName(view, account, true);
    await inside(view);
    const elsewhere = await lab.world.enter(account);
    await view.open('/sign-in?return_to=%2Fmanual');
    await view.sees('You signed in somewhere else, and that took the seat of this session.');
    await view.looksRight('displaced');
    await press(view, 'Come back without the password');
    await view.page.waitForURL(`${lab.origin}/manual`);
    expect((await elsewhere.ask('GET', '/auth/session')).json.reason).toBe('displaced');
    await view.close();
  }, 60_000);

  it('is told at once when staff end the session, with what they wrote', async () => {
    const account = await member();
    const view = await open();
    await giveName(view, account);
    await inside(view);
    const staff = await lab.world.staff('staff');
    const { items } = await staff.must(200, 'GET', `/admin/api/sessions?userId=${account.id}`);
    const ref = encodeURIComponent(items[0].ref);
    await staff.must(200, 'DELETE', `/admin/api/sessions/${ref}?message=The+room+closes+at+six.`);
    await view.sees('The staff have ended your session.');
    await view.sees('The room closes at six.');
    await view.page.reload();
    await view.sees('The room closes at six.');
    await view.close();
  }, 60_000);

  it('may stand in the address, but only as a reason there is', async () => {
    const view = await open('?reason=licence-expired');
    await view.sees('the licence of your institute has expired');
    await view.open('/sign-in?reason=constructor');
    await view.field('Password').waitFor();
    expect(await view.page.locator('.notice').count()).toBe(0);
    await view.close();
  }, 60_000);
});

describe('what goes wrong at the sign-in page', () => {
  it('is said in words: a wrong password, a field left empty, too many tries', async () => {
    const account = await member();
    const view = await open();
    await view.looksRight('sign-in');
    await press(view, 'Sign in');
    expect(await view.page.getByText('Please fill this in.').count()).toBe(2);
    await view.hasFocus(view.field(nameLabel));
    await view.looksRight('sign-in-empty');
    const wrong = 'a wrong password of mine';
    const tries = async () => {
      await view.field(nameLabel).fill(account.email);
      await view.field('Password').fill(wrong);
      await press(view, 'Sign in');
    };
    await tries();
    await view.isTold('The name or the password is wrong');
    await view.getsFocus(view.field('Password'));
    expect(await view.field('Password').inputValue()).toBe('');
    await view.looksRight('sign-in-wrong');
    const login = { ...account.login, password: wrong };
    for (let i = 0; i < 10; i += 1) await lab.server.nobody.ask('POST', '/auth/login', { body: login });
    await tries();
    await view.isTold(/There were too many attempts\. Please try again in \d+ (?:seconds|minutes)\./);
    await view.close();
  }, 60_000);

  it('mends itself: an interrupted store is waited for, and the person is in without doing anything', async () => {
    const [view, account] = [await open(), await member()];
    await lab.storeDown();
    try {
      await giveName(view, account);
      await view.isTold('The service is interrupted for a moment.');
      await view.looksRight('sign-in-interrupted');
    } finally {
      await lab.storeBack();
    }
    await inside(view);
    await view.close();
  }, 60_000);

  it('is waited for where many sign in at once, and where the page is opened while a store is away', async () => {
    const view = await open();
    const once = (path: string, slug: string) =>
      view.page.route(path, (route) => route.fulfill(problemAnswer(slug, 503, { retryAfterSeconds: 1 })), { times: 1 });
    await once('**/auth/login', 'busy');
    await giveName(view, await member());
    await view.isTold('Many people are signing in at this moment.');
    await inside(view);
    await once('**/auth/session', 'store-unavailable');
    await view.open('/sign-in');
    await view.isTold('The service is interrupted for a moment.');
    await inside(view);
    const failed = problemAnswer('internal', 500);
    await view.page.route('**/auth/session', (route) => route.fulfill(failed), { times: 1 });
    await view.open('/sign-in');
    await view.isTold('Something went wrong on our side.');
    await view.keep('not-opened');
    await press(view, 'Try again');
    await inside(view);
    await view.close();
  }, 60_000);

  it('is told with its id where it is the server’s own, and tried again by hand after many tries', async () => {
    const view = await lab.page();
    await view.page.clock.install();
    await view.open('/sign-in');
    const login = '**/auth/login';
    await view.page.route(login, (route) => route.fulfill(problemAnswer('internal', 500)), { times: 1 });
    await giveName(view, await member());
    await view.isTold('Something went wrong on our side.');
    await view.isTold('x-1');
    await view.looksRight('sign-in-failed');
    let tries = 0;
    const away = problemAnswer('store-unavailable', 503, { retryAfterSeconds: 1 });
    await view.page.route(login, (route) => {
      tries += 1;
      return tries <= 20 ? route.fulfill(away) : route.fallback();
    });
    await view.field('Password').fill(password);
    await press(view, 'Sign in');
    await until('it was tried 20 times', 20_000, async () => {
      await view.page.clock.runFor(1_000);
      return tries === 20;
    });
    await view.page.clock.runFor(60_000);
    expect([tries, await view.page.getByText('Trying again in').count()]).toEqual([20, 0]);
    await press(view, 'Try now');
    await inside(view);
    await view.close();
  }, 60_000);

  it('does not come of a slow network, which is waited for', async () => {
    const view = await lab.page();
    await view.slow(500);
    await view.open('/sign-in');
    await giveName(view, await member());
    expect(await view.button('Sign in').getAttribute('aria-disabled')).toBe('true');
    await view.keep('sign-in-slow');
    await inside(view);
    await view.close();
  }, 60_000);
});

describe('the sign-in page for everybody', () => {
  it('speaks German where the browser does, keeps what was typed when another language is chosen, and keeps the choice', async () => {
    const view = await lab.page({ language: 'de-DE' });
    await view.open('/sign-in');
    await view.heading('Anmelden').waitFor();
    expect(await view.page.locator('html').getAttribute('lang')).toBe('de');
    await view.field('E-Mail-Adresse oder Benutzername').fill('wer@example.org');
    await view.field('Passwort').fill('ein falsches Passwort');
    await press(view, 'Anmelden');
    await view.isTold('Der Name oder das Passwort ist falsch.');
    await view.looksRight('german');
    await press(view, 'English');
    await view.isTold('The name or the password is wrong.');
    expect(await view.field(nameLabel).inputValue()).toBe('wer@example.org');
    await view.open('/sign-in');
    await view.heading('Sign in').waitFor();
    await view.open('/sign-in?lang=de');
    await view.heading('Anmelden').waitFor();
    await view.close();
  }, 60_000);

  it('is walked through by keyboard, and fits a small phone', async () => {
    const view = await open('', { width: 360 });
    await view.looksRight('sign-in');
    await view.getsFocus(view.field(nameLabel));
    for (const wanted of [
      view.field('Password'),
      view.button('Show password'),
      view.field('Stay signed in on this device'),
      view.button('Sign in'),
      view.button('Sign in with a passkey'),
      view.link('Forgotten your password?'),
      view.link('Make an account'),
      view.button('Deutsch'),
    ]) {
      await view.tabTo(wanted, { most: 2 });
    }
    await view.field('Password').fill('seen');
    await press(view, 'Show password');
    expect(await view.field('Password').getAttribute('type')).toBe('text');
    await view.close();
  }, 60_000);
});
