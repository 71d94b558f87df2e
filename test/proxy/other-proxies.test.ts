import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EchoApi } from '../support/echo-api.js';
import { Guest } from '../support/guest.js';
import { HttpClient } from '../support/http-client.js';
import { Operator } from '../support/operator.js';
import { otherProxies } from '../support/other-proxies.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import { testSettings, WholeServer } from '../support/whole-server.js';
import { type Institute, password } from '../support/world.js';

let server: WholeServer;
let api: EchoApi;
let institute: Institute;

beforeAll(async () => {
  [server, api] = await Promise.all([WholeServer.start(), EchoApi.start()]);
  institute = await server.world.institute({ seats: 100 });
}, 120_000);

afterAll(async () => {
  await api?.stop();
  await server?.stop();
});

describe.each(Object.keys(otherProxies) as (keyof typeof otherProxies)[])('%s', (name) => {
  let proxy: ProxyProcess;
  let client: HttpClient;
  const nobody = () => Guest.nobody(client).with({ accept: '*/*' });

  beforeAll(async () => {
    proxy = await otherProxies[name]({ usher: server.client.port, api: api.port });
    client = new HttpClient(proxy.port);
  }, 60_000);

  afterAll(async () => {
    client?.close();
    await proxy?.stop();
  });

  it('lets no forged identity through, as usher verify-proxy sees it', async () => {
    const operator = new Operator({ ...testSettings });
    const words = ['--identifier', institute.member.email, '--password-stdin'];
    const url = `http://127.0.0.1:${proxy.port}`;
    const { status, json, said } = await operator.run(['--json', 'verify-proxy', url, ...words], `${password}\n`);
    const faults = (json?.trials ?? []).filter(({ fault }: { fault: string | null }) => fault !== null);
    expect([status, said, faults]).toEqual([0, '', []]);
  });

  it('tells the API whose request it is, and keeps the session to itself', async () => {
    const member = await nobody().signIn(institute.member.login);
    const { status, json } = await member.ask('POST', '/api/things?a=1', { body: { b: 2 } });
    expect([status, json.method, json.url, json.body]).toEqual([200, 'POST', '/api/things?a=1', '{"b":2}']);
    const headers = Object.fromEntries(
      json.headers.map(([key, value]: [string, string]) => [key.toLowerCase(), value]),
    );
    expect(headers).toMatchObject({
      'x-auth-user': institute.member.id,
      'x-auth-session': member.view.session.ref,
      'x-auth-licence': institute.licenceId,
      'x-auth-assertion': expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]{86}$/),
    });
    expect([headers['cookie'], headers['authorization']]).toEqual([undefined, undefined]);
    const open = await member.ask('GET', '/api/public/things', { headers: { 'x-auth-user': 'forged' } });
    expect([open.status, JSON.stringify(open.json).includes('forged')]).toEqual([200, false]);
  });

  it('stops whoever has no session, no permission, or comes from another site, and says why', async () => {
    const before = api.asked;
    expect((await nobody().ask('GET', '/api/things')).json.type).toBe('/problems/not-signed-in');
    const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
    const sent = await nobody().ask('GET', '/api/page?a=1', { headers: page });
    expect([sent.status, sent.headers['location']]).toEqual([
      302,
      'http://127.0.0.1:3000/sign-in?return_to=%2Fapi%2Fpage%3Fa%3D1',
    ]);
    const member = await nobody().signIn(institute.member.login);
    const refused = await member.ask('GET', '/api/reports/today');
    expect([refused.status, refused.json.permission]).toEqual([403, 'usage.read']);
    const evil = { origin: 'https://evil.example' };
    const foreign = await member.ask('POST', '/api/things', { headers: evil, body: {} });
    expect([foreign.status, foreign.json.type]).toEqual([403, '/problems/cross-site-request']);
    for (const path of ['/api/reports', '/api/Reports/today', '/API/REPORTS/', '/api/%72eports/today'])
      expect([path, (await member.ask('GET', path)).status]).toEqual([path, 403]);
    for (const path of [
      '/api/public/../things',
      '/api/things/..%2fpublic/x',
      '/api//things',
      '/api/public/..;/things',
      '/api/reports;a/today',
      '/api/reports%3Ba/today',
      '/api/public\\..\\things',
    ])
      expect([path, (await member.ask('GET', path)).status]).toEqual([path, 400]);
    await member.must(204, 'POST', '/auth/logout', {});
    expect((await member.ask('GET', '/api/things')).json.reason).toBe('signed-out');
    expect([(await client.ask('GET', '/auth/verify')).status, (await client.ask('GET', '/metrics')).status]).toEqual([
      404, 404,
    ]);
    expect(api.asked).toBe(before);
  });

  it('writes no session id, token or query into its logs', async () => {
    const member = await nobody().signIn(institute.member.login);
    await member.ask('GET', '/api/things?secret=in-the-query');
    const secret =
      decodeURIComponent(/sid=([^;]+)/.exec(member.headers['cookie'] ?? '')?.[1] ?? '').split('.')[2] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(proxy.logs).toContain('/api/things');
    for (const hidden of [secret, 'in-the-query']) expect(proxy.logs).not.toContain(hidden);
  });

  it('writes none of that either of what failed, and of who is sent to the sign-in page', async () => {
    const there = await otherProxies[name]({ usher: server.client.port, api: 1 });
    const browser = new HttpClient(there.port);
    try {
      const member = await Guest.nobody(browser).with({ accept: '*/*' }).signIn(institute.member.login);
      const said = { referer: 'http://a/?secret=in-a-referrer', 'x-csrf-token': 'csrf-in-a-header' };
      for (const path of ['/api/things?secret=in-the-query', '/api/public/things?secret=in-the-query'])
        expect((await member.ask('GET', path, { headers: said })).status).toBeGreaterThanOrEqual(502);
      const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
      const sent = await Guest.nobody(browser).ask('GET', '/api/page?secret=in-the-query', { headers: page });
      expect([sent.status, sent.headers['location']]).toEqual([302, expect.stringContaining('in-the-query')]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(there.logs).toContain('/api/page');
      for (const hidden of ['in-the-query', 'in-a-referrer', 'csrf-in-a-header'])
        expect(there.logs).not.toContain(hidden);
    } finally {
      browser.close();
      await there.stop();
    }
  });
});
