import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { auditRoutes } from '../../src/audit/routes.js';
import { newId } from '../../src/kernel/ids.js';
import { DomainLab } from '../support/domain-lab.js';

let lab: DomainLab;

beforeAll(async () => {
  lab = await DomainLab.open();
});

afterAll(() => lab.stop());

const path = '/admin/api/owners';

describe('owners', () => {
  it('are made with what the registration asks for, shown, changed and listed', async () => {
    const body = {
      name: 'Ada',
      surname: 'Lovelace',
      email: 'ada@example.org',
      comments: 'two\nlines',
      affiliation: 'Analytical Engines',
      extra: { 'VAT id': 'GB1', room: '12' },
    };
    const made = await lab.ask('POST', path, body);
    expect(made).toMatchObject({ status: 201, json: { ...body, version: 1 } });
    const { id } = made.json;
    expect((await lab.ask('GET', `${path}/${id}`)).json).toEqual(made.json);
    const changed = await lab.ask('PATCH', `${path}/${id}`, { comments: null, version: 1 });
    expect(changed.json).toMatchObject({ comments: null, name: 'Ada', version: 2 });
    expect((await lab.ask('PATCH', `${path}/${id}`, { name: 'B', version: 1 })).status).toBe(409);
    expect((await lab.ask('GET', `${path}?q=ANALYTICAL`)).json).toMatchObject({ total: 1, items: [{ id }] });
    expect((await lab.audited(id)).map((line) => line.action)).toEqual(['owner.created', 'owner.updated']);
  });

  it('are refused when they are no owners', async () => {
    for (const body of [
      {},
      { name: '' },
      { name: 'A', extra: { a: 1 } },
      { name: 'A', extra: [] },
      { name: 'A', id: newId() },
      [],
    ]) {
      expect((await lab.ask('POST', path, body)).status).toBe(400);
    }
    expect((await lab.ask('GET', `${path}/${newId()}`)).status).toBe(404);
    expect((await lab.ask('GET', path, undefined, 'user')).status).toBe(403);
  });

  it('are removed, but not while they hold licences', async () => {
    const { id } = (await lab.ask('POST', path, { name: 'Holder' })).json;
    const licence = (await lab.ask('POST', '/admin/api/licences', { ownerId: id, name: 'L', seats: 1 })).json;
    expect((await lab.ask('DELETE', `${path}/${id}`)).json).toMatchObject({
      status: 400,
      errors: [{ pointer: 'path:id' }],
    });
    await lab.ask('DELETE', `/admin/api/licences/${licence.id}`);
    expect((await lab.ask('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await lab.ask('DELETE', `${path}/${id}`)).status).toBe(404);
  });
});

describe('the audit log', () => {
  it('says who did what to what, by which request and from where, newest first (ASVS 16.2.1)', async () => {
    const answer = await lab.ask('POST', path, { name: 'Audited' });
    const { items, total } = (await lab.ask('GET', `/admin/api/audit?targetId=${answer.json.id}`)).json;
    const admin = await lab.staff('admin');
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({
      action: 'owner.created',
      actor: { kind: 'person', id: admin.userId, email: 'admin@example.org' },
      target: { type: 'owner', id: answer.json.id },
      requestId: answer.headers['x-request-id'],
      ip: '127.0.0.1',
    });
  });

  it('filters, and pages without repeating or losing a line', async () => {
    for (let i = 0; i < 5; i += 1) await lab.ask('POST', path, { name: `Paged ${i}` });
    const all: string[] = [];
    let cursor = '';
    let total = 0;
    do {
      const page = (await lab.ask('GET', `/admin/api/audit?action=owner.created&limit=2${cursor}`)).json;
      all.push(...page.items.map((item: { id: string }) => item.id));
      total = page.total;
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(all).toHaveLength(total);
    expect(all).toEqual([...all].sort((a, b) => Number(b) - Number(a)));
    const future = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect((await lab.ask('GET', `/admin/api/audit?from=${future}`)).json.total).toBe(0);
    expect((await lab.ask('GET', '/admin/api/audit?action=owner.eaten')).status).toBe(400);
    expect((await lab.ask('GET', '/admin/api/audit', undefined, 'user')).status).toBe(403);
  });

  it('cannot be changed or shortened, not even by the server itself (ASVS 16.4.2)', async () => {
    for (const statement of ["UPDATE audit SET action = 'x'", 'DELETE FROM audit', 'TRUNCATE audit']) {
      await expect(lab.dataSource.query(statement)).rejects.toThrow('append-only');
    }
  });

  it('keeps no line of a change that failed', async () => {
    const before = (await lab.ask('GET', '/admin/api/audit')).json.total;
    await lab.ask('POST', '/admin/api/licences', { ownerId: newId(), name: 'L', seats: 1 });
    expect((await lab.ask('GET', '/admin/api/audit')).json.total).toBe(before);
  });
});

it('exports no more of the audit log than it may, and says so in a header and a last line', async () => {
  await lab.dataSource.transaction((tx) =>
    lab.audit.record(
      tx,
      bySystem,
      ...['a', 'b', 'c'].map((id) => ({ action: 'role.created' as const, target: { type: 'role' as const, id } })),
    ),
  );
  const query = { limit: 50, action: 'role.created', format: 'csv' };
  const exported = (atMost: number) =>
    auditRoutes(lab.audit, atMost)[0]?.handle({ query, caller: { header: () => '' } });
  const linesOf = (body: unknown) => String(body).trimEnd().split('\r\n').slice(1);
  const whole = await exported(3);
  expect(linesOf(whole?.body)).toHaveLength(3);
  expect(whole?.headers).not.toHaveProperty('X-Truncated');
  const cut = await exported(2);
  expect(cut?.headers).toMatchObject({ 'X-Truncated': 'true' });
  expect(linesOf(cut?.body)).toEqual([
    ...linesOf(whole?.body).slice(0, 2),
    'Only the newest 2 lines are here: narrow the filter for the others,,,,,,,,,,',
  ]);
});
