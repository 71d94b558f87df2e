import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audience, client, otherAudience } from '../support/audience.js';
import type { Guest } from '../support/guest.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account, Institute } from '../support/world.js';

interface Application {
  readonly name: string;
  readonly secret: string;
}

const form = 'application/x-www-form-urlencoded';
const basic = ({ name, secret }: Application) =>
  `Basic ${Buffer.from(`${encodeURIComponent(name)}:${encodeURIComponent(secret)}`).toString('base64')}`;

let server: WholeServer;
let institute: Institute;
let member: Guest;
let staff: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  institute = await server.world.institute();
  member = await server.world.enter(institute.member);
  staff = await server.world.staff('staff');
}, 60_000);

afterAll(() => server?.stop());

/** A new token for the application that asks in these tests. */
const tokenOf = async (guest: Guest, over: object = {}): Promise<string> =>
  (await guest.must(200, 'POST', '/auth/token', { audience: audience.name, ...over })).token;
/** Asks as an application: without a browser, without a session. */
const ask = (path: string, token: string, as: Application = audience) =>
  server.client.ask('POST', `/auth/token/${path}`, {
    headers: { authorization: basic(as), 'content-type': form },
    body: new URLSearchParams({ token }).toString(),
  });
const isActive = async (token: string): Promise<boolean> => {
  const { status, json } = await ask('introspect', token);
  expect(status).toBe(200);
  if (!json.active) expect(json).toEqual({ active: false });
  return json.active;
};
const problem = ({ status, json }: Answered) => [status, json?.type];

describe('POST /auth/token/introspect', () => {
  it('tells the application what its token says, as a form or as JSON, with Basic or in the body (RFC 7662)', async () => {
    const token = await tokenOf(member);
    const first = await ask('introspect', token);
    expect(first.json).toMatchObject({
      active: true,
      token_type: 'Bearer',
      iss: 'http://127.0.0.1:3000',
      sub: institute.member.id,
      aud: audience.name,
      sid: member.view.session.ref,
      acr: 'aal1',
      roles: ['user'],
      licence: institute.licenceId,
    });
    expect(first.headers['cache-control']).toBe('no-store');
    const inForm = new URLSearchParams({ token, token_type_hint: 'access_token', ...client(audience) });
    const ways = [
      { headers: { 'content-type': form }, body: inForm.toString() },
      { headers: { 'content-type': `${form}; charset=UTF-8` }, body: inForm.toString() },
      { body: { token, ...client(audience) } },
      { headers: { authorization: basic(audience) }, body: { token } },
    ];
    for (const way of ways) {
      const { status, json } = await server.client.ask('POST', '/auth/token/introspect', way);
      expect([status, json]).toEqual([200, first.json]);
    }
  });

  it('refuses whoever has not the secret of an application, in the words of RFC 6749', async () => {
    const token = await tokenOf(member);
    const answers = [
      await server.client.ask('POST', '/auth/token/introspect', { body: { token } }),
      await member.ask('POST', '/auth/token/introspect', { body: { token } }),
      await ask('introspect', token, { ...audience, secret: otherAudience.secret }),
      await ask('introspect', token, { ...audience, name: 'nobody' }),
      await server.client.ask('POST', '/auth/token/introspect', {
        headers: { authorization: `Bearer ${token}` },
        body: { token },
      }),
    ];
    for (const answer of answers) {
      expect(problem(answer)).toEqual([401, '/problems/invalid-client']);
      expect([answer.json.error, answer.headers['www-authenticate']]).toEqual([
        'invalid_client',
        'Basic realm="tokens"',
      ]);
      expect(answer.text).not.toContain(token);
    }
  });

  it('refuses what is no form and no JSON, two secrets at once, doubled fields, and other sites, also in the words of OAuth', async () => {
    const token = await tokenOf(member);
    const text = new URLSearchParams({ token, ...client(audience) }).toString();
    const post = (body: unknown, headers: Record<string, string> = {}) =>
      server.client.ask('POST', '/auth/token/introspect', { body, headers });
    const invalid = [400, '/problems/invalid-request'];
    const both = { token, ...client(audience) };
    const refused = [
      await post(text, { 'content-type': 'text/plain' }),
      await post('{', { 'content-type': 'application/json' }),
      await post(`${text}&token=${token}`, { 'content-type': form }),
      await post(text.replace(/token=[^&]*/, ''), { 'content-type': form }),
      await post(both, { authorization: basic(audience) }),
    ];
    for (const answer of refused) {
      expect(problem(answer)).toEqual(invalid);
      expect([answer.json.error, answer.json.errors.length]).toEqual(['invalid_request', 1]);
    }
    const elsewhere = { 'content-type': form, origin: 'https://elsewhere.example' };
    expect(problem(await post(text, elsewhere))).toEqual([403, '/problems/cross-site-request']);
    // Every other route takes JSON and nothing else.
    const login = { 'content-type': form };
    expect(
      problem(await server.client.ask('POST', '/auth/login', { body: 'identifier=a&password=b', headers: login })),
    ).toEqual(invalid);
  });

  it('ignores fields of a form that it does not know (RFC 6749 section 3.2), also when a token is ended', async () => {
    const token = await tokenOf(await server.world.enter(institute.member));
    const text = new URLSearchParams({ token, ...client(audience), scope: 'all', resource: 'x' }).toString();
    const post = (path: string, body: string) =>
      server.client.ask('POST', `/auth/token/${path}`, { body, headers: { 'content-type': form } });
    expect((await post('introspect', `${text}&scope=twice`)).json.active).toBe(true);
    expect((await post('revoke', text)).status).toBe(200);
    expect(await isActive(token)).toBe(false);
  });

  it('refuses a client_id that is not the application of the Authorization header', async () => {
    const token = await tokenOf(member);
    const post = (clientId: string, as: Application = audience) =>
      server.client.ask('POST', '/auth/token/introspect', {
        headers: { authorization: basic(as), 'content-type': form },
        body: new URLSearchParams({ token, client_id: clientId }).toString(),
      });
    expect((await post(audience.name)).json.active).toBe(true);
    for (const other of [otherAudience.name, 'nobody']) {
      const { status, json } = await post(other);
      expect([status, json.error, json.errors[0].pointer]).toEqual([400, 'invalid_request', '/client_id']);
    }
    expect(problem(await post(otherAudience.name, { ...audience, secret: 'wrong' }))).toEqual([
      401,
      '/problems/invalid-client',
    ]);
  });

  it('tells an application of its own tokens only, and not why another is no good', async () => {
    const token = await tokenOf(member);
    expect((await ask('introspect', token, otherAudience)).json).toEqual({ active: false });
    for (const text of ['x', 'a.b.c', token.slice(0, -1), 'A'.repeat(8000)]) expect(await isActive(text)).toBe(false);
    expect(await isActive(token)).toBe(true);
  });
});

describe('a token whose session has ended is inactive on the next call', () => {
  const endings: [how: string, end: (guest: Guest, account: Account, licenceId: string) => Promise<unknown>][] = [
    ['by sign-out', (guest) => guest.must(204, 'POST', '/auth/logout', {})],
    [
      'by its owner, elsewhere',
      async (guest, account) => {
        const other = await server.world.enter(account);
        return other.must(204, 'DELETE', `/auth/sessions/${guest.view.session.ref}`);
      },
    ],
    ['by staff', (guest) => staff.must(200, 'DELETE', `/admin/api/sessions/${guest.view.session.ref}`)],
    ['with its account, disabled', (_, { id }) => staff.must(200, 'POST', `/admin/api/users/${id}/disable`)],
    ['with its account, deleted', (_, { id }) => staff.must(204, 'DELETE', `/admin/api/users/${id}`)],
    ['with its licence, suspended', (_, __, id) => staff.must(200, 'POST', `/admin/api/licences/${id}/suspend`)],
    [
      'with its licence, over',
      (_, __, id) => staff.must(200, 'PATCH', `/admin/api/licences/${id}`, { validTo: '2020-01-01T00:00:00Z' }),
    ],
    [
      'with its membership',
      (_, account, id) => staff.must(204, 'DELETE', `/admin/api/licences/${id}/members/${account.id}`),
    ],
  ];
  it.each(endings)('%s', async (_how, end) => {
    const { member: account, licenceId } = await server.world.institute();
    const guest = await server.world.enter(account);
    const [token, once] = [await tokenOf(guest), await tokenOf(guest, { once: true })];
    expect(await isActive(token)).toBe(true);
    await end(guest, account, licenceId);
    expect(await isActive(token)).toBe(false);
    expect(await isActive(once)).toBe(false);
  });

  it('by another client, that presents its cookie', async () => {
    const guest = await server.world.enter((await server.world.institute()).member);
    const token = await tokenOf(guest);
    expect((await guest.with({ 'user-agent': 'curl/8.0' }).ask('GET', '/auth/session')).status).toBe(403);
    expect(await isActive(token)).toBe(false);
  });

  it('by being idle, though nobody has noticed', async () => {
    const short = await WholeServer.start({ SESSION_IDLE_SECONDS: '2' });
    try {
      const guest = await short.world.enter((await short.world.institute()).member);
      const [token, wait] = [await tokenOf(guest), Date.parse(guest.view.session.expiresAt) - Date.now()];
      await new Promise((resolve) => setTimeout(resolve, wait + 300));
      const body = { token, ...client(audience) };
      expect((await short.client.ask('POST', '/auth/token/introspect', { body })).json).toEqual({ active: false });
    } finally {
      await short.stop();
    }
  }, 60_000);

  it('and stays active while only other sessions of its person end', async () => {
    const { member: account } = await server.world.institute();
    const guest = await server.world.enter(account);
    const other = await server.world.enter(account);
    const token = await tokenOf(guest);
    await other.must(204, 'POST', '/auth/logout', {});
    expect(await isActive(token)).toBe(true);
  });

  it('and asking about tokens keeps no session alive', async () => {
    const guest = await server.world.enter((await server.world.institute()).member);
    const token = await tokenOf(guest);
    const listed = async () => {
      const { items } = await staff.must(200, 'GET', `/admin/api/sessions?userId=${guest.view.user.id}`);
      return [items[0].lastSeenAt, items[0].expiresAt];
    };
    const before = await listed();
    expect(await isActive(token)).toBe(true);
    expect(await listed()).toEqual(before);
  });
});

describe('a token that is good for one call', () => {
  it('is told to be active once, of fifty callers at once (no replay)', async () => {
    const token = await tokenOf(member, { once: true });
    const answers = await Promise.all(Array.from({ length: 50 }, () => isActive(token)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await isActive(token)).toBe(false);
  });

  it('says so itself, and its record tells when it was used', async () => {
    const { token, jti } = await member.must(200, 'POST', '/auth/token', { audience: audience.name, once: true });
    expect((await ask('introspect', token)).json).toMatchObject({ active: true, once: true, jti });
    const { items } = await staff.must(200, 'GET', `/admin/api/tokens?userId=${institute.member.id}`);
    expect(items.find((item: { jti: string }) => item.jti === jti)).toMatchObject({ usedAt: expect.any(String) });
  });

  it('is not used up by another application that shows it, nor by its owner who looks', async () => {
    const token = await tokenOf(member, { once: true });
    expect((await ask('introspect', token, otherAudience)).json).toEqual({ active: false });
    expect((await member.must(200, 'POST', '/auth/token/verify', { token })).active).toBe(true);
    expect(await isActive(token)).toBe(true);
    expect((await member.must(200, 'POST', '/auth/token/verify', { token })).active).toBe(false);
  });
});

describe('POST /auth/token/verify', () => {
  it("tells of one's own tokens, for every application, and of nobody else's", async () => {
    const mine = [await tokenOf(member), await tokenOf(member, { audience: otherAudience.name })];
    for (const token of mine) {
      const said = await member.must(200, 'POST', '/auth/token/verify', { token });
      expect(said).toMatchObject({ active: true, sub: institute.member.id, sid: member.view.session.ref });
      expect(await staff.must(200, 'POST', '/auth/token/verify', { token })).toEqual({ active: false });
    }
    expect(await member.must(200, 'POST', '/auth/token/verify', { token: 'x' })).toEqual({ active: false });
  });
});

describe('POST /auth/token/revoke', () => {
  it('ends a token of the application that asks, with 200 whatever was shown, and audits it (RFC 7009)', async () => {
    const [token, kept] = [await tokenOf(member), await tokenOf(member)];
    for (const shown of [token, token, 'x', 'a.b.c']) {
      const answer = await ask('revoke', shown);
      expect([answer.status, answer.json]).toEqual([200, {}]);
    }
    expect([await isActive(token), await isActive(kept)]).toEqual([false, true]);
    const { ref } = member.view.session;
    const path = `/admin/api/audit?action=token.revoked&targetType=session&targetId=${ref}`;
    const { items } = await staff.must(200, 'GET', path);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ actor: { kind: 'anonymous' }, detail: { audience: audience.name } });
  });

  it('leaves the tokens of other applications alone, and refuses who is none', async () => {
    const token = await tokenOf(member);
    expect((await ask('revoke', token, otherAudience)).status).toBe(200);
    expect(problem(await ask('revoke', token, { ...audience, secret: 'x' }))).toEqual([
      401,
      '/problems/invalid-client',
    ]);
    expect(await isActive(token)).toBe(true);
  });
});

describe('DELETE /admin/api/tokens/:jti', () => {
  it('ends a token at once, says whether there was one, and audits who did it', async () => {
    const guest = await server.world.enter((await server.world.institute()).member);
    const { token, jti } = await guest.must(200, 'POST', '/auth/token', { audience: audience.name });
    expect((await guest.ask('DELETE', `/admin/api/tokens/${jti}`)).json.type).toBe('/problems/forbidden');
    expect(await isActive(token)).toBe(true);
    expect(await staff.must(200, 'DELETE', `/admin/api/tokens/${jti}`)).toEqual({ revoked: 1 });
    expect(await isActive(token)).toBe(false);
    expect(await staff.must(200, 'DELETE', `/admin/api/tokens/${jti}`)).toEqual({ revoked: 0 });
    const path = `/admin/api/audit?action=token.revoked&targetId=${guest.view.session.ref}`;
    const { items } = await staff.must(200, 'GET', path);
    expect(items).toEqual([expect.objectContaining({ actor: expect.objectContaining({ kind: 'person' }) })]);
    // The session was not meant.
    expect((await guest.ask('GET', '/auth/session')).status).toBe(200);
  });
});
