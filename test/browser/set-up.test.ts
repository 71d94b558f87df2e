import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabPage } from '../support/lab-page.js';
import { PageLab } from '../support/page-lab.js';
import { PastTheServer } from '../support/past-the-server.js';
import { problemAnswer } from '../support/problem-answer.js';

const email = 'first@example.org';
const password = 'four herons wade at dusk';

let lab: PageLab;

beforeAll(async () => {
  lab = await PageLab.open();
}, 1_200_000);

afterAll(() => lab?.close());

/** The link of a server where nobody is staff. */
async function setUpLink(): Promise<string> {
  const past = await PastTheServer.open(lab.server.databaseUrl);
  await past.ask("UPDATE users SET roles = '{user}'");
  await past.close();
  const first = await lab.server.usher.firstAdmin.prepare(null);
  assert.ok(first.kind === 'link');
  return `/auth/set-up#${first.token}`;
}

const titled = (view: LabPage, title: string) => view.heading(title).waitFor();

async function giveAccount(view: LabPage, chosen = password): Promise<void> {
  await view.field(/^E-mail address/).fill(email);
  await view.field('Password').fill(chosen);
  await view.button('Make the account').click();
}

describe('the set-up', () => {
  it('leads by keyboard from the link to the account, the licence, the first people and the console, and is resumed where it was left', async () => {
    const view = await lab.page();
    await view.open(await setUpLink());
    await titled(view, 'Make the first staff account');
    await view.looksRight('1-account');
    await giveAccount(view, 'first example');
    await view.sees('Please look at what is marked below.');
    await giveAccount(view);
    await titled(view, 'The first institute and its licence');
    expect(new URL(view.page.url()).hash).toBe('');
    await view.open('/auth/set-up');
    await titled(view, 'The first institute and its licence');
    await view.tabTo(view.field(/^Institute or person/));
    await view.page.keyboard.type('Institute of Chemistry');
    await view.tabTo(view.field(/^Name of the licence/));
    await view.page.keyboard.type('Chemistry');
    await view.tabTo(view.field('Seats'));
    await view.page.keyboard.type('none');
    await view.page.keyboard.press('Enter');
    await view.sees('Please give a whole number');
    await view.getsFocus(view.field('Seats'));
    await view.looksRight('2-licence-fault');
    await view.field('Seats').fill('25');
    await view.page.keyboard.press('Enter');
    await titled(view, 'Invite the first people');
    await view.button('Send the invitations').click();
    await view.sees('Please give at least one e-mail address.');
    await view.field('E-mail addresses').fill('Anna <anna@example.org>, ben@example.org; nonsense\nanna@example.org');
    await view.sees('Addresses found: 2');
    await view.sees('Not an address: nonsense');
    await view.looksRight('3-people');
    await view.button('Send the invitations').click();
    await view.sees('Invitations sent: 2.');
    await view.looksRight('4-ready');
    const { items } = await lab.world.root.must(200, 'GET', '/admin/api/licences');
    expect(items).toMatchObject([{ name: 'Chemistry', seats: 25, owner: { name: 'Institute of Chemistry' } }]);
    expect(await lab.server.letters.invitations('anna@example.org')).toHaveLength(1);
    await view.open('/auth/set-up');
    await titled(view, 'Everything is ready');
    expect(await view.link('Open the console').getAttribute('href')).toBe(`/admin/licences/${items[0].id}`);
    await view.close();
  }, 60_000);

  it('says what is wrong with a link that is used up, and that staff go on by signing in, in German on a phone', async () => {
    const view = await lab.page({ language: 'de-DE', width: 360 });
    await view.open('/auth/set-up');
    await titled(view, 'Die Einrichtung ist Sache der Betreuung');
    await view.open(`/auth/set-up#${'x'.repeat(43)}`);
    await view.page.reload();
    await titled(view, 'Das erste Konto für die Betreuung anlegen');
    await view.field(/^E-Mail-Adresse/).fill(email);
    await view.field('Passwort').fill(password);
    await view.looksRight('account-de');
    await view.button('Konto anlegen').click();
    await titled(view, 'Dieser Link gilt nicht mehr');
    await view.close();
  });

  it('makes no second institute when the licence failed or the store was away, and goes on by itself when it is back', async () => {
    const view = await lab.page({ signedInAs: 'admin' });
    await view.page.route('**/admin/api/licences?limit=1', (route) => route.fulfill({ json: { items: [] } }));
    await view.slow(500);
    await view.open('/auth/set-up');
    await titled(view, 'Set-up');
    await view.keep('slow');
    await titled(view, 'The first institute and its licence');
    await view.slow(0);
    await view.field(/^Institute or person/).fill('Institute of Physics');
    await view.field(/^Name of the licence/).fill('Physics');
    const made = '**/admin/api/licences';
    await view.page.route(made, (route) => route.fulfill(problemAnswer('internal', 500)), { times: 1 });
    await view.button('Make the licence').click();
    await view.isTold('Something went wrong on our side.');
    await view.looksRight('2-failed');
    await view.open('/auth/set-up');
    await titled(view, 'The first institute and its licence');
    expect(await view.field(/^Institute or person/).inputValue()).toBe('Institute of Physics');
    await view.field(/^Name of the licence/).fill('Physics');
    await lab.storeDown();
    await view.button('Make the licence').click();
    await view.isTold('The service is interrupted for a moment.');
    await view.looksRight('2-store-away');
    await lab.storeBack();
    await titled(view, 'Invite the first people');
    const { items } = await lab.world.root.must(200, 'GET', '/admin/api/owners?q=Physics');
    expect(items).toHaveLength(1);
    expect((await lab.world.root.must(200, 'GET', '/admin/api/owners')).total).toBe(1);
    await view.close();
  }, 60_000);
});
