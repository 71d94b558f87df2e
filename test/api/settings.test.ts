import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { permissions } from '../../src/access/permissions.js';
import { settings } from '../../src/config/settings.js';
import { testSettings, WholeServer } from '../support/whole-server.js';

const secret = 'a-secret-that-nobody-may-read-anywhere-1';
let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start({ METRICS_TOKEN: secret, TOKEN_AUDIENCES: `exams=${secret}`, BRAND_NAME: 'Optics' });
}, 60_000);

afterAll(() => server?.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
const read = async (): Promise<any> => server.world.root.must(200, 'GET', '/admin/api/settings');

describe('the settings', () => {
  it('are told in full, with their words, to staff', async () => {
    const { items, version, node, startedAt } = await read();
    expect(items.map(({ name }: { name: string }) => name)).toEqual(Object.keys(settings));
    expect(items).toContainEqual({
      ...{ name: 'BRAND_NAME', value: 'Optics', secret: false, set: true, source: 'env' },
      ...{ default: 'Usher', doc: settings.BRAND_NAME.doc, example: settings.BRAND_NAME.example },
    });
    expect(items).toContainEqual(
      expect.objectContaining({ name: 'TRUST_PROXY', value: null, set: false, source: 'default' }),
    );
    expect({ version, node }).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
    });
    expect(Date.parse(startedAt)).toBeLessThanOrEqual(Date.now());
  });

  it('say of a secret only whether it is set (ASVS 13.4.2)', async () => {
    const { items } = await read();
    for (const { name, secret: isSecret, value } of items) {
      expect([name, isSecret]).toEqual([name, 'secret' in settings[name as keyof typeof settings]]);
      if (isSecret) expect([name, value]).toEqual([name, null]);
    }
    expect(items).toContainEqual(expect.objectContaining({ name: 'METRICS_TOKEN', set: true, source: 'env' }));
    expect(items).toContainEqual(expect.objectContaining({ name: 'ADMIN_PASSWORD', set: false, source: 'default' }));
    const told = JSON.stringify(items.map(({ value }: { value: string | null }) => value));
    for (const hidden of [secret, server.databaseUrl, server.stores.REDIS_URL, testSettings.PASSWORD_PEPPER]) {
      expect(told).not.toContain(hidden);
    }
  });

  it('are for staff alone', async () => {
    const { licenceId, member } = await server.world.institute();
    const seated = await server.world.enter(member, { licenceId });
    expect((await server.nobody.ask('GET', '/admin/api/settings')).status).toBe(401);
    expect((await seated.ask('GET', '/admin/api/settings')).status).toBe(403);
    expect((await (await server.world.staff('staff', 'bearer')).ask('GET', '/admin/api/settings')).status).toBe(200);
  });
});

describe('the permissions', () => {
  it('are told with what each allows and the roles that have it', async () => {
    const { items, roles } = await server.world.root.must(200, 'GET', '/admin/api/permissions');
    expect(items.map(({ name }: { name: string }) => name)).toEqual(Object.keys(permissions));
    expect(items).toContainEqual({ name: 'staff.write', allows: permissions['staff.write'], roles: ['admin'] });
    expect(roles).toContainEqual({ name: 'user', permissions: [] });
    expect(roles.map(({ name }: { name: string }) => name)).toEqual(['user', 'staff', 'admin']);
  });
});
