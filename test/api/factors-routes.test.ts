import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { appCode } from '../support/authenticator-app.js';
import { Guest } from '../support/guest.js';
import { PastTheServer } from '../support/past-the-server.js';
import { type PlainRedis, plainRedis } from '../support/plain-redis.js';
import { clockKey, shiftedClock } from '../support/shifted-clock.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let server: WholeServer;
let redis: PlainRedis;
let licenceId: string;

beforeAll(async () => {
  server = await WholeServer.start(
    { SECOND_FACTOR_ROLES: 'staff' },
    { scripts: loadSessionScripts({ includes: shiftedClock }) },
  );
  redis = await plainRedis(server.stores.REDIS_URL);
  ({ id: licenceId } = await server.world.licence({ seats: 100 }));
}, 60_000);

afterAll(async () => {
  await redis?.close();
  await server?.stop();
});

/** Somebody who sits in the licence. */
async function somebody(): Promise<{ account: Account; guest: Guest }> {
  const account = await server.world.account();
  await server.world.join(licenceId, account);
  return { account, guest: await server.world.enter(account) };
}

/** The code an app shows in the next half minute: enrolling it uses the present one up. */
const nextCode = (secret: string) => appCode(secret, 1);

async function enrolApp(guest: Guest): Promise<{ id: string; secret: string }> {
  const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', { name: 'Phone' });
  const code = await appCode(secret);
  await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code });
  return { id, secret };
}

/** The challenge a right password is answered with. */
async function challenged(account: Account): Promise<{ challenge: string; methods: string[] }> {
  const answer = await server.nobody.trySignIn(account.login);
  assert.ok(!(answer instanceof Guest));
  expect([answer.status, answer.json.type]).toEqual([401, '/problems/second-factor-required']);
  return answer.json;
}

const answer = (body: object) => server.nobody.ask('POST', '/auth/login/second-factor', { body });

/** The text of a letter to somebody that holds this, as soon as it is there. */
async function letter(to: string, holds: RegExp): Promise<RegExpExecArray> {
  const until = performance.now() + 10_000;
  for (;;) {
    const found = (await server.letters.to(to)).map((text) => holds.exec(text)).find((match) => match !== null);
    if (found) return found;
    if (performance.now() > until) throw new Error(`no letter to ${to} holds ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('an authenticator app over HTTP', () => {
  it('is asked for after the password, holds no seat meanwhile, and signs in at level 2', async () => {
    const { account, guest } = await somebody();
    const { secret } = await enrolApp(guest);
    await guest.must(204, 'POST', '/auth/logout', {});
    const { used } = await server.world.root.must(200, 'GET', `/admin/api/licences/${licenceId}`);
    const { challenge, methods } = await challenged(account);
    expect(methods).toEqual(['totp']);
    expect((await server.world.root.must(200, 'GET', `/admin/api/licences/${licenceId}`)).used).toBe(used);
    const wrong = await answer({ challenge, method: 'totp', code: '000000' });
    expect([wrong.status, wrong.json.type, wrong.headers['set-cookie']]).toEqual([
      401,
      '/problems/invalid-code',
      undefined,
    ]);
    const right = await answer({ challenge, method: 'totp', code: await nextCode(secret) });
    expect([right.status, right.json.session]).toMatchObject([200, { amr: ['pwd', 'otp', 'mfa'], aal: 2 }]);
  });

  it('lets one of many sign-ins with one code in (ASVS 6.5.1)', async () => {
    const { account, guest } = await somebody();
    const { secret } = await enrolApp(guest);
    const challenges = await Promise.all(Array.from({ length: 5 }, () => challenged(account)));
    const code = await nextCode(secret);
    const answers = await Promise.all(challenges.map(({ challenge }) => answer({ challenge, method: 'totp', code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is told to the person and to the audit log, and its secret to nobody again', async () => {
    const { account, guest } = await somebody();
    const { id, secret } = await enrolApp(guest);
    await letter(account.email, /was added to your account/);
    const list = await guest.ask('GET', '/auth/factors');
    expect(list.json).toMatchObject({
      items: [{ id, kind: 'totp', name: 'Phone', lastUsedAt: null, switchedOff: false, removable: true }],
      required: false,
      recoveryCodes: null,
      offers: ['totp', 'email', 'recovery'],
    });
    expect(list.text).not.toContain(secret);
    const audit = await server.world.root.must(200, 'GET', `/admin/api/audit?targetId=${account.id}`);
    expect(audit.items[0]).toMatchObject({
      action: 'user.credentials-changed',
      detail: { kind: 'factor-added', about: 'Phone' },
    });
    expect(JSON.stringify(audit)).not.toContain(secret);
  });

  it('refuses a code that is none, a name that is too long, and a factor that is not there', async () => {
    const { guest } = await somebody();
    const { id } = await guest.must(201, 'POST', '/auth/factors/totp', {});
    const path = `/auth/factors/totp/${id}/confirm`;
    expect((await guest.must(400, 'POST', path, { code: '12345' })).errors).toEqual([
      { pointer: '/code', rule: 'must be the six digits the app shows' },
    ]);
    await guest.must(401, 'POST', path, { code: '000000' });
    await guest.must(400, 'POST', '/auth/factors/totp', { name: 'x'.repeat(61) });
    await guest.must(404, 'DELETE', `/auth/factors/${id}`);
    expect((await guest.must(200, 'GET', '/auth/factors')).items).toEqual([]);
  });
});

describe('factors of somebody else', () => {
  it('are neither seen, nor confirmed, nor renamed, nor removed', async () => {
    const [mine, theirs] = [await somebody(), await somebody()];
    const started = await theirs.guest.must(201, 'POST', '/auth/factors/totp', {});
    const code = await appCode(started.secret);
    await mine.guest.must(404, 'POST', `/auth/factors/totp/${started.id}/confirm`, { code });
    const { id } = await enrolApp(theirs.guest);
    await mine.guest.must(404, 'PATCH', `/auth/factors/${id}`, { name: 'Mine' });
    await mine.guest.must(404, 'DELETE', `/auth/factors/${id}`);
    await mine.guest.must(403, 'GET', `/admin/api/users/${theirs.account.id}/factors`);
    await mine.guest.must(403, 'DELETE', `/admin/api/users/${theirs.account.id}/factors`);
    expect((await mine.guest.must(200, 'GET', '/auth/factors')).items).toEqual([]);
    expect((await theirs.guest.must(200, 'GET', '/auth/factors')).items).toMatchObject([{ id, name: 'Phone' }]);
  });
});

describe('a sign-in that is not fresh', () => {
  it('changes no factor until the person has stepped up (ASVS 7.5.1)', async () => {
    const account = await server.world.account();
    const { id: own } = await server.world.licence();
    await server.world.join(own, account);
    await redis.sendCommand(['SET', clockKey(own), String(-901_000)]);
    const guest = await server.world.enter(account);
    await redis.sendCommand(['DEL', clockKey(own)]);
    const id = '00000000-0000-4000-8000-000000000000';
    const calls: [string, string, object?][] = [
      ['POST', '/auth/factors/totp', {}],
      ['POST', `/auth/factors/totp/${id}/confirm`, { code: '000000' }],
      ['POST', '/auth/factors/email'],
      ['POST', '/auth/factors/recovery-codes'],
      ['POST', '/auth/factors/passkeys/options'],
      ['PATCH', `/auth/factors/${id}`, { name: 'Phone' }],
      ['DELETE', `/auth/factors/${id}`],
    ];
    for (const [method, path, body] of calls) {
      const refused = await guest.must(401, method, path, body);
      expect([path, refused.type, refused.methods]).toEqual([path, '/problems/step-up-required', ['password']]);
    }
    await guest.must(200, 'GET', '/auth/factors');
    const { headers } = await guest.ask('POST', '/auth/step-up', { body: { password: account.login.password } });
    const cookie = [headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    await guest.with({ cookie }).must(201, 'POST', '/auth/factors/totp', {});
  });
});

describe('codes by mail over HTTP', () => {
  it('are sent at sign-in when they are the only factor, and sign in at level 1', async () => {
    const { account, guest } = await somebody();
    await guest.must(201, 'POST', '/auth/factors/email');
    await guest.must(201, 'POST', '/auth/factors/email');
    expect((await guest.must(200, 'GET', '/auth/factors')).items).toHaveLength(1);
    const { challenge, methods } = await challenged(account);
    expect(methods).toEqual(['email']);
    const [, code] = await letter(account.email, /Your code to sign in: (\d{6})/);
    const again = await server.nobody.ask('POST', '/auth/login/second-factor/begin', {
      body: { challenge, method: 'email' },
    });
    expect([again.status, again.json.type]).toEqual([429, '/problems/too-many-attempts']);
    const right = await answer({ challenge, method: 'email', code });
    expect([right.status, right.json.session]).toMatchObject([200, { amr: ['pwd', 'email'], aal: 1 }]);
  });

  it('are looked at five times to a challenge, of many guesses at once (ASVS 6.6.3)', async () => {
    const { account, guest } = await somebody();
    await guest.must(201, 'POST', '/auth/factors/email');
    const { challenge } = await challenged(account);
    const [, code] = await letter(account.email, /Your code to sign in: (\d{6})/);
    const guesses = Array.from({ length: 50 }, () => answer({ challenge, method: 'email', code: '000000' }));
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status)).has(200)).toBe(false);
    expect((await answer({ challenge, method: 'email', code })).status).not.toBe(200);
  });
});

describe('recovery codes over HTTP', () => {
  it('are shown once, sign in once at level 1, and tell the person', async () => {
    const { account, guest } = await somebody();
    await enrolApp(guest);
    const { codes } = await guest.must(201, 'POST', '/auth/factors/recovery-codes');
    expect(codes).toHaveLength(10);
    const list = await guest.ask('GET', '/auth/factors');
    expect(list.json.recoveryCodes).toMatchObject({ left: 10, low: false });
    expect(list.text).not.toContain(codes[0]);
    for (const [index, code] of codes.slice(0, 7).entries()) {
      const { challenge, methods } = await challenged(account);
      expect(methods).toEqual(['totp', 'recovery']);
      const right = await answer({ challenge, method: 'recovery', code });
      expect([right.status, right.json.session]).toMatchObject([200, { amr: ['pwd', 'recovery'], aal: 1 }]);
      expect(right.json.recoveryCodesLeft).toBe(9 - index);
    }
    const { challenge } = await challenged(account);
    expect((await answer({ challenge, method: 'recovery', code: codes[0] })).status).toBe(401);
    await letter(account.email, /signed in to your account with a recovery code/);
    expect((await guest.must(200, 'GET', '/auth/factors')).recoveryCodes).toMatchObject({ left: 3, low: true });
  });
});

describe('"this was not me" about a factor', () => {
  it('removes what the stranger enrolled, and leaves what was there before (ASVS 6.3.7)', async () => {
    const { account, guest } = await somebody();
    const { id: own } = await enrolApp(guest);
    const past = await PastTheServer.open(server.databaseUrl);
    await past.ask("UPDATE factors SET confirmed_at = confirmed_at - interval '1 hour' WHERE id = $1", [own]);
    await past.close();
    const { id: strangers } = await enrolApp(guest);
    const told = await server.letters.links(account.email, '/auth/not-me', 2);
    const done = await server.nobody.ask('POST', '/auth/not-me', { body: { token: told[1] } });
    expect(done.status).toBe(204);
    const left = await server.world.root.must(200, 'GET', `/admin/api/users/${account.id}/factors`);
    const ids = left.items.map(({ id }: { id: string }) => id);
    expect([ids.includes(own), ids.includes(strangers)]).toEqual([true, false]);
    expect((await guest.must(401, 'GET', '/auth/session')).reason).toBe('credentials-changed');
  });
});

describe('removing a factor', () => {
  it('ends the other sessions, keeps this one, and tells the person (ASVS 6.5.6, 7.4.3)', async () => {
    const { account, guest } = await somebody();
    const other = await server.world.enter(account);
    const { id } = await enrolApp(guest);
    await other.must(200, 'GET', '/auth/session');
    expect((await guest.must(200, 'PATCH', `/auth/factors/${id}`, { name: 'Old phone' })).name).toBe('Old phone');
    await guest.must(204, 'DELETE', `/auth/factors/${id}`);
    expect((await other.must(401, 'GET', '/auth/session')).reason).toBe('credentials-changed');
    await guest.must(200, 'GET', '/auth/session');
    await letter(account.email, /Old phone/);
    await server.world.enter(account);
  });

  it('is refused for the last one of somebody whose licence requires one, and nothing ends', async () => {
    const policy = { whenFull: ['refuse'], secondFactor: 'required' };
    const { id: strict } = await server.world.licence({ policy });
    const { account, guest } = await somebody();
    const { id } = await enrolApp(guest);
    await server.world.join(strict, account);
    const refused = await guest.must(409, 'DELETE', `/auth/factors/${id}`);
    expect(refused.type).toBe('/problems/last-factor');
    expect(await guest.must(200, 'GET', '/auth/factors')).toMatchObject({
      required: true,
      items: [{ id, removable: false }],
    });
  });
});

describe('staff', () => {
  it('are asked for a code when their role requires it, and see and remove the factors of others who are no staff', async () => {
    const account = await server.world.account(['staff']);
    const { challenge, methods } = await challenged(account);
    expect(methods).toEqual(['email']);
    const [, code] = await letter(account.email, /Your code to sign in: (\d{6})/);
    const entered = await answer({ challenge, method: 'email', code });
    expect(entered.status).toBe(200);
    const line = [entered.headers['set-cookie'] ?? []].flat().map((each) => each.split(';', 1)[0]);
    const staff = server.nobody.with({ cookie: line.join('; '), 'x-csrf-token': entered.json.csrfToken });

    const { account: owner, guest } = await somebody();
    const { id } = await enrolApp(guest);
    const path = `/admin/api/users/${owner.id}/factors`;
    expect((await staff.must(200, 'GET', path)).items).toMatchObject([{ id, kind: 'totp' }]);
    await staff.must(403, 'DELETE', `/admin/api/users/${server.world.root.view.user.id}/factors`);
    await staff.must(404, 'DELETE', `${path}/00000000-0000-4000-8000-000000000000`);
    await staff.must(204, 'DELETE', `${path}/${id}`);
    expect((await guest.must(401, 'GET', '/auth/session')).reason).toBe('credentials-changed');
    await letter(owner.email, /was removed from your account/);
    const again = await server.world.enter(owner);
    await enrolApp(again);
    await again.must(201, 'POST', '/auth/factors/recovery-codes');
    await staff.must(204, 'DELETE', path);
    expect(await staff.must(200, 'GET', path)).toMatchObject({ items: [], recoveryCodes: null });
    await server.world.enter(owner);
  });

  it('do not remove their own factors so, and are told when there is no such account', async () => {
    const root = server.world.root;
    const { id } = root.view.user;
    const refused = await root.must(400, 'DELETE', `/admin/api/users/${id}/factors`);
    expect(refused.errors[0].pointer).toBe('/id');
    await root.must(404, 'GET', '/admin/api/users/00000000-0000-4000-8000-000000000000/factors');
  });
});

describe('a sign-in with a passkey alone', () => {
  it('is begun 300 times a minute from one address and not more: each leaves a row behind (ASVS 2.4.1)', async () => {
    const begin = () => server.nobody.ask('POST', '/auth/login/passkey/options', { body: {} });
    const statuses = (await Promise.all(Array.from({ length: 320 }, begin))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(300);
    const refused = await begin();
    expect([refused.status, Number(refused.headers['retry-after']) <= 60]).toEqual([429, true]);
  });
});

describe('a server that sends no mail', () => {
  it('refuses a licence that requires a second factor, and codes by mail', async () => {
    const silent = await WholeServer.start({ MAIL_DIR: '' });
    try {
      const ownerId = await silent.world.owner();
      const policy = { whenFull: ['refuse'], secondFactor: 'required' };
      const body = { ownerId, name: 'Licence', seats: 1 };
      const { root } = silent.world;
      expect((await root.must(409, 'POST', '/admin/api/licences', { ...body, policy })).type).toBe(
        '/problems/mail-not-set-up',
      );
      const { id } = await root.must(201, 'POST', '/admin/api/licences', body);
      await root.must(409, 'PATCH', `/admin/api/licences/${id}`, { policy });
      await root.must(409, 'POST', '/auth/factors/email');
    } finally {
      await silent.stop();
    }
  });

  it('does not start when a role requires one, and none does with a role there is not', async () => {
    await expect(WholeServer.start({ MAIL_DIR: '', SECOND_FACTOR_ROLES: 'staff' })).rejects.toThrow(
      /SECOND_FACTOR_ROLES/,
    );
    await expect(WholeServer.start({ SECOND_FACTOR_ROLES: 'teacher' })).rejects.toThrow(/there is no role teacher/);
  });
});
