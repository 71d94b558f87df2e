import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { newId } from '../../src/kernel/ids.js';
import { DomainLab } from '../support/domain-lab.js';

let lab: DomainLab;
let n = 0;

beforeAll(async () => {
  lab = await DomainLab.open();
});

afterAll(() => lab.stop());

const path = '/admin/api/users';
const address = () => `user${n++}@example.org`;
const make = async (over: object = {}) => (await lab.ask('POST', path, { email: address(), ...over })).json;

async function reasonAfter(visit: Awaited<ReturnType<typeof lab.signIns.visit>>) {
  const checked = await lab.signIns.check.check({
    authorization: undefined,
    cookie: `sid=${encodeURIComponent(visit.cookies['sid'] ?? '')}`,
    userAgent: lab.signIns.caller().userAgent,
    background: false,
  });
  return checked.kind === 'ended' ? checked.reason : checked.kind;
}

describe('POST /admin/api/users', () => {
  it('makes a verified account that can sign in, and never shows a password (ASVS 14.2.6)', async () => {
    const email = 'Zoe.Example@Example.org';
    const body = { email, username: 'zoë', name: 'Zoë', password: 'correct horse 🐎' };
    const answer = await lab.ask('POST', path, body);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.any(String),
      email,
      username: 'zoë',
      name: 'Zoë',
      roles: ['user'],
      verified: true,
      disabled: false,
      disabledAt: null,
      deletesAt: null,
      hasPassword: true,
      createdOn: expect.any(String),
      lastLicenceUpdate: null,
      updatedAt: expect.any(String),
      version: 1,
    });
    const licence = await lab.licence();
    await lab.members.add(licence, answer.json.id, bySystem);
    await lab.signIns.visit({ email: 'ZOË' }, { password: 'correct horse 🐎' });
    const [line] = await lab.audited(answer.json.id);
    expect(line).toMatchObject({ action: 'user.created', actorEmail: 'admin@example.org' });
    expect(JSON.stringify(line)).not.toContain('horse');
  });

  it('leaves an account unverified when it is told so, and without password when none is given', async () => {
    expect(await make({ verified: false })).toMatchObject({ verified: false, hasPassword: false });
  });

  it('refuses an address or user name that is taken, however it is written', async () => {
    const email = address();
    await make({ email, username: 'Taken.Name' });
    const again = await lab.ask('POST', path, { email: ` ${email.toUpperCase()} ` });
    expect(again.json).toMatchObject({ status: 409, type: '/problems/already-exists', pointer: '/email' });
    const named = await lab.ask('POST', path, { email: address(), username: 'ｔaken.name' });
    expect(named.json).toMatchObject({ status: 409, pointer: '/username' });
  });

  it('refuses what is no account', async () => {
    for (const over of [
      { email: 'nobody' },
      { email: ['a@b.de'] },
      { username: 'a@b.de' },
      { username: '' },
      { password: 'short' },
      { password: 'x'.repeat(1025) },
      { roles: ['king'] },
      { roles: 'user' },
      { passwordHash: 'x' },
      { name: 'a\nb' },
      { epoch: 9 },
    ]) {
      const answer = await lab.ask('POST', path, { email: address(), ...over });
      expect([JSON.stringify(over).slice(0, 40), answer.status]).toEqual([JSON.stringify(over).slice(0, 40), 400]);
    }
  });

  it('lets staff make users, and only administrators make staff', async () => {
    expect((await lab.ask('POST', path, { email: address() }, null)).status).toBe(401);
    expect((await lab.ask('POST', path, { email: address() }, 'user')).status).toBe(403);
    expect((await lab.ask('POST', path, { email: address() }, 'staff')).status).toBe(201);
    const staff = { email: address(), roles: ['staff'] };
    expect((await lab.ask('POST', path, staff, 'staff')).json).toMatchObject({
      status: 403,
      permission: 'staff.write',
    });
    expect((await lab.ask('POST', path, staff)).status).toBe(201);
  });
});

describe('GET /admin/api/users', () => {
  it('filters by text, role, licence and state, and pages with an exact total', async () => {
    const licence = await lab.licence();
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push((await make({ name: `Findable ${i}` })).id);
    await lab.members.add(licence, ids[0] as never, bySystem);
    await lab.ask('POST', `${path}/${ids[1]}/disable`);
    const total = async (query: string) => (await lab.ask('GET', `${path}?${query}`)).json.total;
    expect(await total('q=findable')).toBe(3);
    expect(await total('q=findable&disabled=true')).toBe(1);
    expect(await total('q=findable&disabled=false')).toBe(2);
    expect(await total(`licenceId=${licence}`)).toBe(1);
    expect(await total('q=findable&role=staff')).toBe(0);
    const first = (await lab.ask('GET', `${path}?q=findable&limit=2`)).json;
    const rest = (await lab.ask('GET', `${path}?q=findable&limit=2&cursor=${first.nextCursor}`)).json;
    const seen = [...first.items, ...rest.items].map((item: { id: string }) => item.id);
    expect(seen).toEqual([...ids].reverse());
    expect(rest.nextCursor).toBeNull();
  });

  it('sorts by address, name and age, both ways, and pages without repeating or leaving out anybody', async () => {
    const names = ['Ärmel', null, 'Zoë', 'anna', null, 'Zoë'];
    for (const name of names) await make({ name, email: `sorted-${address()}` });
    for (const [sort, order] of ['createdOn', 'email', 'name'].flatMap((by) => [
      [by, 'asc'],
      [by, 'desc'],
    ])) {
      const query = `q=sorted&sort=${sort}&order=${order}`;
      const whole = (await lab.ask('GET', `${path}?${query}`)).json.items;
      expect(whole).toHaveLength(names.length);
      const paged = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { json } = await lab.ask('GET', `${path}?${query}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        expect(json.total).toBe(names.length);
        paged.push(...json.items);
        cursor = json.nextCursor;
      }
      expect(paged).toEqual(whole);
      const back = await lab.ask('GET', `${path}?q=sorted&sort=${sort}&order=${order === 'asc' ? 'desc' : 'asc'}`);
      expect(back.json.items.reverse()).toEqual(whole);
    }
    const byEmail = (await lab.ask('GET', `${path}?q=sorted&sort=email&order=asc`)).json.items;
    const emails = byEmail.map(({ email }: { email: string }) => email);
    expect(emails).toEqual([...emails].sort());
  });

  it('filters by what staff look for: confirmed, with a password, made when', async () => {
    const [plain, bare] = [
      await make({ name: 'Filtered', password: 'correct horse 🐎' }),
      await make({ name: 'Filtered', verified: false }),
    ];
    const ids = async (query: string) =>
      (await lab.ask('GET', `${path}?q=filtered&${query}`)).json.items.map(({ id }: { id: string }) => id);
    expect(await ids('verified=false')).toEqual([bare.id]);
    expect(await ids('hasPassword=true')).toEqual([plain.id]);
    expect(await ids(`createdFrom=${bare.createdOn}`)).toEqual([bare.id]);
    expect(await ids(`createdTo=${bare.createdOn}`)).toEqual([plain.id]);
  });

  it('refuses an order there is not, and the cursor of another one', async () => {
    const { nextCursor } = (await lab.ask('GET', `${path}?limit=1&sort=name`)).json;
    for (const query of [
      'sort=passwordHash',
      'order=up',
      'verified=maybe',
      `sort=email&cursor=${nextCursor}`,
      `sort=name&order=asc&cursor=${nextCursor}`,
    ]) {
      expect([query, (await lab.ask('GET', `${path}?${query}`)).status]).toEqual([query, 400]);
    }
  });
});

describe('PATCH /admin/api/users/{id}', () => {
  it('brings a new name and a new role to live sessions without ending them', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const visit = await lab.signIns.visit(anna);
    const answer = await lab.ask('PATCH', `${path}/${anna.id}`, { name: 'Anna B.', roles: ['user', 'staff'] });
    expect(answer).toMatchObject({ status: 200, json: { name: 'Anna B.', roles: ['user', 'staff'], version: 2 } });
    expect(await reasonAfter(visit)).toBe('live');
    const { items } = await lab.store.list(licence, {}, 10, null);
    expect(JSON.parse(items[0]?.snapshot.person ?? '{}')).toMatchObject({ name: 'Anna B.', roles: ['user', 'staff'] });
  });

  it('ends sessions when staff rights are lost', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence], ['staff']);
    const visit = await lab.signIns.visit(anna, { licenceId: licence });
    await lab.ask('PATCH', `${path}/${anna.id}`, { roles: ['user'] });
    expect(await reasonAfter(visit)).toBe('role-changed');
  });

  it('sets no password, and says what does: the old one stays right', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const answer = await lab.ask('PATCH', `${path}/${anna.id}`, { password: 'another password' });
    expect(answer.json.errors).toEqual([{ pointer: '/password', rule: expect.stringContaining('/reset') }]);
    await lab.signIns.visit(anna);
  });

  it('tells the sessions of a new address, and ends what was issued to the one before', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const visit = await lab.signIns.visit(anna);
    const email = address();
    expect((await lab.ask('PATCH', `${path}/${anna.id}`, { email })).json).toMatchObject({ email });
    expect(await reasonAfter(visit)).toBe('live');
    const actions = (await lab.audited(anna.id)).map(({ action, detail }) => [action, detail]);
    expect(actions.at(-1)).toEqual(['user.credentials-changed', { kind: 'address-changed' }]);
  });

  it('refuses a change made from an old version, of a staff account by staff, and a taken address', async () => {
    const { id } = await make();
    expect((await lab.ask('PATCH', `${path}/${id}`, { name: 'A', version: 7 })).json).toMatchObject({ status: 409 });
    const boss = await make({ roles: ['staff'] });
    expect((await lab.ask('PATCH', `${path}/${boss.id}`, { name: 'A' }, 'staff')).status).toBe(403);
    expect((await lab.ask('PATCH', `${path}/${id}`, { roles: ['staff'] }, 'staff')).status).toBe(403);
    expect((await lab.ask('PATCH', `${path}/${id}`, { email: boss.email })).json).toMatchObject({ pointer: '/email' });
    expect((await lab.ask('PATCH', `${path}/${newId()}`, { name: 'A' })).status).toBe(404);
    expect((await lab.ask('GET', `${path}/${id}`)).json).toMatchObject({ name: null, version: 1 });
  });
});

describe('disabling and deleting an account', () => {
  it('ends its sessions at once and keeps it out until it is enabled', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const visit = await lab.signIns.visit(anna);
    expect((await lab.ask('POST', `${path}/${anna.id}/disable`)).json).toMatchObject({ disabled: true });
    expect(await reasonAfter(visit)).toBe('account-disabled');
    await expect(lab.signIns.visit(anna)).rejects.toThrow('invalid-credentials');
    expect((await lab.ask('POST', `${path}/${anna.id}/disable`)).json.version).toBe(2);
    expect((await lab.ask('POST', `${path}/${anna.id}/enable`)).json).toMatchObject({
      disabled: false,
      disabledAt: null,
    });
    await lab.signIns.visit(anna);
  });

  it('frees its seats and its address when it is deleted', async () => {
    const licence = await lab.licence(1);
    const anna = await lab.user([licence]);
    await lab.signIns.visit(anna);
    expect((await lab.ask('DELETE', `${path}/${anna.id}`)).status).toBe(204);
    expect(await lab.seated(licence)).toBe(0);
    expect((await lab.ask('GET', `${path}/${anna.id}`)).status).toBe(404);
    expect((await lab.ask('POST', path, { email: anna.email })).status).toBe(201);
  });

  it.each(['disable', 'delete'] as const)('lets no sign-in in that is in flight during a %s: 0 of 25', async (verb) => {
    const licence = await lab.licence(50);
    for (let i = 0; i < 25; i += 1) {
      const anna = await lab.user([licence]);
      const [visit] = await Promise.allSettled([
        lab.signIns.visit(anna),
        verb === 'disable' ? lab.accounts.disable(anna.id, bySystem) : lab.accounts.remove(anna.id, bySystem),
      ]);
      expect(await lab.seated(licence)).toBe(0);
      if (visit.status === 'fulfilled') expect(await reasonAfter(visit.value)).toBe('account-disabled');
    }
  });

  it('answers 202 pending while Redis is away, and ends the sessions when it is back', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    await lab.signIns.visit(anna);
    lab.away = true;
    expect(await lab.ask('POST', `${path}/${anna.id}/disable`)).toMatchObject({
      status: 202,
      json: { disabled: true, pending: true },
    });
    expect((await lab.ask('DELETE', `${path}/${anna.id}`)).status).toBe(202);
    lab.outbox.start();
    lab.away = false;
    const end = performance.now() + 2000;
    while ((await lab.seated(licence)) > 0 && performance.now() < end) await new Promise((go) => setTimeout(go, 20));
    expect(await lab.seated(licence)).toBe(0);
    await lab.outbox.stop();
  });

  it('is refused for the own account and for the last administrator, however many try at once', async () => {
    await lab.dataSource.query("UPDATE users SET roles = '{user}' WHERE roles && '{admin}'");
    const [one, two] = [await make({ roles: ['admin'] }), await make({ roles: ['admin'] })];
    const self = await lab.web.visitor({ userId: one.id, permissions: ['user.write', 'staff.write'] });
    expect((await lab.ask('POST', `${path}/${one.id}/disable`, undefined, self)).status).toBe(400);
    expect((await lab.ask('DELETE', `${path}/${one.id}`, undefined, self)).status).toBe(400);
    const answers = await Promise.all([
      lab.ask('POST', `${path}/${one.id}/disable`),
      lab.ask('PATCH', `${path}/${two.id}`, { roles: ['user'] }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
    const admins = (await lab.ask('GET', `${path}?role=admin&disabled=false`)).json;
    expect(admins.total).toBe(1);
    expect((await lab.ask('DELETE', `${path}/${admins.items[0].id}`)).json.errors).toHaveLength(1);
  });

  it('is refused to staff when the account has staff rights', async () => {
    const boss = await make({ roles: ['staff'] });
    for (const [method, end] of [
      ['POST', '/disable'],
      ['POST', '/enable'],
      ['DELETE', ''],
    ] as const) {
      expect((await lab.ask(method, `${path}/${boss.id}${end}`, undefined, 'staff')).status).toBe(403);
    }
  });
});
