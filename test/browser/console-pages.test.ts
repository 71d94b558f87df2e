import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabPage } from '../support/lab-page.js';
import { times } from '../support/pace.js';
import { PageLab } from '../support/page-lab.js';
import { problemAnswer } from '../support/problem-answer.js';
import type { Institute } from '../support/world.js';

/** A page of the console. */
interface Place {
  readonly name: string;
  readonly path: string;
  /** Is there when it has been read, and on no other page. */
  readonly shows: string | RegExp;
}

let lab: PageLab;
/** Signed in once for all tests. Each has a profile of its own: those of one share six connections. */
let desks: readonly LabPage[];

beforeAll(async () => {
  lab = await PageLab.open();
  const signedInAs = await lab.world.account(['admin']);
  desks = await times(3, 3, () => lab.page({ signedInAs }));
}, 1_200_000);

afterAll(() => lab?.close());

const dataOfPages = /\/admin\/api\/(?!scope|events)/;
/** Without what a licence, a person or a role is itself. */
const dataOfParts = /\/admin\/api\/(?!scope|events|(?:licences|users|roles)\/[^/?]+$)/;

/** Opens the console anew, and no page of it. */
async function openConsole(view: LabPage): Promise<void> {
  await view.open('/admin/nothing');
  await view.sees('There is nothing at this address.');
}

/** Goes there as a link of the console leads there. */
async function goTo({ page }: LabPage, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
}

/** The same, until the page has said that what it shows is on its way. */
async function goSlowlyTo({ page }: LabPage, path: string): Promise<void> {
  await page.evaluate(`new Promise((seen) => {
    const isOnItsWay = ({ textContent }) => /^(?:Loading(?! the page)|Putting the report)/.test(textContent);
    new MutationObserver((_changes, observer) => {
      if (![...document.querySelectorAll('main [role=status]')].some(isOnItsWay)) return;
      observer.disconnect();
      seen();
    }).observe(document.body, { childList: true, subtree: true });
    history.pushState(null, '', ${JSON.stringify(path)});
  })`);
}

describe('a house in which there is nothing yet', () => {
  it('says so on each page, and what would fill it', async () => {
    const [view] = desks;
    assert.ok(view);
    await openConsole(view);
    await goTo(view, '/admin/');
    await view.link('Create the first licence').waitFor();
    await view.keep('overview-empty');
    await goTo(view, '/admin/licences');
    await view.sees('No licences yet');
    await view.keep('licences-empty');
    await goTo(view, '/admin/owners');
    await view.sees('No owners yet');
    await view.keep('owners-empty');
    await goTo(view, '/admin/roles');
    await view.sees('No application has a role yet');
    await view.keep('roles-empty');
    await goTo(view, `/admin/owners/${await lab.world.owner()}`);
    await view.sees('This owner holds none yet.');
    await view.keep('owner-empty');
    await goTo(view, '/admin/people?q=nobody');
    await view.sees('Nobody matches');
    await view.keep('people-empty');
    await goTo(view, '/admin/audit?q=nothing+is+called+so');
    await view.sees('Nothing matches');
    await view.keep('audit-empty');
  }, 60_000);
});

describe('every page of the console', () => {
  let house: Institute;
  let places: readonly Place[];
  /** What is read on its own on a page that is there already. */
  let parts: readonly Place[];

  beforeAll(async () => {
    house = await lab.world.institute({ name: 'Optics', seats: 5 });
    const { root } = lab.world;
    const role = { name: 'exams:editor', description: 'Edits papers', permissions: ['papers:*'] };
    await Promise.all([lab.world.enter(house.member), root.must(201, 'POST', '/admin/api/roles', role)]);
    places = [
      { name: 'overview', path: '/admin/', shows: 'Seats per licence' },
      { name: 'sessions', path: '/admin/sessions', shows: house.member.email },
      { name: 'licences', path: '/admin/licences', shows: 'Optics' },
      { name: 'licence', path: `/admin/licences/${house.licenceId}`, shows: 'Change seats' },
      { name: 'report', path: `/admin/licences/${house.licenceId}/report`, shows: 'Recommended seats' },
      { name: 'owners', path: '/admin/owners', shows: 'Affiliation' },
      { name: 'owner', path: `/admin/owners/${house.ownerId}`, shows: 'Who manages them' },
      { name: 'people', path: '/admin/people', shows: house.outsider.email },
      { name: 'person', path: `/admin/people/${house.member.id}`, shows: 'Ways to sign in' },
      { name: 'audit', path: '/admin/audit', shows: /created the account/ },
      { name: 'roles', path: '/admin/roles', shows: 'exams:editor' },
      { name: 'role', path: '/admin/roles/exams%3Aeditor', shows: 'Edits papers' },
      { name: 'settings', path: '/admin/settings', shows: 'SESSION_SECRETS' },
    ];
    const licence = `/admin/licences/${house.licenceId}?tab=`;
    const person = `/admin/people/${house.member.id}?tab=`;
    parts = [
      { name: 'licence-seats', path: `${licence}seats`, shows: house.member.email },
      { name: 'licence-usage', path: `${licence}usage`, shows: 'most seats in use' },
      { name: 'licence-members', path: `${licence}members`, shows: house.member.email },
      { name: 'licence-invitations', path: `${licence}invitations`, shows: 'Nobody was invited' },
      { name: 'licence-refusals', path: `${licence}refusals`, shows: 'Nobody was refused' },
      { name: 'licence-managers', path: `${licence}managers`, shows: house.chief.email },
      { name: 'person-overview', path: `${person}overview`, shows: 'Optics' },
      { name: 'person-access', path: `${person}access`, shows: 'No second factor' },
      { name: 'person-sign-ins', path: `${person}sign-ins`, shows: 'Signed in' },
      { name: 'person-tokens', path: `${person}tokens`, shows: 'No tokens' },
      { name: 'role-holders', path: '/admin/roles/exams%3Aeditor', shows: 'Nobody has it' },
    ];
  });

  /** Opens the console anew and visits all of them, each desk its share. */
  async function walk(
    all: readonly Place[],
    visit: (view: LabPage, place: Place) => Promise<void>,
    before?: () => Promise<void>,
  ) {
    await Promise.all(desks.map(openConsole));
    await before?.();
    const visitShare = async (view: LabPage, desk: number) => {
      for (const place of all.filter((_, at) => at % desks.length === desk)) await visit(view, place);
    };
    await Promise.all(desks.map(visitShare));
  }

  /** Has what is asked for fail, looks at what is said, and tries again. */
  async function failOnce(view: LabPage, { name, path, shows }: Place, asked: RegExp) {
    await view.page.route(asked, (route) => route.fulfill(problemAnswer('internal', 500)));
    await goTo(view, path);
    await view.isTold('Something went wrong here.');
    if (places.some((place) => place.name === name)) await view.keep(`${name}-failed`);
    expect([name, await view.page.getByRole('main').getByText(shows).count()]).toEqual([name, 0]);
    await view.page.unroute(asked);
    await view.button('Try again').first().click();
    await view.sees(shows);
  }

  it('says that the store is away, and shows all by itself when it is back', async () => {
    const away = 'The server cannot answer just now';
    const last = new Map<LabPage, Place>();
    const visit = async (view: LabPage, place: Place) => {
      const refused = view.page.waitForResponse((answer) => answer.status() === 503 && dataOfPages.test(answer.url()));
      await goTo(view, place.path);
      await refused;
      await view.sees(away);
      await (place.name === 'overview'
        ? view.looksRight('overview-store-down')
        : view.keep(`${place.name}-store-down`));
      last.set(view, place);
    };
    const [first] = desks;
    assert.ok(first);
    const late = await lab.tab(first);
    try {
      await walk(places, visit, () => lab.storeDown());
      await late.open('/admin/');
      await late.sees(away);
      await late.keep('console-store-down');
    } finally {
      await lab.storeBack();
    }
    for (const [view, { shows }] of last) await view.sees(shows);
    await late.sees('Seats per licence');
    await late.close();
  }, 60_000);

  it('shows on a slow network that it is on its way', async () => {
    const visit = async (view: LabPage, { name, path, shows }: Place) => {
      await goSlowlyTo(view, path);
      await view.keep(`${name}-slow`);
      await view.sees(shows);
    };
    await walk(places, visit, async () => {
      for (const view of desks) await view.slow(500);
    });
    for (const view of desks) await view.slow(0);
  }, 60_000);

  it('says what failed, and shows all when it is tried again', async () => {
    await walk(places, (view, place) => failOnce(view, place, dataOfPages));
  }, 60_000);

  it('says so also of a part of it that failed, rather than that there is nothing', async () => {
    await walk(parts, (view, part) => failOnce(view, part, dataOfParts));
  }, 60_000);

  it('tells those whose page it is not, and shows them nothing of it', async () => {
    const other = await lab.world.institute({ name: 'Acoustics' });
    const [manager, user] = await Promise.all([other.chief, other.member].map((who) => lab.page({ signedInAs: who })));
    assert.ok(manager && user);
    await Promise.all([manager, user].map(openConsole));
    for (const { name, path, shows } of places) {
      const isTheirs = ['overview', 'sessions', 'licences', 'owners'].includes(name);
      const view = isTheirs ? user : manager;
      await goTo(view, path);
      if (isTheirs) await view.sees('This account has no part in the console.');
      else if (['licence', 'report', 'owner'].includes(name)) await view.isTold('Not found');
      else await view.sees('This account may not see this page.');
      // The others look like one of these.
      if (['overview', 'licence', 'report', 'owner', 'audit'].includes(name)) await view.keep(`${name}-refused`);
      expect([name, await view.page.getByText(shows).count()]).toEqual([name, 0]);
    }
    await manager.close();
    await user.close();
  }, 60_000);
});
