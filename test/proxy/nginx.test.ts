import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EchoApi, type Echoed } from '../support/echo-api.js';
import { EventReader } from '../support/event-reader.js';
import { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { startNginx } from '../support/nginx.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account, Institute } from '../support/world.js';

let server: WholeServer;
let api: EchoApi;
let nginx: ProxyProcess;
let client: HttpClient;
let institute: Institute;
let staff: Guest;

beforeAll(async () => {
  [server, api] = await Promise.all([
    WholeServer.start({ TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' }),
    EchoApi.start(),
  ]);
  nginx = await startNginx({ usher: server.client.port, api: api.port });
  client = new HttpClient(nginx.port);
  institute = await server.world.institute({ seats: 100 });
  staff = await enter(await server.world.account(['staff']));
}, 120_000);

afterAll(async () => {
  client?.close();
  await nginx?.stop();
  await api?.stop();
  await server?.stop();
});

/** Signs somebody in as their browser does: through nginx. */
const enter = (account: Account): Promise<Guest> => nobody().signIn(account.login);

/** Somebody's script in a browser. */
const nobody = (through = client): Guest => Guest.nobody(through).with({ accept: '*/*' });

/** The headers of a name that the API got, however it was spelled. */
function arrived(answer: Answered, name: string): string[] {
  const echoed: Echoed = answer.json;
  return echoed.headers
    .filter(([found]) => found.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') === name)
    .map(([, value]) => value);
}

const slugOf = (answer: Answered) => [answer.status, answer.json?.type];

describe('an API behind nginx and Usher', () => {
  it('is told whose request it is', async () => {
    const member = await enter(institute.member);
    const answer = await member.ask('POST', '/api/things?a=b%20c', { body: { name: 'Zoë' } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ method: 'POST', url: '/api/things?a=b%20c', body: '{"name":"Zoë"}' });
    expect(arrived(answer, 'x-auth-user')).toEqual([institute.member.id]);
    expect(arrived(answer, 'x-auth-email')).toEqual([institute.member.email]);
    expect(arrived(answer, 'x-auth-roles')).toEqual(['user']);
    expect(arrived(answer, 'x-auth-session')).toEqual([member.view.session.ref]);
    expect(arrived(answer, 'x-auth-licence')).toEqual([institute.licenceId]);
    expect(arrived(answer, 'x-auth-aal')).toEqual(['1']);
    expect(arrived(answer, 'x-auth-name')).toEqual([]);
    expect(arrived(answer, 'x-auth-assertion')).toEqual([expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]{86}$/)]);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-auth-'))).toEqual([]);
  });

  it('is not handed what would let it act as the person', async () => {
    const member = await enter(institute.member);
    const bearer = await nobody().signIn({ ...institute.member.login, delivery: 'bearer' });
    for (const guest of [member, bearer]) {
      const answer = await guest.ask('GET', '/api/things');
      expect(answer.status).toBe(200);
      expect([...arrived(answer, 'cookie'), ...arrived(answer, 'authorization')]).toEqual([]);
    }
  });

  it('is not called for nobody, whatever they claim', async () => {
    const before = api.asked;
    const liar = nobody().with({ 'x-auth-user': institute.member.id, 'x-original-uri': '/api/public/' });
    for (const path of ['/api/things', '/api/%74hings', '/%61pi/things', '/api/', '/api/publi', '/api/public%20/x'])
      expect(slugOf(await liar.ask('GET', path))).toEqual([401, '/problems/not-signed-in']);
    expect((await liar.ask('POST', '/api/things', { body: {} })).status).toBe(401);
    expect(api.asked).toBe(before);
  });

  it('is not called by a path that nginx and the API could read differently', async () => {
    const before = api.asked;
    const member = await enter(institute.member);
    for (const path of [
      '/api//things',
      '/api/./things',
      '/api/x/../things',
      '/api/public/../things',
      '/api/things/..%2fpublic/x',
      '/api/things/%2E%2E/public/x',
      '/api/things%5c..%5cpublic/x',
      '/api/public/..?a',
      '/api/public/..;/things',
      '/api/things;a=b/x',
      '/api/things%3Ba=b/x',
      '/api/public\\..\\things',
    ])
      for (const guest of [member, nobody()]) expect((await guest.ask('GET', path)).status).toBe(400);
    expect(api.asked).toBe(before);
    expect((await member.ask('GET', '/api/things?path=../x%2f//;\\')).status).toBe(200);
  });

  it('answers for itself: its own refusals reach the caller', async () => {
    const member = await enter(institute.member);
    for (const status of [400, 401, 403, 404, 500, 503]) {
      const answer = await member.ask('GET', '/api/things', { headers: { 'x-answer': String(status) } });
      expect([answer.status, answer.json.url]).toEqual([status, '/api/things']);
    }
  });

  it('is called over connections that are kept', async () => {
    const member = await enter(institute.member);
    const before = api.connections;
    for (let call = 0; call < 20; call += 1) expect((await member.ask('GET', '/api/things')).status).toBe(200);
    expect(api.connections - before).toBeLessThanOrEqual(1);
  });
});

describe('what a client says of itself', () => {
  const names = ['User', 'Email', 'Name', 'Roles', 'Permissions', 'Session', 'Licence', 'Aal', 'Assertion'];
  const spellings: Record<string, (name: string) => [string, string][]> = {
    plain: (name) => [[`X-Auth-${name}`, 'forged']],
    doubled: (name) => [
      [`X-Auth-${name}`, 'forged'],
      [`X-Auth-${name}`, 'forged again'],
    ],
    underscored: (name) => [
      [`X_Auth_${name}`, 'forged'],
      [`X-Auth_${name}`, 'forged'],
      [`X_Auth-${name}`, 'forged'],
    ],
    'in odd cases': (name) => [
      [`x-aUTH-${name.toUpperCase()}`, 'forged'],
      [`X-AUTH-${name.toLowerCase()}`, 'forged'],
    ],
    'with odd signs': (name) => [
      [`X.Auth.${name}`, 'forged'],
      [`X-Auth-${name}.`, 'forged'],
    ],
    'named for removal': (name) => [
      [`X-Auth-${name}`, 'forged'],
      ['Connection', `close, X-Auth-${name}`],
    ],
  };

  it.each(Object.keys(spellings))('does not reach the API: %s', async (spelling) => {
    const member = await enter(institute.member);
    for (const path of ['/api/things', '/api/public/things']) {
      const forged = names.flatMap((name) => spellings[spelling]?.(name) ?? []);
      const headers = [...Object.entries({ Host: 'a', ...member.headers }), ...forged].flat();
      const answer = await client.send('GET', path, headers, null);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.json.headers)).not.toContain('forged');
      const user = path === '/api/things' ? [institute.member.id] : [];
      expect(arrived(answer, 'x-auth-user')).toEqual(user);
    }
  });

  it('does not change what Usher is asked about', async () => {
    const member = await enter(institute.member);
    const evil = { origin: 'https://evil.example', 'x-original-method': 'GET', 'x-forwarded-method': 'GET' };
    expect(slugOf(await member.ask('POST', '/api/things', { headers: evil, body: {} }))).toEqual([
      403,
      '/problems/cross-site-request',
    ]);
    const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
    const forged = {
      'x-original-uri': '/elsewhere',
      'x-forwarded-uri': '/elsewhere',
      'x-forwarded-host': 'evil.example',
    };
    const answer = await nobody().ask('GET', '/api/page?a=1', { headers: { ...page, ...forged } });
    expect([answer.status, answer.headers['location']]).toEqual([
      302,
      'http://127.0.0.1:3000/sign-in?return_to=%2Fapi%2Fpage%3Fa%3D1',
    ]);
    const { pathname, search } = new URL(String(answer.headers['location']));
    const shown = await nobody().ask('GET', pathname + search, { headers: page });
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(shown.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    for (const [, file] of shown.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect([file, (await nobody().ask('GET', file as string)).status]).toEqual([file, 200]);
    }
    expect((await member.ask('GET', '/auth/verify')).status).toBe(404);
    expect((await member.ask('GET', '/_usher/verify')).status).toBe(404);
    expect((await member.ask('GET', '/auth//verify')).status).toBe(400);
    expect((await member.ask('GET', '/auth/%76erify')).status).toBe(404);
  });
});

describe('a request that changes something', () => {
  it('passes from pages of this origin and from programs, and is stopped from other sites', async () => {
    const member = await enter(institute.member);
    const post = (headers: Record<string, string>) => member.ask('POST', '/api/things', { headers, body: {} });
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://127.0.0.1:3000' }, {}])
      expect((await post(headers as Record<string, string>)).status).toBe(200);
    const before = api.asked;
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]) {
      const answer = await post(headers as Record<string, string>);
      expect(slugOf(answer)).toEqual([403, '/problems/cross-site-request']);
    }
    expect(api.asked).toBe(before);
    expect((await member.ask('GET', '/api/things', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(200);
  });
});

describe('a session that staff have ended', () => {
  it('does not reach the API with the very next call, and learns why', async () => {
    const member = await enter(institute.member);
    expect((await member.ask('GET', '/api/things')).status).toBe(200);
    const path = `/admin/api/sessions/${member.view.session.ref}?message=Lunch`;
    expect((await staff.ask('DELETE', path)).json.ended).toBe(1);
    const before = api.asked;
    const answer = await member.ask('GET', '/api/things');
    expect(slugOf(answer)).toEqual([401, '/problems/session-ended']);
    expect(answer.json).toMatchObject({ reason: 'ended-by-staff', message: 'Lunch', resumable: false });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(api.asked).toBe(before);
  });
});

describe('a location with rules', () => {
  it('lets in who satisfies them, and names what is missing to others', async () => {
    const member = await enter(institute.member);
    const refused = await member.ask('GET', '/api/reports/today');
    expect([refused.status, refused.json.permission]).toEqual([403, 'usage.read']);
    expect((await staff.ask('GET', '/api/reports/today')).status).toBe(200);
  });

  it('has them however its path is spelled', async () => {
    const member = await enter(institute.member);
    const before = api.asked;
    for (const path of [
      '/api/reports',
      '/api/reports?a',
      '/api/Reports/today',
      '/API/REPORTS/',
      '/api/%72eports/today',
    ])
      expect([path, (await member.ask('GET', path)).status]).toEqual([path, 403]);
    expect(api.asked).toBe(before);
    expect((await staff.ask('GET', '/api/reports')).json.url).toBe('/api/reports');
    expect((await member.ask('GET', '/api/reportsx')).status).toBe(200);
  });

  it('tells who has to step up how that is done (ASVS 7.5.3)', async () => {
    const strict = await startNginx({ usher: server.client.port, api: api.port }, (name, text) =>
      name === 'nginx.conf' ? text.replace('"permission=usage.read"', '"aal=2&maxAgeSeconds=600"') : text,
    );
    const there = new HttpClient(strict.port);
    try {
      const headers = { ...staff.headers, accept: '*/*' };
      const answer = await there.ask('GET', '/api/reports/today', { headers });
      expect(slugOf(answer)).toEqual([401, '/problems/step-up-required']);
      expect(answer.json).toMatchObject({ aal: 2, maxAgeSeconds: 600, methods: expect.arrayContaining(['password']) });
      expect((await there.ask('GET', '/api/things', { headers })).status).toBe(200);
    } finally {
      there.close();
      await strict.stop();
    }
  });

  it('lets nobody in when they are misspelled, and nginx says so', async () => {
    const broken = await startNginx({ usher: server.client.port, api: api.port }, (name, text) =>
      name === 'nginx.conf'
        ? text
            .replace('"permission=usage.read"', '"permision=usage.read"')
            .replace('error.log crit;', 'error.log error;')
        : text,
    );
    const there = new HttpClient(broken.port);
    try {
      const before = api.asked;
      expect((await there.ask('GET', '/api/reports/today', { headers: staff.headers })).status).toBe(503);
      expect(api.asked).toBe(before);
      expect(broken.logs).toContain('auth request unexpected status: 400');
    } finally {
      there.close();
      await broken.stop();
    }
  });
});

describe('the single-page application and Usher', () => {
  it('share the paths: each of Usher is answered by Usher, but for those that are for machines inside', async () => {
    const inside = ['/metrics', '/auth/verify'];
    for (const { path, method } of server.usher.web.routes) {
      if (method !== 'GET') continue;
      const answer = await client.ask('GET', path.replaceAll(/:\w+/g, 'x'));
      const byUsher = answer.headers['x-request-id'] !== undefined;
      expect([path, byUsher]).toEqual([path, !inside.includes(path)]);
    }
  });

  it('share an origin with the API', async () => {
    expect((await client.ask('GET', '/')).text).toContain('<title>Lab notebook</title>');
    expect((await client.ask('GET', '/some/view')).text).toContain('<title>Lab notebook</title>');
    expect((await client.ask('GET', '/health/ready')).json).toMatchObject({ status: 'ok' });
    expect((await client.ask('GET', '/openapi.json')).json.openapi).toMatch(/^3\.1/);
    expect((await client.ask('GET', '/metrics')).status).toBe(404);
  });

  it('are streamed to as things happen', async () => {
    const licence = await server.world.licence({ seats: 2 });
    const account = await server.world.account();
    await server.world.join(licence.id, account);
    const reader = await EventReader.open(nginx.port, '/admin/api/events', { ...staff.headers, host: 'a' });
    try {
      expect([reader.status, reader.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
      await enter(account);
      await reader.until(() => reader.named('seats').some(({ licenceId }) => licenceId === licence.id));
    } finally {
      reader.close();
    }
  });
});

describe('the logs of nginx', () => {
  it('hold no session id, no token and no query', async () => {
    const member = await enter(institute.member);
    const bearer = await nobody().signIn({ ...institute.member.login, delivery: 'bearer' });
    await member.ask('GET', '/api/things?secret=in-the-query', {
      headers: { referer: 'http://a/?secret=in-a-referrer' },
    });
    await bearer.ask('GET', '/auth/session');
    await nobody().ask('GET', '/api/things?secret=in-the-query');
    const cookie = decodeURIComponent(/sid=([^;]+)/.exec(member.headers['cookie'] ?? '')?.[1] ?? '');
    const secret = cookie.split('.')[2] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { logs } = nginx;
    expect(logs).toContain('"GET /api/things" 200');
    expect(logs).toContain('"GET /api/things" 401');
    for (const hidden of [secret, bearer.view.sessionToken.split('.')[2], 'in-the-query', 'in-a-referrer', 'sid='])
      expect(logs).not.toContain(hidden);
  });
});

describe('the logs of an nginx behind which the API is away', () => {
  it('hold no query either, of what failed and of who is sent to the sign-in page', async () => {
    const there = await startNginx({ usher: server.client.port, api: 1 });
    const browser = new HttpClient(there.port);
    try {
      const member = await nobody(browser).signIn(institute.member.login);
      const said = { referer: 'http://a/?secret=in-a-referrer', 'x-csrf-token': 'csrf-in-a-header' };
      for (const path of ['/api/things?secret=in-the-query', '/api/public/things?secret=in-the-query'])
        expect((await member.ask('GET', path, { headers: said })).status).toBe(502);
      const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
      expect((await nobody(browser).ask('GET', '/api/page?secret=in-the-query', { headers: page })).status).toBe(302);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(there.logs).toContain('"GET /api/things" 502');
      expect(there.logs).toContain('"GET /api/page" 302');
      for (const hidden of ['in-the-query', 'in-a-referrer', 'csrf-in-a-header'])
        expect(there.logs).not.toContain(hidden);
    } finally {
      browser.close();
      await there.stop();
    }
  });
});

describe('when Usher is away', () => {
  it('nobody passes, and callers are told to come again', async () => {
    const [other, house] = [await EchoApi.start(), await server.another()];
    const there = await startNginx({ usher: house.nobody.client.port, api: other.port });
    const browser = new HttpClient(there.port);
    let stopped: Promise<void> | null = null;
    try {
      const member = await nobody(browser).signIn(institute.member.login);
      expect((await member.ask('GET', '/api/things')).status).toBe(200);
      stopped = house.stop();
      await stopped;
      const before = other.asked;
      const answer = await member.ask('GET', '/api/things');
      expect(slugOf(answer)).toEqual([503, '/problems/store-unavailable']);
      expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(other.asked).toBe(before);
      expect((await member.ask('GET', '/auth/session')).status).toBe(502);
      expect((await member.ask('GET', '/api/public/things')).status).toBe(200);
    } finally {
      browser.close();
      await there.stop();
      await Promise.all([other.stop(), stopped ?? house.stop()]);
    }
  });
});
