import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabPage } from '../support/lab-page.js';
import { figure, times, until } from '../support/pace.js';
import { PageLab } from '../support/page-lab.js';
import { problemAnswer } from '../support/problem-answer.js';
import type { Account, Institute } from '../support/world.js';

/** More than are read at once. */
const crowd = 130;

let lab: PageLab;
let house: Institute;
let other: Institute;
let staff: Account;
/** Signed in once for all whose tab it is. */
let desk: LabPage;

beforeAll(async () => {
  lab = await PageLab.open({ settings: { SEATLESS_SIGN_IN: 'true' } });
  [house, other, staff] = await Promise.all([
    lab.world.institute({ seats: crowd + 20, name: 'Microscopy' }),
    lab.world.institute({ seats: 5, name: 'Sequencing' }),
    lab.world.account(['staff']),
  ]);
  for (let entered = 0; entered < crowd; entered += 10) {
    await Promise.all(Array.from({ length: 10 }, () => lab.world.enter(house.member)));
  }
  await lab.world.enter(other.member);
  desk = await lab.page({ signedInAs: staff });
}, 1_200_000);

afterAll(() => lab?.close());

const table = ({ page }: LabPage) => page.getByRole('table', { name: 'Live sessions' });
const rowOf = (view: LabPage, text: string) => table(view).getByRole('row').filter({ hasText: text });
const barOf = ({ page }: LabPage, name: string) =>
  page.getByRole('region', { name: 'Seats per licence' }).getByRole('listitem').filter({ hasText: name });
const dialog = ({ page }: LabPage) => page.getByRole('dialog');

async function sessionsPage(over?: Parameters<PageLab['page']>[0], path = '/admin/sessions'): Promise<LabPage> {
  const view = over === undefined ? await lab.tab(desk) : await lab.page({ signedInAs: staff, ...over });
  await view.open(path);
  return view;
}

describe('the overview', () => {
  const path = /\/admin\/api\/overview$/;

  it('tells how the house stands, and its figures move while one looks', async () => {
    const view = await lab.tab(desk);
    await view.open('/admin/');
    await barOf(view, 'Sequencing').getByText('1 of 5', { exact: true }).waitFor();
    const live = view.page.getByRole('heading', { name: 'Live sessions' }).locator('..');
    const before = await live.innerText();
    await view.looksRight('overview');
    const guest = await lab.world.enter(other.member);
    await barOf(view, 'Sequencing').getByText('2 of 5', { exact: true }).waitFor({ timeout: 2000 });
    await until('the live sessions have moved', 3_000, async () => (await live.innerText()) !== before);
    await guest.must(204, 'POST', '/auth/logout', {});
    await barOf(view, 'Sequencing').getByText('1 of 5', { exact: true }).waitFor({ timeout: 2000 });
    await view.close();
  }, 60_000);

  it('fits a narrow screen, and tells a house without licences what comes first', async () => {
    const view = await lab.page({ signedInAs: 'admin', width: 360 });
    await view.open('/admin/');
    await barOf(view, 'Sequencing').waitFor();
    await view.looksRight('overview');
    await view.page.route(path, async (route) => {
      const answer = await route.fetch();
      const none = { ...(await answer.json()), licences: { items: [], total: 0 } };
      await route.fulfill({ response: answer, json: none });
    });
    await view.page.reload();
    await view.link('Create the first licence').waitFor();
    await view.looksRight('overview-empty');
    await view.close();
  }, 60_000);
});

describe('the list of live sessions', () => {
  it('shows who is signed in with the exact total, and reads on as one scrolls', async () => {
    const view = await sessionsPage();
    const all = (await lab.world.root.must(200, 'GET', '/admin/api/sessions?limit=1')).total;
    await view.sees(`${all} in all, the first 100 loaded`);
    await view.looksRight('sessions');
    await view.page.keyboard.press('End');
    await view.page.mouse.wheel(0, 50_000);
    await view.sees(new RegExp(`^${all} in all$`));
    // Only what is near the window is drawn.
    expect(await table(view).getByRole('row').count()).toBeLessThan(60);
    await view.close();
  }, 60_000);

  it('is searched as one types, and narrowed by licence and device, all of it in its address', async () => {
    const view = await sessionsPage();
    await view.field('Search by name or address of the person').fill(other.member.email.slice(0, 12));
    await rowOf(view, other.member.email).waitFor();
    await view.sees(/^1 in all$/);
    expect(view.page.url()).toContain(`q=${other.member.email.slice(0, 12)}`);
    await view.button('More filters').click();
    await view.field('Browser').selectOption({ index: 1 });
    await view.page.waitForURL(/browser=/);
    await view.field('Idle for at least').selectOption('3600');
    await view.sees('Nobody who is signed in matches.');
    await view.looksRight('sessions-none');
    await view.button('Clear all').click();
    await view.page.getByRole('combobox', { name: 'Licence' }).click();
    await view.page.getByRole('option', { name: 'Sequencing' }).click();
    await rowOf(view, other.member.email).waitFor();
    await view.sees(/^1 in all$/);
    await view.close();
  }, 60_000);

  it('is walked by the keyboard: arrows, Home, End, Space to select', async () => {
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${house.licenceId}`);
    await rowOf(view, house.member.email).first().waitFor();
    const row = (index: number) => table(view).locator(`tr[data-index="${index}"]`);
    await view.tabTo(row(0));
    await view.page.keyboard.press('ArrowDown');
    await view.getsFocus(row(1));
    await view.page.keyboard.press('Space');
    await view.button('End 1 selected session').waitFor();
    await view.page.keyboard.press('End');
    await view.getsFocus(row(99));
    await view.page.keyboard.press('Home');
    await view.getsFocus(row(0));
    await view.close();
  }, 60_000);

  it('is cards on a narrow screen', async () => {
    const view = await sessionsPage({ width: 360 }, `/admin/sessions?licence=${other.licenceId}`);
    await rowOf(view, other.member.email).waitFor();
    await view.looksRight('sessions');
    await view.close();
  }, 60_000);
});

describe('a page that nobody sees', () => {
  it('asks for nothing when sessions come and go, lets go of the feed, and is read anew when it is seen again', async () => {
    const [view, overview] = [await lab.tab(desk), await lab.tab(desk)];
    await view.page.clock.install();
    const feed = '**/admin/api/events';
    const followed = view.page.waitForResponse(feed);
    await view.open(`/admin/sessions?licence=${other.licenceId}`);
    await rowOf(view, other.member.email).waitFor();
    await followed;
    await overview.open('/admin/');
    await barOf(overview, 'Sequencing').getByText('1 of 5', { exact: true }).waitFor();
    const becomes = (visibility: 'hidden' | 'visible') =>
      view.page.evaluate(`Object.defineProperties(document, {
        hidden: { configurable: true, value: ${visibility === 'hidden'} },
        visibilityState: { configurable: true, value: '${visibility}' },
      });
      document.dispatchEvent(new Event('visibilitychange'))`);
    await becomes('hidden');
    let asked = 0;
    view.page.on('request', (request) => {
      if (request.url().includes('/admin/api/')) asked += 1;
    });
    const guest = await lab.world.enter(other.member);
    // By then the other tab has been told, and this one with it.
    await barOf(overview, 'Sequencing').getByText('2 of 5', { exact: true }).waitFor();
    const over = view.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/events'));
    await view.page.clock.runFor(60_000);
    await over;
    expect(asked).toBe(0);
    await becomes('visible');
    await view.page.waitForResponse(feed);
    await view.sees(/^2 in all$/);
    await guest.must(204, 'POST', '/auth/logout', {});
    await Promise.all([view.close(), overview.close()]);
  }, 60_000);
});

describe('ending sessions', () => {
  it('of one person tells them why within a second, and moves the gauge of every screen by then', async () => {
    const institute = await lab.world.institute({ seats: 3, name: 'Crystallography' });
    const person = await lab.page({ signedInAs: institute.member });
    await person.open('/account');
    await person
      .heading(/account/i)
      .first()
      .waitFor();
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${institute.licenceId}`);
    const overview = await lab.tab(view);
    await overview.open('/admin/');
    await barOf(overview, 'Crystallography').getByText('1 of 3', { exact: true }).waitFor();
    await view.page.bringToFront();
    const end = view.button(`End session of ${institute.member.email}`);
    await end.click();
    await dialog(view).getByLabel('Message to the person').fill('The microscope is being moved.');
    await view.looksRight('sessions-end-one');
    await dialog(view).getByRole('button', { name: 'End session' }).click();
    const [from, within] = [performance.now(), figure(2_500, 1_000)];
    await view.sees('Nobody who is signed in matches.');
    await person.page.getByText('The microscope is being moved.').waitFor({ timeout: within });
    await barOf(overview, 'Crystallography').getByText('0 of 3', { exact: true }).waitFor({ timeout: within });
    expect(performance.now() - from).toBeLessThan(within);
    await view.sees('Crystallography: 0 of 3 seats in use.');
    await Promise.all([overview.close(), view.close(), person.close()]);
  }, 60_000);

  it('asks before it is done, and gives the focus back to what opened it', async () => {
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${other.licenceId}`);
    const end = view.button(`End session of ${other.member.email}`);
    await end.click();
    await view.getsFocus(dialog(view).getByLabel('Message to the person'));
    await view.page.keyboard.press('Escape');
    await view.getsFocus(end);
    await rowOf(view, other.member.email).waitFor();
    await view.close();
  }, 60_000);

  it('that are selected takes more of them than one request may name', async () => {
    const many = 205;
    const before = await lab.world.root.must(200, 'PATCH', `/admin/api/licences/${house.licenceId}`, { seats: many });
    await times(many - before.used, 10, () => lab.world.enter(house.member));
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${house.licenceId}`);
    await view.sees(`${many} in all, the first 100 loaded`);
    await until('all are loaded', 10_000, async () => {
      await view.page.mouse.wheel(0, 50_000);
      return (await view.page.getByText(`${many} in all`, { exact: true }).count()) > 0;
    });
    await view.field('Select all live sessions that are loaded').check();
    await view.button(`End ${many} selected sessions`).click();
    await dialog(view)
      .getByRole('button', { name: `End ${many} sessions` })
      .click();
    await view.sees(`${many} sessions have ended.`);
    await view.sees('Nobody who is signed in matches.');
    await view.close();
  }, 60_000);

  it('of all that match says first how many they are, then how far it is', async () => {
    await times(20, 10, () => lab.world.enter(house.member));
    const { used: all } = await lab.world.root.must(200, 'GET', `/admin/api/licences/${house.licenceId}`);
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${house.licenceId}`);
    await view.button('End all that match …').click();
    await view.page.getByRole('dialog', { name: `End ${all} sessions?` }).waitFor();
    await dialog(view)
      .getByRole('button', { name: `End ${all} sessions` })
      .click();
    await view.sees(`${all} sessions have ended.`);
    await view.sees('Nobody who is signed in matches.');
    const { used } = await lab.world.root.must(200, 'GET', `/admin/api/licences/${house.licenceId}`);
    expect(used).toBe(0);
    await view.close();
  }, 60_000);

  it('leaves out the own session, and puts a session back that could not be ended', async () => {
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${other.licenceId}`);
    await view.page.route(/\/admin\/api\/sessions\/[^/?]+(?:\?|$)/, (route) =>
      route.request().method() === 'DELETE' ? route.fulfill(problemAnswer('internal', 500)) : route.fallback(),
    );
    await view.button(`End session of ${other.member.email}`).click();
    await dialog(view).getByRole('button', { name: 'End session' }).click();
    await view.isTold('Something went wrong here.');
    await rowOf(view, other.member.email).waitFor();
    await view.page.keyboard.press('Escape');
    await view.open(`/admin/sessions?q=${staff.email}`);
    await view.sees('this is you');
    const own = table(view).getByRole('row').filter({ hasText: 'this is you' });
    expect([await own.count(), await own.getByRole('button').count()]).toEqual([1, 0]);
    await view.close();
  }, 60_000);
});

describe('who may see the console', () => {
  it('is told to accounts that have no part in it, and asks those to sign in who are not', async () => {
    const view = await lab.page({ signedInAs: 'user' });
    await view.open('/admin/sessions');
    await view.sees('This account has no part in the console.');
    await view.looksRight('console-refused');
    await view.close();
    const nobody = await lab.page();
    await nobody.open('/admin/sessions?q=anna');
    await nobody.page.waitForURL(/\/sign-in\?return_to=%2Fadmin%2Fsessions%3Fq%3Danna/);
    await nobody.close();
  }, 60_000);

  it('shows licence managers their own licences and nothing else', async () => {
    const view = await lab.page({ signedInAs: other.chief });
    await view.open('/admin/sessions');
    await rowOf(view, other.member.email).waitFor();
    await view.sees(/^1 in all$/);
    const places = await view.page.getByRole('navigation', { name: 'Console' }).getByRole('link').allInnerTexts();
    expect(places).not.toContain('People');
    expect(places).toContain('Licences');
    await view.close();
  }, 60_000);
});

describe('when it does not go well', () => {
  it('says that what is shown may be old while the store is away, and goes on by itself', async () => {
    const view = await sessionsPage(undefined, `/admin/sessions?licence=${other.licenceId}`);
    await rowOf(view, other.member.email).waitFor();
    await lab.storeDown();
    await view.field('Search by name or address of the person').fill('example');
    await view.sees('What you see may be old.');
    await view.looksRight('sessions-store-away');
    await lab.storeBack();
    await until('the note is gone', 15_000, async () => (await view.page.getByText('may be old').count()) === 0);
    await rowOf(view, other.member.email).waitFor();
    await view.close();
  }, 60_000);
});

describe('the way to a person, a licence or a page', () => {
  it('is found by a part of a name, with the keyboard alone', async () => {
    const view = await sessionsPage();
    await rowOf(view, other.member.email).waitFor();
    await view.page.keyboard.press('Control+k');
    await view.getsFocus(view.page.getByRole('combobox', { name: 'Part of a name or an address' }));
    await view.page.keyboard.type('Sequenc');
    await view.page.getByRole('option', { name: /Sequencing/ }).waitFor();
    await view.looksRight('console-find');
    await view.page.keyboard.press('Enter');
    await view.page.waitForURL(`**/admin/licences/${other.licenceId}`);
    await view.close();
  }, 60_000);
});
