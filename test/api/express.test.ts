import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { fromProxy, fromToken, personOf } from 'usher/express';
import { projectFile } from '../../src/platform/project-file.js';
import { audience, otherAudience } from '../support/audience.js';
import type { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { testSettings, WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

const origin = testSettings.PUBLIC_URL;
const assertionType = 'auth-assertion+jwt';
let server: WholeServer;
let usher: string;
let keys: Server;
/** How often the keys were asked for. */
let fetches = 0;
let backend: Server;
let client: HttpClient;
let institute: Institute;
let member: Guest;
/** A member who may do what applications have for roles. */
let editor: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  keys = createServer(async (request, response) => {
    fetches += 1;
    const { status, headers, text } = await server.client.ask('GET', request.url ?? '');
    response.writeHead(status, { 'content-type': String(headers['content-type']) }).end(text);
  });
  usher = `http://127.0.0.1:${await portOf(keys)}`;
  backend = createServer(backendAt(usher));
  client = new HttpClient(await portOf(backend));
  institute = await server.world.institute();
  member = await server.world.enter(institute.member);
  const role = { name: 'exams:editor', permissions: ['exam:*', 'report:read'] };
  await server.world.root.must(201, 'POST', '/admin/api/roles', role);
  const account = await server.world.account();
  await server.world.join(institute.licenceId, account);
  await server.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['user', role.name] });
  editor = await server.world.enter(account);
}, 60_000);

afterAll(async () => {
  client?.close();
  for (const one of [keys, backend]) {
    one?.closeAllConnections();
    one?.close();
  }
  await server?.stop();
});

/** A backend as somebody would write it. */
function backendAt(found: string): express.Express {
  const page = fromProxy({ usher: found, origin });
  const program = fromToken({ usher: found, origin, audience: audience.name });
  const app = express();
  app.get('/me', page.requireSession, (request, response) => void response.json(personOf(request)));
  app.get('/exams', page.requirePermission('exam:grade', 'exam:write'), (_, response) => void response.json([]));
  app.get('/papers', page.requirePermission('paper:read'), (_, response) => void response.json([]));
  app.get('/staff', page.requireRole('staff', 'exams:editor'), (_, response) => void response.json([]));
  app.get('/program', program.requireSession, (request, response) => void response.json(personOf(request)));
  app.get('/open', (request, response) => void response.json(personOf(request)));
  app.use((error: Error, _: express.Request, response: express.Response, __: express.NextFunction) => {
    response.status(500).json({ error: error.message });
  });
  return app;
}

async function portOf(listening: Server): Promise<number> {
  await once(listening.listen(0, '127.0.0.1'), 'listening');
  return (listening.address() as AddressInfo).port;
}

/** What the proxy hands on of somebody. */
const assertionOf = async (guest: Guest) =>
  String((await guest.ask('GET', '/auth/verify')).headers['x-auth-assertion']);
const asked = (path: string, assertion: string, more: Readonly<Record<string, string>> = {}) =>
  client.ask('GET', path, { headers: { 'x-auth-assertion': assertion, ...more } });
const seconds = () => Math.floor(Date.now() / 1000);
const claims = (over: JWTPayload = {}): JWTPayload => ({
  ...{ iss: origin, aud: origin, sub: institute.member.id, sid: member.view.session.ref },
  ...{ roles: ['admin'], iat: seconds(), exp: seconds() + 60, ...over },
});

describe('a backend in Express behind a proxy that has asked Usher', () => {
  it('knows whom a request comes from', async () => {
    const { status, json } = await asked('/me', await assertionOf(member));
    const { member: account, licenceId } = institute;
    expect([status, json]).toEqual([
      200,
      {
        id: account.id,
        session: member.view.session.ref,
        roles: ['user'],
        permissions: [],
        licence: licenceId,
        claims: expect.objectContaining({ sub: account.id, email: account.email, acr: 'aal1' }),
      },
    ]);
  });

  it('lets in by permission, wildcards as Usher reads them, and names what was missing', async () => {
    const [plain, more] = [await assertionOf(member), await assertionOf(editor)];
    expect([(await asked('/exams', more)).status, (await asked('/exams', plain)).status]).toEqual([200, 403]);
    expect((await asked('/exams', plain)).json).toMatchObject({
      type: '/problems/forbidden',
      permission: 'exam:grade,exam:write',
    });
    expect((await asked('/papers', more)).json).toMatchObject({
      type: '/problems/forbidden',
      permission: 'paper:read',
    });
  });

  it('lets in by role, and names what was missing', async () => {
    expect((await asked('/staff', await assertionOf(editor))).status).toBe(200);
    const refused = await asked('/staff', await assertionOf(member));
    expect([refused.status, refused.json.role]).toEqual([403, 'staff,exams:editor']);
  });

  it('believes no header but the assertion', async () => {
    const said = { 'x-auth-user': institute.member.id, 'x-auth-roles': 'admin', 'x-auth-permissions': '*:*' };
    for (const path of ['/me', '/exams', '/staff']) expect((await asked(path, '', said)).status).toBe(401);
    expect((await asked('/staff', await assertionOf(member), said)).status).toBe(403);
    const { headers, json } = await client.ask('GET', '/me', { headers: { ...said, x_auth_assertion: 'x' } });
    expect(json).toMatchObject({ type: '/problems/not-signed-in', status: 401 });
    expect(headers).toMatchObject({ 'content-type': expect.stringMatching(/^application\/problem\+json/) });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('refuses a forged, altered, doubled or unsigned assertion, and one signed by a foreign key (RFC 8725)', async () => {
    const real = await assertionOf(member);
    const [head = '', body = '', signature = ''] = real.split('.');
    const { kid } = JSON.parse(atob(head));
    const foreign = await generateKeyPair('EdDSA');
    const sign = (header: object) =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'EdDSA', typ: assertionType, ...header })
        .sign(foreign.privateKey);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${part({ alg: 'none', typ: assertionType })}.${part(claims())}.`;
    const altered = `${head}.${part({ ...JSON.parse(atob(body)), roles: ['admin'] })}.${signature}`;
    for (const forged of [
      await sign({ kid }),
      await sign({ kid: 'unknown' }),
      await sign({}),
      none,
      altered,
      'x',
      `${real}, ${real}`,
    ])
      expect([(await asked('/me', forged)).status, forged.slice(0, 8)]).toEqual([401, forged.slice(0, 8)]);
  });

  it('refuses what is over, for somebody else, from somebody else, or of another kind, though Usher has signed it', async () => {
    const { signingKeys } = server.usher;
    const signed = (over: JWTPayload, type = assertionType) => signingKeys.sign(claims(over), type);
    expect((await asked('/me', await signed({}))).status).toBe(200);
    const { sub: _, ...nobody } = claims();
    const others = [
      await signed({ iat: seconds() - 120, exp: seconds() - 60 }),
      await signed({ nbf: seconds() + 60 }),
      await signed({ aud: 'https://other.example' }),
      await signed({ iss: 'https://other.example' }),
      await signed({}, 'at+jwt'),
      await signingKeys.sign(nobody, assertionType),
      (await member.must(200, 'POST', '/auth/token', { audience: audience.name })).token,
    ];
    for (const other of others) expect((await asked('/me', other)).status).toBe(401);
  });

  it('asks for the keys once, however many requests there are', async () => {
    const assertion = await assertionOf(member);
    const fresh = createServer(backendAt(usher));
    const there = new HttpClient(await portOf(fresh));
    fetches = 0;
    const all = Array.from({ length: 40 }, () =>
      there.ask('GET', '/me', { headers: { 'x-auth-assertion': assertion } }),
    );
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(fetches).toBe(1);
    there.close();
    fresh.closeAllConnections();
    fresh.close();
  });

  it('says 503, not that nobody is signed in, while the keys cannot be had', async () => {
    const alone = createServer(backendAt('http://127.0.0.1:1'));
    const there = new HttpClient(await portOf(alone));
    const { status, headers, json } = await there.ask('GET', '/me', {
      headers: { 'x-auth-assertion': await assertionOf(member) },
    });
    expect([status, headers['retry-after'], json.type]).toEqual([503, '1', '/problems/store-unavailable']);
    expect((await there.ask('GET', '/me')).status).toBe(401);
    there.close();
    alone.closeAllConnections();
    alone.close();
  });

  it('does not guess whom a request comes from where no guard stands', async () => {
    const { status, json } = await asked('/open', await assertionOf(member));
    expect([status, json.error]).toEqual([500, 'No guard of usher/express stands in front of this handler']);
  });
});

describe('the example of the manual', () => {
  it('is such a backend', async () => {
    const text = readFileSync(projectFile('src/manual/proxies.md'), 'utf8');
    const script = (/^```js\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? '')
      .replaceAll(/^import .*$/gm, '')
      .replace('http://usher:3000', usher)
      .replace('https://app.example.org', origin);
    const made = new Function('express', 'fromProxy', 'fromToken', 'personOf', `${script} return app;`);
    const example = createServer(made(express, fromProxy, fromToken, personOf));
    const there = new HttpClient(await portOf(example));
    const headers = { 'x-auth-assertion': await assertionOf(editor) };
    const { token } = await member.must(200, 'POST', '/auth/token', { audience: audience.name });
    const answers = [
      await there.ask('GET', '/api/me', { headers }),
      await there.ask('GET', '/api/exams', { headers }),
      await there.ask('GET', '/api/staff', { headers }),
      await there.ask('GET', '/api/programs/me', { headers: { authorization: `Bearer ${token}` } }),
      await there.ask('GET', '/api/me'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 200, 401]);
    there.close();
    example.closeAllConnections();
    example.close();
  });
});

describe('a backend in Express that is shown access tokens', () => {
  it('takes those made out to it, and no others', async () => {
    const tokenFor = async ({ name }: { name: string }) =>
      (await member.must(200, 'POST', '/auth/token', { audience: name })).token;
    const shown = (authorization: string) => client.ask('GET', '/program', { headers: { authorization } });
    const good = await shown(`Bearer ${await tokenFor(audience)}`);
    expect([good.status, good.json.id]).toEqual([200, institute.member.id]);
    for (const wrong of [await tokenFor(otherAudience), await assertionOf(member), 'x']) {
      const refused = await shown(`Bearer ${wrong}`);
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect((await shown(`Basic ${await tokenFor(audience)}`)).status).toBe(401);
  });
});
