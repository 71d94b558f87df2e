import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audience } from '../support/audience.js';
import { appCode } from '../support/authenticator-app.js';
import type { LabPage } from '../support/lab-page.js';
import { until } from '../support/pace.js';
import { PageLab } from '../support/page-lab.js';
import type { Account } from '../support/world.js';

let lab: PageLab;
let licenceId: string;
let ben: Account;
let view: LabPage;

const at = (id: string, query = '') => `/admin/people/${id}${query}`;
const dialog = () => view.page.getByRole('dialog');
const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true });
const tab = (name: string) => view.page.getByRole('tab', { name, exact: true });
const item = (name: string) => view.page.getByRole('menuitem', { name, exact: true });
const row = (table: string, words: string) =>
  view.page.getByRole('table', { name: table, exact: true }).getByRole('row').filter({ hasText: words }).first();

/** Opens a page and waits for its heading. */
async function show(path: string, heading: string): Promise<void> {
  await view.open(path);
  await view.page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

async function person(name: string): Promise<Account> {
  const account = await lab.world.account();
  await lab.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { name });
  return account;
}

beforeAll(async () => {
  lab = await PageLab.open();
  const licence = await lab.world.licence({ name: 'Optics', seats: 5 });
  licenceId = licence.id;
  ben = await person('Ben Okafor');
  await lab.world.join(licenceId, ben);
  await lab.world.enter(ben, { licenceId, remember: true });
  await lab.world.root.must(201, 'POST', '/admin/api/roles', {
    ...{ name: 'exams:editor', description: 'Edits papers', permissions: ['papers:*', 'marks:read'] },
  });
  view = await lab.page({ signedInAs: 'admin' });
}, 1_200_000);

afterAll(() => lab?.close());

describe('the list of people', () => {
  it('finds as one types, says when nobody matches, and leads to the person by keyboard', async () => {
    await show('/admin/people', 'People');
    await view.field('Search people').fill('okaf');
    await view.sees('1 in all');
    await view.looksRight('people');
    await view.field('Search people').fill('nobody is called so');
    await view.sees('Nobody matches');
    await view.button('Show everybody').click();
    await view.tabTo(view.link('Ben Okafor'));
    await view.page.keyboard.press('Enter');
    await view.page.getByRole('heading', { level: 1, name: 'Ben Okafor' }).waitFor();
  });

  it('makes an account, says beside the field what is wrong with it, and sends the link to its person', async () => {
    await show('/admin/people', 'People');
    await view.tabTo(view.button('Add a person'));
    await view.page.keyboard.press('Enter');
    await dialog().getByLabel('E-mail address').fill('not an address');
    await inDialog('Add person').click();
    await dialog()
      .getByText(/^Invalid email address/)
      .waitFor();
    await view.looksRight('people-add');
    await view.page.keyboard.press('Escape');
    await view.getsFocus(view.button('Add a person'));
    await view.page.keyboard.press('Enter');
    await dialog().getByLabel('E-mail address').fill('carla@example.org');
    await dialog().getByLabel('Name', { exact: true }).fill('Carla Neri');
    await inDialog('Add person').click();
    await view.page.getByRole('heading', { level: 1, name: 'Carla Neri' }).waitFor();
    await view.sees('a link for choosing a password is on its way');
    await view.sees('no password');
    await lab.server.letters.links('carla@example.org', '/auth/password/reset');
  });
});

describe('the page of a person', () => {
  it('shows who it is, where they sit and how they sign in, and looks right', async () => {
    await show(at(ben.id), 'Ben Okafor');
    await row('Licences', 'Optics').waitFor();
    await row('Live sessions', 'Optics').waitFor();
    await view.looksRight('person');
    await tab('Ways to sign in').click();
    await row('Remembered browsers', 'Firefox').waitFor();
    await view.sees('No second factor');
    await view.looksRight('person-access');
    await tab('Sign-ins').click();
    await row('Sign-ins', 'Signed in').waitFor();
    await tab('Tokens').click();
    await view.sees('No tokens');
  });

  it('ends a session with a message, and the session is gone at once', async () => {
    const dora = await person('Dora Lind');
    await lab.world.join(licenceId, dora);
    const guest = await lab.world.enter(dora, { licenceId });
    await show(at(dora.id), 'Dora Lind');
    const end = view.button(/^End session in/);
    await end.click();
    await dialog().getByLabel('Message to the person').fill('Please sign in again');
    await inDialog('End session').click();
    await view.sees('Not signed in anywhere');
    await view.sees('1 session of Dora Lind ended.');
    const { json } = await guest.ask('GET', '/auth/session');
    expect(json).toMatchObject({ reason: 'ended-by-staff', message: 'Please sign in again' });
  });

  it('shows a session that begins while it is open', async () => {
    const eva = await person('Eva Holm');
    await lab.world.join(licenceId, eva);
    await show(at(eva.id), 'Eva Holm');
    await view.sees('Not signed in anywhere');
    await lab.world.enter(eva, { licenceId });
    await row('Live sessions', 'Optics').waitFor();
  });

  it('says what disabling does, does it, and gives the focus back', async () => {
    const finn = await person('Finn Berg');
    await show(at(finn.id), 'Finn Berg');
    await view.tabTo(view.button('Account'));
    await view.page.keyboard.press('Enter');
    await item('Disable account…').click();
    await dialog().getByText('Nobody can sign in with this account from now on').waitFor();
    await inDialog('Cancel').click();
    await view.getsFocus(view.button('Account'));
    await view.page.keyboard.press('Enter');
    await item('Disable account…').click();
    await inDialog('Disable account').click();
    await view.sees('Nobody can sign in with it.');
    await view.button('Account').click();
    await item('Enable account…').click();
    await inDialog('Enable account').click();
    await view.sees('can sign in again.');
  });

  it('changes the profile, and says when somebody else has changed it meanwhile', async () => {
    const gus = await person('Gus Hale');
    await show(at(gus.id), 'Gus Hale');
    await view.button('Edit profile').click();
    await lab.world.root.must(200, 'PATCH', `/admin/api/users/${gus.id}`, { username: 'gus' });
    await dialog().getByLabel('Name', { exact: true }).fill('Gustav Hale');
    await inDialog('Save changes').click();
    await view.page.getByText('gus', { exact: true }).waitFor();
    await view.isTold(/changed/i);
    expect(await dialog().getByLabel('Name', { exact: true }).inputValue()).toBe('Gustav Hale');
    await inDialog('Cancel').click();
    await view.button('Edit profile').click();
    await dialog().getByLabel('Name', { exact: true }).fill('Gustav Hale');
    await inDialog('Save changes').click();
    await view.page.getByRole('heading', { level: 1, name: 'Gustav Hale' }).waitFor();
  });

  it('makes somebody a member of a licence, gives them a role there, and takes them out', async () => {
    const hans = await person('Hans Vogt');
    await show(at(hans.id), 'Hans Vogt');
    await view.sees('Member of no licence');
    await view.button('Add to a licence').click();
    await dialog().getByLabel('Licence', { exact: true }).fill('Opt');
    await view.page.getByRole('option', { name: /Optics/ }).click();
    await inDialog('Add to licence').click();
    await row('Licences', 'Optics').waitFor();
    await view.button('Change the membership in Optics').click();
    await item('Roles in this licence…').click();
    await dialog().getByLabel('Roles', { exact: true }).fill('exams');
    await view.page.getByRole('option', { name: 'exams:editor' }).click();
    await dialog().getByRole('heading').click();
    await inDialog('Save roles').click();
    await row('Licences', 'exams:editor').waitFor();
    await view.button('Change the membership in Optics').click();
    await item('Remove from this licence…').click();
    await inDialog('Remove from licence').click();
    await view.sees('Member of no licence');
  });

  it('forgets a browser, and starts a reset that ends everything', async () => {
    await show(at(ben.id, '?tab=access'), 'Ben Okafor');
    await view.button(/^Forget Firefox/).click();
    await inDialog('Forget browser').click();
    await view.sees('No browser is remembered');
    await view.button('Account').click();
    await item('Start password reset…').click();
    await dialog().getByText('The present password stops working').waitFor();
    await inDialog('Start reset').click();
    await view.sees('no password');
    await tab('Overview').click();
    await view.sees('Not signed in anywhere');
  });

  it('takes away a lost second factor and a token, after saying what goes with them', async () => {
    const lena = await person('Lena Quist');
    await lab.world.join(licenceId, lena);
    const guest = await lab.world.enter(lena, { licenceId });
    const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name: 'Old phone' });
    await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await appCode(secret) });
    await guest.must(200, 'POST', '/auth/token', { audience: audience.name });
    await show(at(lena.id, '?tab=tokens'), 'Lena Quist');
    await view.button(`Revoke the token for ${audience.name}`).click();
    await inDialog('Revoke token').click();
    await row('Tokens', 'revoked').waitFor();
    await tab('Ways to sign in').click();
    await row('Second factors', 'Authenticator app').waitFor();
    await view.button('Remove Old phone').click();
    await dialog().getByText('Every session of theirs ends').waitFor();
    await inDialog('Remove factor').click();
    await view.sees('No second factor');
    expect((await guest.ask('GET', '/auth/session')).status).toBe(401);
  });

  it('ends all sessions of somebody at once', async () => {
    const mia = await person('Mia Sand');
    await lab.world.join(licenceId, mia);
    const guests = [await lab.world.enter(mia, { licenceId }), await lab.world.enter(mia, { licenceId })];
    await show(at(mia.id), 'Mia Sand');
    await view.button('End all 2').click();
    await inDialog('End all sessions').click();
    await view.sees('2 sessions of Mia Sand ended.');
    for (const guest of guests) expect((await guest.ask('GET', '/auth/session')).status).toBe(401);
  });

  it('tells why somebody was refused, as a story', async () => {
    const ines = await person('Ines Roth');
    const full = await lab.world.licence({ name: 'Tiny', seats: 1 });
    await lab.world.join(full.id, ines);
    await lab.world.join(full.id, ben);
    const other = await person('Jon Falk');
    await lab.world.join(full.id, other);
    await lab.world.enter(other, { licenceId: full.id });
    await lab.server.nobody.trySignIn({ ...ines.login, licenceId: full.id });
    await show(at(ines.id, '?tab=sign-ins'), 'Ines Roth');
    await row('Sign-ins', 'No seat was free').getByRole('button', { name: 'Why?' }).click();
    await until('the story is told', 10_000, async () => {
      if ((await view.page.getByText(/was refused by “Tiny”/).count()) > 0) return true;
      await view.page.reload();
      await view.field('When was it?').waitFor();
      return false;
    });
    await view.looksRight('person-refusals');
  });

  it('says so where there is no such person', async () => {
    await view.open(at(licenceId));
    await view.isTold('Not found');
  });

  it('deletes an account after asking, and leads back to the list', async () => {
    const kim = await person('Kim Arden');
    await show(at(kim.id), 'Kim Arden');
    await view.button('Account').click();
    await item('Delete account…').click();
    await inDialog('Delete account').click();
    await view.page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await view.sees('Kim Arden was deleted.');
    await lab.world.root.must(404, 'GET', `/admin/api/users/${kim.id}`);
  });
});

describe('the audit log', () => {
  it('reads as sentences, opens to the facts, is narrowed and taken away', async () => {
    const olga = await person('Olga Brandt');
    await lab.world.root.must(200, 'PATCH', `/admin/api/users/${olga.id}`, { username: 'olga' });
    await show('/admin/audit', 'Audit');
    await view.sees(/created the account/);
    await view.field('Who or what').fill('olga');
    await view.sees('3 entries match');
    await view.sees(/: user name from none to olga\./);
    await view.page
      .getByRole('button', { name: /^Details of/ })
      .first()
      .click();
    await view.page.getByRole('rowheader', { name: 'user name' }).waitFor();
    await view.looksRight('audit');
    await view.field('What happened').selectOption({ label: 'Account: created' });
    await view.sees('1 entry matches');
    const [file] = await Promise.all([view.page.waitForEvent('download'), view.link('Export as CSV').click()]);
    expect(file.suggestedFilename()).toBe('audit.csv');
    await view.field('Who or what').fill('nothing is called so');
    await view.sees('Nothing matches');
    await view.button('Show everything').click();
    await view.sees(/created the account/);
  });
});

describe('the roles', () => {
  it('are shown, made, changed and deleted, with who has them', async () => {
    await show('/admin/roles', 'Roles');
    await row('Usher’s own roles', 'staff').waitFor();
    await view.looksRight('roles');
    await view.button('Create a role').click();
    await dialog().getByLabel(/^Name/).fill('Not a role');
    await inDialog('Create role').click();
    await dialog()
      .getByText(/must be application:role/i)
      .first()
      .waitFor();
    await dialog().getByLabel(/^Name/).fill('exams:marker');
    await dialog().getByLabel('What it allows').fill('marks:write');
    await view.page.keyboard.press('Enter');
    await inDialog('Create role').click();
    await view.page.getByRole('heading', { level: 1, name: 'exams:marker' }).waitFor();
    await view.sees('Nobody has it');
    await view.button('Change role').click();
    await dialog().getByLabel('What it is for').fill('Marks papers');
    await inDialog('Save changes').click();
    await view.sees('Marks papers');
    await view.looksRight('role');
    await view.button('Delete role').click();
    await inDialog('Delete role').click();
    await view.page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
    await show('/admin/roles/staff', 'staff');
    await view.sees('End any session');
  });
});

describe('the settings', () => {
  it('can be searched, and hide what is secret', async () => {
    await show('/admin/settings', 'Settings');
    await view.field('Search settings').fill('session_secrets');
    await row('Settings', 'set, and kept secret').waitFor();
    await view.field('Search settings').fill('cookie');
    await row('Settings', 'SESSION_SECRETS').waitFor({ state: 'hidden' });
    await view.looksRight('settings');
    await view.field('Search settings').fill('no such thing');
    await view.sees('No setting matches');
  });
});

describe('these pages', () => {
  it('fit a telephone', async () => {
    const phone = await lab.page({ signedInAs: 'staff', width: 360 });
    const places: [string, string, string][] = [
      ['people', '/admin/people?q=Okafor', 'People'],
      ['person', at(ben.id), 'Ben Okafor'],
      ['audit', '/admin/audit?q=Okafor', 'Audit'],
      ['settings', '/admin/settings?q=session', 'Settings'],
    ];
    for (const [name, path, heading] of places) {
      await phone.open(path);
      await phone.page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await phone.page.getByRole('main').getByRole('status', { name: 'Loading' }).waitFor({ state: 'hidden' });
      await phone.looksRight(name);
    }
    await phone.close();
  });

  it('let staff see an account of staff, and say who may change it', async () => {
    const boss = await lab.world.account(['admin']);
    const plain = await lab.page({ signedInAs: 'staff' });
    await plain.open(at(boss.id));
    await plain.sees('This is an account of staff: only administrators change it.');
    expect(await plain.button('Account').count()).toBe(0);
    await plain.close();
  });
});
