import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { probeProof } from '../../src/http/proxy-probe.js';
import { systemClock } from '../../src/kernel/clock.js';
import { EchoApi } from '../support/echo-api.js';
import { startNginx } from '../support/nginx.js';
import { Operator } from '../support/operator.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import { testSettings, WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

let server: WholeServer;
let api: EchoApi;
let member: Account;

beforeAll(async () => {
  [server, api] = await Promise.all([WholeServer.start(), EchoApi.start()]);
  member = (await server.world.institute({ seats: 1 })).member;
}, 120_000);

afterAll(async () => {
  await api?.stop();
  await server?.stop();
});

/** What `usher verify-proxy` says of an nginx whose configuration was edited. */
async function verdict(edit: (name: string, text: string) => string, more: readonly string[] = []) {
  const nginx = await startNginx({ usher: server.client.port, api: api.port }, edit);
  try {
    const words = ['--identifier', member.email, '--password-stdin', ...more];
    return await run(nginx, words);
  } finally {
    await nginx.stop();
  }
}

async function run(nginx: ProxyProcess, words: readonly string[]) {
  const operator = new Operator({ ...testSettings });
  const url = `http://127.0.0.1:${nginx.port}`;
  const { status, said, json } = await operator.run(['--json', 'verify-proxy', url, ...words], `${password}\n`);
  const faults = (json?.trials ?? []).filter(({ fault }: { fault: string | null }) => fault !== null);
  return { status, said, tried: json?.trials.length ?? 0, faults, untried: json?.untried };
}

/** An edit of one file, which must fit. */
const change = (file: string, from: string | RegExp, to: string) => (name: string, text: string) => {
  if (name !== file) return text;
  const edited = text.replaceAll(from instanceof RegExp ? new RegExp(from, 'g') : from, to);
  if (edited === text) throw new Error(`nothing to break in ${file}`);
  return edited;
};

/** Puts other lines into the location of the API. */
const inLocation = (lines: string) => change('nginx.conf', /location \/api\/ \{[^}]*\}/, `location /api/ { ${lines} }`);

const withoutCookie = (to: string): string => `if ($http_cookie = "") { return 302 ${to}; }`;

describe('usher verify-proxy', () => {
  it('finds nothing to say against the nginx of the docker folder', async () => {
    const found = await verdict((_, text) => text);
    expect(found).toMatchObject({ status: 0, faults: [] });
    expect(found.tried).toBeGreaterThan(15);
  });

  it('leaves no session behind: the only seat is free', async () => {
    const guest = await server.world.enter(member);
    await guest.must(204, 'POST', '/auth/logout', {});
  });

  it.each([
    [
      'leaves one identity header to the client',
      change('signed-in.conf', 'proxy_set_header X-Auth-Roles $auth_roles;', ''),
      ['what the client said arrived as x-auth-roles'],
    ],
    [
      'lets headers with underscores pass',
      change('nginx.conf', 'underscores_in_headers off;', 'underscores_in_headers on;'),
      ['arrived as x-auth_user'],
    ],
    ['asks nobody', change('signed-in.conf', 'auth_request /_usher/verify;', ''), ['does not ask /auth/verify']],
    [
      'lets the client say what kind of request it is',
      change('asked.conf', 'proxy_set_header X-Original-Method $request_method;', ''),
      ['must tell X-Original-Method'],
    ],
    [
      'lets the client say where sign-in leads back to',
      change('asked.conf', '$request_uri', '$http_x_original_uri'),
      ['decides where sign-in leads back to'],
    ],
    [
      'hands the session on',
      change('signed-in.conf', 'proxy_set_header Cookie "";', ''),
      ['set Cookie and Authorization to nothing'],
    ],
    [
      'asks, but leaves every identity header of the location to the client',
      inLocation(
        `set $usher_rules ""; auth_request /_usher/verify; include usher/forwarded.conf; proxy_pass http://$api;`,
      ),
      ['what the client said arrived as x-auth-user, x-auth-email', 'set Cookie and Authorization to nothing'],
    ],
    [
      'asks, leaves the headers to the client, and knows of no probe there',
      inLocation(
        `set $usher_rules ""; auth_request /_usher/verify; include usher/forwarded.conf; proxy_pass http://api;`,
      ),
      ['it could not be told: the probe answered 200'],
    ],
    [
      'sends whoever has no cookie to another site',
      change(
        'nginx.conf',
        'set $usher_rules "";',
        `set $usher_rules ""; ${withoutCookie('https://elsewhere.example/sign-in')}`,
      ),
      ['it leads on to https://elsewhere.example/sign-in (302), which is not the sign-in page'],
    ],
    [
      'sends whoever has no cookie to a page of its own, which is open',
      change('nginx.conf', 'set $usher_rules "";', `set $usher_rules ""; ${withoutCookie('/api/public/things')}`),
      ['it was let through (200)'],
    ],
    [
      'sends whoever has no cookie in a circle',
      change('nginx.conf', 'set $usher_rules "";', `set $usher_rules ""; ${withoutCookie('/api/again')}`),
      ['it could not be told: it leads on to'],
    ],
  ] as const)('finds an nginx that %s', async (_what, edit, told) => {
    const { status, faults } = await verdict(edit);
    expect(status).toBe(1);
    for (const words of told) expect(JSON.stringify(faults)).toContain(words);
  });

  it('finds an API that answers whoever asks it directly', async () => {
    const { status, faults } = await verdict((_, text) => text, ['--backend', `http://127.0.0.1:${api.port}`]);
    expect([status, faults.length]).toEqual([1, 1]);
    expect(faults[0].fault).toContain('whoever reaches it may say who they are');
  });

  it('tries what anybody can when nobody signs in, and says so', async () => {
    const nginx = await startNginx({ usher: server.client.port, api: api.port });
    try {
      const operator = new Operator({ ...testSettings });
      const { status, out } = await operator.run(['verify-proxy', `http://127.0.0.1:${nginx.port}`]);
      expect(status).toBe(0);
      expect(out).toContain('Nobody was signed in');
      expect(out).toContain('Nothing got through of what was tried.');
      expect(out).toContain('not tried  other locations than /api/');
      expect((await run(nginx, ['--identifier', 'nobody@example.org', '--password-stdin'])).status).toBe(2);
      expect((await run(nginx, ['--location', 'no-path'])).status).toBe(64);
      const elsewhere = await run(nginx, ['--location', '/api/things/', '--probe', '/api/usher-probe']);
      expect(elsewhere.untried).toEqual([
        expect.stringContaining('other locations than /api/things/'),
        'what arrives behind /api/things/: the probe is /api/usher-probe, which other lines may guard',
        expect.stringContaining('Nobody was signed in'),
        expect.stringContaining('--backend'),
      ]);
      expect((await run(nginx, ['--location', '/api/public/'])).status).toBe(1);
      const mayNot = ['--identifier', member.email, '--password-stdin', '--location', '/api/reports'];
      expect(JSON.stringify((await run(nginx, mayNot)).faults)).toContain(
        'sign somebody in who may enter the location',
      );
    } finally {
      await nginx.stop();
    }
  });

  it('says so when there is no proxy', async () => {
    const operator = new Operator({ ...testSettings });
    const { status, said } = await operator.run(['verify-proxy', 'http://127.0.0.1:1']);
    expect([status, said]).toEqual([2, expect.stringContaining('http://127.0.0.1:1 does not answer')]);
  });
});

describe('the probe', () => {
  const ask = (proof: string) =>
    server.nobody.ask('GET', `/auth/proxy-probe?proof=${proof}`, { headers: { 'x-auth-user': 'a' } });

  it('answers operators who know the secrets, for a minute, and nobody else', async () => {
    const secrets = [testSettings.SESSION_SECRETS];
    const at = (ms: number) => ({ nowMs: () => systemClock.nowMs() + ms });
    const good = probeProof(secrets, systemClock);
    expect((await ask(good)).json).toEqual({ headers: { 'x-auth-user': 'a' }, cookie: false, authorization: false });
    for (const proof of [
      '',
      'x',
      good.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A')),
      good.replace(/^\d/, '2'),
      probeProof(['another secret of the tests that is long enough'], systemClock),
      probeProof(secrets, at(-61_000)),
      probeProof(secrets, at(61_000)),
    ])
      expect((await ask(proof)).status).toBe(404);
  });
});
