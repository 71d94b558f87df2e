import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Guest } from '../support/guest.js';
import { decoded, headerOf, MailSink } from '../support/mail-sink.js';
import { figure, until } from '../support/pace.js';
import { PastTheServer } from '../support/past-the-server.js';
import { WholeServer } from '../support/whole-server.js';

/** How long the mail server is away. */
const awayMs = figure(4_000, 65_000);
/** When the try after that comes, at the latest: ten seconds after the first, 20 after the second, 40, 80. */
const nextTryMs = figure(20_000, 90_000);

const publicUrl = 'http://localhost:3000';
let sink: MailSink;
let server: WholeServer;
let past: PastTheServer;

beforeAll(async () => {
  sink = await MailSink.open();
  server = await WholeServer.start({
    MAIL_DIR: '',
    SMTP_URL: sink.url,
    PUBLIC_URL: publicUrl,
    // What a proxy says of the host would be believed from here, if it were of any use.
    TRUST_PROXY: 'loopback',
    ALLOW_INSECURE: 'true',
    SEATLESS_SIGN_IN: 'true',
  });
  past = await PastTheServer.open(server.databaseUrl);
}, 60_000);

afterAll(async () => {
  await past?.close();
  await server?.stop();
  await sink?.close();
});

/** Asks as somebody who would have the links in letters lead to a place of their own. */
async function forged(guest: Guest, path: string, body: object): Promise<number> {
  const bytes = Buffer.from(JSON.stringify(body));
  const lines = {
    ...guest.headers,
    host: 'thief.example.com',
    'x-forwarded-host': 'thief.example.com',
    'x-forwarded-proto': 'https',
    forwarded: 'host=thief.example.com;proto=https',
    'content-type': 'application/json',
    'content-length': String(bytes.length),
  };
  return (await server.client.send('POST', path, Object.entries(lines).flat(), bytes)).status;
}

/** A letter that is to come: to whom, which one, and where its link leads; null where it has none. */
type Expected = readonly [to: string, template: string, path: string | null];

/** Has five letters written, each another one. */
async function letters(): Promise<Expected[]> {
  const { nobody, world } = server;
  const [forgetful, careful] = [await world.account(), await world.account()];
  const { licenceId } = await world.institute();
  const guest = await world.enter(careful);
  const asked = [
    await forged(nobody, '/auth/register', {
      email: 'newcomer@example.org',
      password: 'seven grey herons by the lake',
    }),
    await forged(nobody, '/auth/password/forgot', { email: forgetful.email }),
    await forged(world.root, `/admin/api/licences/${licenceId}/invitations`, { emails: ['guest@example.org'] }),
    await forged(guest, '/auth/factors/email', {}),
    await forged(nobody, '/auth/login', { ...careful.login, delivery: 'cookie' }),
  ];
  expect(asked).toEqual([202, 202, 200, 201, 401]);
  return [
    ['newcomer@example.org', 'registration', '/auth/verify-email'],
    [forgetful.email, 'password-reset', '/auth/password/reset'],
    ['guest@example.org', 'invitation', '/invitation'],
    [careful.email, 'credentials-changed', '/auth/not-me'],
    [careful.email, 'sign-in-code', null],
  ];
}

describe('letters written while the mail server is away', () => {
  it(`for ${awayMs / 1000} s each arrive once, whole, and lead to this server only, whoever asked for them`, async () => {
    const { port } = sink;
    await sink.close();
    const beganMs = performance.now();
    const written = await letters();
    const rows = () =>
      past.ask<{ recipient: string; template: string; attempts: number; sent: boolean }>(
        'SELECT recipient, template, attempts, sent_at IS NOT NULL AS sent FROM mail_outbox ORDER BY recipient, template',
      );
    await until('each has been tried', 15_000, async () => {
      const now = await rows();
      return now.length === written.length && now.every(({ attempts }) => attempts > 0);
    });
    await pause(Math.max(0, awayMs - (performance.now() - beganMs)));
    expect((await rows()).map(({ sent }) => sent)).toEqual(Array(written.length).fill(false));
    sink = await MailSink.open(null, port);
    await until('all are sent', nextTryMs, async () => (await rows()).every(({ sent }) => sent));
    await pause(2_000);
    const told = await rows();
    expect(told.map(({ template }) => template).sort()).toEqual(written.map(([, template]) => template).sort());
    expect(Math.min(...told.map(({ attempts }) => attempts))).toBeGreaterThan(1);
    expect(sink.received.map(({ to }) => to[0]).sort()).toEqual(written.map(([to]) => to).sort());
    const led: (string | null)[] = [];
    for (const { raw } of sink.received) {
      const text = decoded(raw);
      expect(headerOf(raw, 'content-type')).toMatch(/^multipart\/alternative/);
      for (const type of ['text/plain', 'text/html']) expect(text).toContain(`Content-Type: ${type}; charset=utf-8`);
      expect(raw).not.toContain('thief');
      const links = new Set(text.match(/https?:\/\/[^\s<>"]+/g) ?? []);
      for (const link of links) expect(new URL(link).origin).toBe(publicUrl);
      expect(links.size).toBeLessThanOrEqual(1);
      led.push(...[...links].map((link) => new URL(link).pathname), ...(links.size === 0 ? [null] : []));
    }
    expect(led.sort()).toEqual(written.map(([, , path]) => path).sort());
  }, 240_000);
});
