import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleApi } from '../../docker/sample/api.js';
import { projectFile } from '../../src/platform/project-file.js';
import { audience, tokenAudiences } from '../support/audience.js';
import { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { startNginx } from '../support/nginx.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import { testSettings, WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

let server: WholeServer;
let api: Server;
let nginx: ProxyProcess;
let client: HttpClient;
let direct: HttpClient;
let institute: Institute;
let member: Guest;

beforeAll(async () => {
  server = await WholeServer.start({ TOKEN_AUDIENCES: tokenAudiences });
  const usher = `http://127.0.0.1:${server.client.port}`;
  api = sampleApi({ usher, origin: testSettings.PUBLIC_URL, audience: audience.name }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const port = portOf(api);
  nginx = await startNginx({ usher: server.client.port, api: port });
  [client, direct] = [new HttpClient(nginx.port), new HttpClient(port)];
  institute = await server.world.institute();
  member = (await Guest.nobody(client).signIn(institute.member.login)).with({ accept: '*/*' });
}, 120_000);

afterAll(async () => {
  client?.close();
  direct?.close();
  await nginx?.stop();
  api?.closeAllConnections();
  api?.close();
  await server?.stop();
});

function portOf(listening: Server): number {
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const token = async () => (await member.must(200, 'POST', '/auth/token', { audience: audience.name })).token;

describe('the sample API', () => {
  it('knows a page of the same origin by what Usher has signed', async () => {
    const { licenceId, member: account } = institute;
    expect(await member.must(200, 'GET', '/api/me')).toMatchObject({
      iss: testSettings.PUBLIC_URL,
      sub: account.id,
      email: account.email,
      sid: member.view.session.ref,
      roles: ['user'],
      licence: licenceId,
      acr: 'aal1',
    });
    expect((await Guest.nobody(client).ask('GET', '/api/me', { headers: { accept: '*/*' } })).status).toBe(401);
    expect((await client.ask('GET', '/api/public/time')).json).toEqual({ time: expect.any(String) });
  });

  it('believes nobody who has found its port', async () => {
    const said = { 'x-auth-user': institute.member.id, 'x-auth-roles': 'admin' };
    const unsigned = `${btoa('{"alg":"none","typ":"auth-assertion+jwt"}')}.${btoa(`{"sub":"${institute.member.id}"}`)}.`;
    for (const assertion of ['', 'x', unsigned.replaceAll('=', ''), await token()]) {
      const headers = { ...said, 'x-auth-assertion': assertion };
      expect((await direct.ask('GET', '/api/me', { headers })).status).toBe(401);
    }
  });

  it('knows a program by its token, and takes no assertion for one', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    expect((await client.ask('GET', '/api/programs/me', { headers })).json).toMatchObject({
      sub: institute.member.id,
      aud: audience.name,
    });
    const { headers: told } = await server.client.ask('GET', '/auth/verify', { headers: member.headers });
    for (const authorization of [`Bearer ${told['x-auth-assertion']}`, 'Bearer x', `Basic ${await token()}`])
      expect((await client.ask('GET', '/api/programs/me', { headers: { authorization } })).status).toBe(401);
    expect((await member.ask('GET', '/api/programs/me')).status).toBe(401);
  });
});

describe('the sample API while Usher is away', () => {
  it('does not say that nobody is signed in, unless nobody claims to be', async () => {
    const { headers: told } = await server.client.ask('GET', '/auth/verify', { headers: member.headers });
    const assertion = String(told['x-auth-assertion']);
    const broken = createServer((_request, response) => response.writeHead(502).end('<html>')).listen(0, '127.0.0.1');
    await once(broken, 'listening');
    for (const usher of ['http://127.0.0.1:1', `http://127.0.0.1:${portOf(broken)}`]) {
      const settings = { usher, origin: testSettings.PUBLIC_URL, audience: audience.name };
      const alone = sampleApi(settings).listen(0, '127.0.0.1');
      await once(alone, 'listening');
      const there = new HttpClient(portOf(alone));
      try {
        const asked = (value: string) => there.ask('GET', '/api/me', { headers: { 'x-auth-assertion': value } });
        expect([(await asked(assertion)).status, (await asked('')).status, (await asked('x')).status]).toEqual([
          503, 401, 401,
        ]);
      } finally {
        there.close();
        alone.closeAllConnections();
        alone.close();
      }
    }
    broken.closeAllConnections();
    broken.close();
  });
});

describe('the sample API in Python', () => {
  it('can be read by Python', async () => {
    const read = `import ast; ast.parse(open(${JSON.stringify(projectFile('docker/sample/api.py'))}).read())`;
    await promisify(execFile)('python3', ['-c', read], { timeout: 20_000 });
  });
});
