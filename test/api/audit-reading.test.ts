import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditActions } from '../../src/audit/audit-log.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let server: WholeServer;
let licence: { id: string; owner: { id: string } };
let ben: Account;

beforeAll(async () => {
  server = await WholeServer.start();
  const { world } = server;
  licence = await world.licence({ name: 'Optics' });
  ben = await world.account();
  await world.root.must(200, 'PATCH', `/admin/api/users/${ben.id}`, { name: 'Ben, "the" Okafor' });
  await world.join(licence.id, ben);
  const other = await world.owner();
  await world.root.must(200, 'PATCH', `/admin/api/licences/${licence.id}`, { ownerId: other });
}, 60_000);

afterAll(() => server?.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
const read = async (query: string): Promise<any> => server.world.root.must(200, 'GET', `/admin/api/audit?${query}`);

describe('the audit log', () => {
  it('tells what everybody in a line is called now', async () => {
    const { items } = await read('action=member.added');
    expect(items[0]).toMatchObject({
      actor: { kind: 'person', email: 'root@example.org', name: 'root@example.org' },
      target: { type: 'licence', id: licence.id, name: 'Optics' },
      names: { [ben.id]: 'Ben, "the" Okafor' },
    });
    const [updated] = (await read(`action=licence.updated&targetId=${licence.id}`)).items;
    expect(Object.values(updated.names)).toEqual(['Institute', 'Institute']);
  });

  it('names nobody who is gone', async () => {
    const gone = await server.world.account();
    await server.world.root.must(204, 'DELETE', `/admin/api/users/${gone.id}`);
    const [line] = (await read(`action=user.deleted&targetId=${gone.id}`)).items;
    expect(line).toMatchObject({ target: { id: gone.id, name: null }, names: {}, detail: { email: gone.email } });
  });

  it.each([
    ['somebody it was done to', 'okafor', ['member.added', 'user.created', 'user.updated']],
    ['a licence', 'OPTI', ['licence.created', 'licence.updated', 'member.added']],
    ['a wildcard that is none', '%', []],
  ])('finds the lines about %s', async (_what, q, actions) => {
    const { items, total } = await read(`q=${encodeURIComponent(q)}`);
    expect(new Set(items.map(({ action }: { action: string }) => action))).toEqual(new Set(actions));
    expect(total).toBe(items.length);
  });

  it('finds somebody who did it, and goes on page after page', async () => {
    const first = await read('q=root%40example&limit=2');
    expect(first.total).toBeGreaterThan(4);
    const second = await read(`q=root%40example&limit=2&cursor=${first.nextCursor}`);
    expect(Number(second.items[0].id)).toBeLessThan(Number(first.items[1].id));
    expect(second.total).toBe(first.total);
  });

  it('is exported as CSV, all that match, in a form that spreadsheets do not run (ASVS 1.2.10)', async () => {
    const answer = await server.world.root.ask('GET', '/admin/api/audit?q=okafor&format=csv');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    const [names, ...lines] = answer.text.trimEnd().split('\r\n');
    expect(names).toBe('at,action,actorKind,actorId,actor,targetType,targetId,target,detail,ip,requestId');
    expect(lines).toHaveLength((await read('q=okafor')).total);
    expect(lines.find((line) => line.includes('user.created'))).toContain('"Ben, ""the"" Okafor"');
  });

  it('says everything that is audited', async () => {
    expect((await server.world.root.must(200, 'GET', '/admin/api/audit/actions')).items).toEqual([...auditActions]);
  });
});
