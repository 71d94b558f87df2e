import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Route } from 'playwright-core';
import type { LabPage } from '../support/lab-page.js';
import { type LicenceScene, licenceScene } from '../support/licence-scene.js';
import { figure, until } from '../support/pace.js';
import { PageLab } from '../support/page-lab.js';
import type { Account } from '../support/world.js';

let lab: PageLab;
let scene: LicenceScene;
let staff: Account;
/** Signed in once for all whose tab it is. */
let desk: LabPage;
let path: string;

beforeAll(async () => {
  lab = await PageLab.open();
  scene = await licenceScene(lab.server);
  staff = await lab.world.account(['staff']);
  desk = await lab.page({ signedInAs: staff });
  path = `/admin/licences/${scene.licenceId}`;
}, 1_200_000);

afterAll(() => lab?.close());

const api = () => `/admin/api/licences/${scene.licenceId}`;
const dialog = ({ page }: LabPage) => page.getByRole('dialog');
const inDialog = (view: LabPage, name: string | RegExp) => dialog(view).getByRole('button', { name, exact: true });
const tab = ({ page }: LabPage, name: string) => page.getByRole('tab', { name, exact: true }).click();
const gone = (view: LabPage) => dialog(view).waitFor({ state: 'hidden' });

async function at(where: string, heading: string, looks?: Parameters<PageLab['page']>[0]): Promise<LabPage> {
  const view = looks === undefined ? await lab.tab(desk) : await lab.page({ signedInAs: staff, ...looks });
  await view.open(where);
  await view.heading(heading).first().waitFor();
  return view;
}

describe('the list of licences', () => {
  it('tells owner, seats, state and validity of each, finds them, and opens one with the keyboard', async () => {
    const view = await at('/admin/licences', 'Licences');
    const row = view.page.getByRole('row', { name: /Chemistry/ });
    await row.getByText('4 of 5', { exact: true }).waitFor();
    await row.getByText('Near limit').waitFor();
    await view.looksRight('list');
    await view.page.getByRole('combobox', { name: 'State' }).selectOption('suspended');
    await view.sees('No licence found');
    await view.page.getByRole('combobox', { name: 'State' }).selectOption('near-limit');
    await row.waitFor();
    await view.page.keyboard.press('/');
    await view.page.keyboard.type('examples');
    await view.page.waitForURL(/q=examples/);
    await row.waitFor();
    await view.tabTo(view.link('Chemistry'));
    await view.page.keyboard.press('Enter');
    await view.heading('Chemistry').waitFor();
    await view.close();
  }, 60_000);

  it('makes a licence for an owner, says what is missing beside each field, and leads on to its members', async () => {
    const view = await at('/admin/licences', 'Licences');
    await view.button('New licence').click();
    await inDialog(view, 'Create licence').click();
    await view.sees('Choose who holds the licence.');
    await view.sees('Give it a name that people recognise.');
    await view.looksRight('new');
    await view.page.keyboard.press('Escape');
    await gone(view);
    await view.getsFocus(view.button('New licence'));
    await view.page.keyboard.press('Enter');
    await dialog(view).getByLabel('Owner').fill('examples');
    await view.page.getByRole('option', { name: /Institute of Examples/ }).click();
    await dialog(view).getByLabel('Name').fill('Biology');
    await dialog(view).getByLabel('Seats').fill('30');
    await inDialog(view, 'Create licence').click();
    await view.heading('Biology').waitFor();
    await view.sees('No members yet');
    await view.looksRight('members-empty');
    await tab(view, 'Usage');
    await view.sees('Nobody sat here in this time');
    await view.close();
  }, 60_000);
});

describe('who sits in a licence', () => {
  it('is told with device and idle time left, and the seat count falls at once when a session is ended', async () => {
    const view = await at(path, 'Chemistry');
    const dora = view.page.getByRole('row', { name: /Dora Lang/ });
    await dora.getByText(/^\d+:\d\d/).waitFor();
    await view.looksRight('seats');
    await view.button('End the session of dora@institute.example').click();
    await view.sees('Their seat is free at once.');
    await dialog(view).getByLabel('Message to the person').fill('The room closes at six.');
    await inDialog(view, 'End session').click();
    await view.sees('1 session has ended.');
    await dora.waitFor({ state: 'detached' });
    await view.page.getByText('3 of 5 seats in use').waitFor({ timeout: figure(2_500, 1_000) });
    const told = await scene.guests[3]?.ask('GET', '/auth/session');
    expect(told?.json).toMatchObject({ reason: 'ended-by-staff', message: 'The room closes at six.' });
    await view.close();
  }, 60_000);

  it('is ended by selection and by idle time, and the number is told before anything happens', async () => {
    const view = await at(path, 'Chemistry');
    await view.button('End idle sessions …').click();
    await view.sees('No session idle for over 30 minutes is left to end.');
    expect(await inDialog(view, 'End 0 sessions').isDisabled()).toBe(true);
    await view.page.keyboard.press('Escape');
    await gone(view);
    await view.getsFocus(view.button('End idle sessions …'));
    await view.page
      .getByRole('row', { name: /Clara Weiß/ })
      .getByRole('checkbox')
      .check();
    await view.button('End 1 selected session').click();
    await inDialog(view, 'End 1 session').click();
    await view.page.getByText('2 of 5 seats in use').waitFor();
    await view.close();
  }, 60_000);
});

describe('the usage of a licence', () => {
  it('is drawn with its limit, walked through with the arrow keys, and there as a table and as CSV', async () => {
    const view = await at(`${path}?tab=usage`, 'Chemistry');
    const plot = view.page.getByRole('slider', { name: 'Seats in use over time' });
    await plot.waitFor();
    await view.sees('6 seats recommended. That is 1 more than it has.');
    await view.tabTo(plot);
    await view.page.keyboard.press('Home');
    const first = await plot.getAttribute('aria-valuetext');
    await view.page.keyboard.press('End');
    expect(await plot.getAttribute('aria-valuetext')).not.toBe(first);
    expect(first).toMatch(/at most \d of 5 seats in use/);
    await view.looksRight('usage');
    await view.page.getByText('The figures as a table').click();
    await view.page.getByRole('table').getByRole('columnheader', { name: 'Most in use' }).waitFor();
    const [download] = await Promise.all([view.page.waitForEvent('download'), view.link('Download as CSV').click()]);
    expect(download.suggestedFilename()).toMatch(/^usage-.*-week\.csv$/);
    await view.page.getByText('Custom').click();
    await view.sees('Choose the first and the last day.');
    await view.close();
  }, 60_000);

  it('tells why somebody was refused', async () => {
    const view = await at(`${path}?tab=refusals`, 'Chemistry');
    await view.sees(/3 refusals, 3 turned away for good/);
    await view.looksRight('refusals');
    await view.page
      .getByRole('button', { name: /^Explain the refusal of/ })
      .first()
      .click();
    await view.sees(/was refused by “Chemistry”: all 5 seats were taken/);
    await view.looksRight('why');
    await view.page.keyboard.press('Escape');
    await view.page.getByLabel('Why was … refused?').fill('nobody@nowhere.example');
    await view.page.keyboard.press('Enter');
    await dialog(view).getByRole('alert').waitFor();
    await view.close();
  }, 60_000);

  it('is printed as a report on one page', async () => {
    const view = await at(`${path}/report`, 'Report: Chemistry');
    await view.sees('Recommended seats');
    await view.looksRight('report');
    const pdf = (await view.page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await view.page.emulateMedia({ media: 'print' });
    expect(await view.button('Print').isVisible()).toBe(false);
    await view.close();
  }, 60_000);
});

describe('the members of a licence', () => {
  it('are added from a pasted list, of which each line is foreseen, and removed again', async () => {
    const view = await at(`${path}?tab=members`, 'Chemistry');
    await view.looksRight('members');
    await view.button('Add members').click();
    const outsider = await lab.world.account();
    const lines = [`Otto <${outsider.email}>`, 'anna@institute.example', 'new@institute.example', 'no address'];
    await dialog(view).getByLabel('Addresses').fill(lines.join('\n'));
    await view.sees('New: become members at once');
    await view.sees('Members already');
    await view.sees('No account yet: invited by mail');
    await view.sees('Line 4: no address');
    await view.looksRight('add');
    await inDialog(view, 'Add 2 people').click();
    await view.sees('1 person added. 1 person invited by mail. 1 line changed nothing.');
    await view.page.getByRole('searchbox', { name: 'Search members' }).fill(outsider.email);
    await view.button(`Remove ${outsider.email}`).click();
    await inDialog(view, 'Remove member').click();
    await view.sees('Nobody found');
    await tab(view, 'Invitations');
    await view.page
      .getByRole('row', { name: /new@institute\.example/ })
      .getByText('Waiting')
      .waitFor();
    await view.looksRight('invitations');
    await view.button('Take back the invitation of new@institute.example').click();
    await inDialog(view, 'Take it back').click();
    await view.sees('Nobody was invited');
    await view.close();
  }, 60_000);

  it('are those after a removal, also when they were being searched for at that moment', async () => {
    const leaving = await lab.world.account();
    const { email } = leaving;
    await lab.world.join(scene.licenceId, leaving);
    const view = await at(`${path}?tab=members`, 'Chemistry');
    const remove = view.button(`Remove ${email}`);
    await remove.waitFor();
    // The feed has begun, after which everything is read once more.
    await pause(1_500);
    // The server has answered the search, and the answer takes its time.
    let arrive = () => {};
    const arrives = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let answered = false;
    const late = async (route: Route) => {
      const response = await route.fetch();
      answered = true;
      await arrives;
      await route.fulfill({ response });
    };
    await view.page.route(/members\?.*\bq=/, late, { times: 1 });
    await view.page.getByRole('searchbox', { name: 'Search members' }).fill(email);
    await until('the server has answered', 5_000, async () => answered);
    await remove.click();
    await inDialog(view, 'Remove member').click();
    await view.sees(`${email} is no member of`);
    arrive();
    await view.sees('Nobody found');
    await view.close();
  }, 60_000);

  it('may be looked after by somebody who is appointed, who then sees this licence and changes nothing else', async () => {
    const chief = await lab.world.account();
    const view = await at(`${path}?tab=managers`, 'Chemistry');
    await view.sees('Nobody is appointed');
    await view.button('Appoint somebody').click();
    await dialog(view).getByLabel('Person').fill(chief.email);
    await view.page.getByRole('option', { name: chief.email }).click();
    await inDialog(view, 'Appoint').click();
    await view.button(`Dismiss ${chief.email}`).waitFor();
    const theirs = await at('/admin/licences', 'Licences', { signedInAs: chief });
    await theirs.sees('1 in all');
    await theirs.link('Chemistry').click();
    await theirs.heading('Chemistry').waitFor();
    expect(await theirs.button(/Change seats|Suspend|Delete|New licence/).count()).toBe(0);
    await tab(theirs, 'Policy');
    expect(await theirs.button('Save policy').count()).toBe(0);
    await theirs.looksRight('policy-read-only');
    await theirs.close();
    await view.close();
  }, 60_000);
});

describe('the policy of a licence', () => {
  it('tells what the 6th person would meet while it is changed, keeps the focus of whoever moves a step, and is saved', async () => {
    const view = await at(`${path}?tab=policy`, 'Chemistry');
    await view.sees('The 6th person, with no session of their own here,');
    await view.button('Lend seats over the limit').click();
    await view.sees(/gets in on a seat over the limit \(at most 2\)/);
    await view.sees(/10 days of lending are left/);
    const up = view.button('Try “Lend seats over the limit” earlier');
    await up.focus();
    await view.page.keyboard.press('Enter');
    await view.getsFocus(view.button('Try “Lend seats over the limit” later'));
    await view.looksRight('policy');
    await view.button('Save policy').click();
    await view.sees('The policy of “Chemistry” is saved and holds from now on.');
    const { policy } = await lab.world.root.must(200, 'GET', api());
    expect(policy.whenFull.map((step: { step?: string }) => step.step ?? step)).toEqual([
      'overage',
      'reclaim-idle',
      'refuse',
    ]);
    await view.close();
  }, 60_000);

  it('is not saved over what somebody else has changed meanwhile, unless that is chosen', async () => {
    const view = await at(`${path}?tab=policy`, 'Chemistry');
    await view.button('Remove “Lend seats over the limit”').click();
    await lab.world.root.must(200, 'PATCH', api(), { name: 'Chemistry and more' });
    await view.button('Save policy').click();
    await view.isTold('Somebody changed this licence meanwhile');
    await view.heading('Chemistry and more').waitFor();
    await view.looksRight('stale');
    await view.button('Keep mine, to save over it').click();
    await view.button('Save policy').click();
    await view.sees('The policy of “Chemistry and more” is saved and holds from now on.');
    await lab.world.root.must(200, 'PATCH', api(), { name: 'Chemistry' });
    await view.close();
  }, 60_000);
});

describe('what is done with a whole licence', () => {
  it('says who would be too many, how many are signed out, and until when it lasts', async () => {
    const view = await at(path, 'Chemistry');
    await view.button('Change seats').click();
    await dialog(view).getByRole('textbox', { name: 'Seats' }).fill('1');
    await view.sees('1 person too many would be inside');
    await dialog(view).getByLabel('Let everybody stay').check();
    await inDialog(view, 'Change seats').click();
    await view.sees('“Chemistry” has 1 seat now.');
    await gone(view);
    await view.getsFocus(view.button('Change seats'));
    await view.page.getByText('1 over').first().waitFor();
    await view.button('Renew').click();
    await dialog(view).getByLabel('Until a day').check();
    await dialog(view).getByLabel('Last day').fill('2095-06-30');
    await inDialog(view, 'Renew').click();
    await view.sees('“Chemistry” is valid until 30 June 2095.');
    await view.button('Suspend').click();
    await view.sees('2 people are signed out at once and told why.');
    await inDialog(view, 'Suspend').click();
    await view.page.getByText('Suspended', { exact: true }).waitFor();
    await view.sees('Nobody sits here');
    await view.button('Reinstate').click();
    await inDialog(view, 'Reinstate').click();
    await view.sees('People can sign in to “Chemistry” again.');
    await view.close();
  }, 60_000);

  it('is refused in words when a field is no good, and deletes only after it was asked', async () => {
    const { id } = await lab.world.licence({ name: 'Old licence' });
    const view = await at(`/admin/licences/${id}`, 'Old licence');
    await view.button('Edit').click();
    await dialog(view).getByLabel('First day').fill('2090-01-01');
    await dialog(view).getByLabel('Until a day').check();
    await dialog(view).getByLabel('Last day').fill('2080-01-01');
    await view.sees('Lies before the first day.');
    expect(await inDialog(view, 'Save').isDisabled()).toBe(true);
    await dialog(view).getByLabel('Last day').fill('2095-01-01');
    await dialog(view).getByLabel('For a number of days').check();
    await dialog(view).getByRole('textbox', { name: 'Days' }).fill('36500');
    await dialog(view).getByLabel('First day', { exact: true }).fill('9999-01-01');
    await inDialog(view, 'Save').click();
    await view.sees(/must lie before the year 10000/i);
    await view.looksRight('edit');
    await inDialog(view, 'Cancel').click();
    await gone(view);
    await view.button('Delete').click();
    await view.sees('Nobody is inside at this moment.');
    await inDialog(view, 'Delete licence').click();
    await view.heading('Licences').waitFor();
    await view.open(`/admin/licences/${id}`);
    await view.page.getByRole('alert').waitFor();
    await view.close();
  }, 60_000);
});

describe('the owners', () => {
  it('are listed, made, changed and deleted, but not while they hold a licence', async () => {
    const view = await at('/admin/owners', 'Owners');
    await view.looksRight('owners');
    await view.button('New owner').click();
    await dialog(view).getByRole('textbox', { name: 'Name', exact: true }).fill('Clara');
    await dialog(view).getByLabel('E-mail address').fill('nonsense');
    await inDialog(view, 'Create owner').click();
    await dialog(view)
      .getByText(/e-?mail/i)
      .nth(1)
      .waitFor();
    await dialog(view).getByLabel('E-mail address').fill('clara@example.org');
    await inDialog(view, 'Create owner').click();
    await view.heading('Clara').waitFor();
    const { items } = await lab.world.root.must(200, 'GET', '/admin/api/owners?q=clara');
    await view.button('Edit').click();
    await dialog(view).getByLabel('Affiliation').fill('Mine');
    await lab.world.root.must(200, 'PATCH', `/admin/api/owners/${items[0].id}`, { affiliation: 'Theirs' });
    await inDialog(view, 'Save').click();
    await view.isTold('Somebody changed this owner meanwhile');
    await view.button('Show what is there now').click();
    expect(await dialog(view).getByLabel('Affiliation').inputValue()).toBe('Theirs');
    await inDialog(view, 'Cancel').click();
    await gone(view);
    await view.button('Delete').click();
    await inDialog(view, 'Delete owner').click();
    await view.heading('Owners').waitFor();
    await view.open(`/admin/owners/${scene.ownerId}`);
    await view.heading('Institute of Examples').waitFor();
    await view.looksRight('owner');
    await view.button('Delete').click();
    await view.sees(/This owner holds licences/);
    expect(await inDialog(view, 'Delete owner').isDisabled()).toBe(true);
    await view.close();
  }, 60_000);
});

describe('a licence on a bad day', () => {
  it('fits on a phone', async () => {
    const view = await at('/admin/licences', 'Licences', { width: 360 });
    await view.looksRight('list');
    await view.open(path);
    await view.heading('Chemistry').waitFor();
    await view.looksRight('seats');
    for (const [name, words] of [
      ['Usage', 'most seats in use'],
      ['Members', 'Add members'],
      ['Policy', 'What would happen'],
    ] as const) {
      await tab(view, name);
      await view.sees(words);
      if (name === 'Usage') await view.page.locator('canvas').waitFor();
      if (name !== 'Members') await view.looksRight(name.toLowerCase());
    }
    await view.close();
  }, 60_000);

  it('shows that it is loading over a slow line, and says so while the store is away, until it is back', async () => {
    const view = await at('/admin/licences', 'Licences');
    await view.slow(500);
    await view.page.getByRole('link', { name: 'Chemistry' }).click();
    await view.page.getByRole('status').filter({ hasText: 'Loading' }).first().waitFor();
    await view.heading('Chemistry').waitFor();
    await view.slow(0);
    await lab.storeDown();
    await view.button('Change seats').click();
    await dialog(view).getByRole('textbox', { name: 'Seats' }).fill('9');
    await inDialog(view, 'Change seats').click();
    await dialog(view)
      .getByRole('alert')
      .or(view.page.getByText('It is saved, and will hold in a moment.'))
      .first()
      .waitFor();
    await view.page.keyboard.press('Escape');
    await tab(view, 'Members');
    await tab(view, 'Who sits');
    await view.sees('What you see may be old.');
    await view.looksRight('store-down');
    await lab.storeBack();
    await view.page.getByText('What you see may be old.').waitFor({ state: 'detached', timeout: 20_000 });
    await view.close();
  }, 90_000);

  it('is not there for somebody who may not see it', async () => {
    const emil = scene.people[4];
    const view = await lab.page(emil === undefined ? {} : { signedInAs: emil });
    await view.open(path);
    await view.page.getByRole('heading').first().waitFor();
    await view.looksRight('not-allowed');
    expect(await view.page.getByText('Chemistry').count()).toBe(0);
    await view.close();
  }, 60_000);
});
