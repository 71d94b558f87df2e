import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { mostFailures } from '../../src/factors/factor-throttle.js';
import { Problem } from '../../src/kernel/problem.js';
import { FactorsLab } from '../support/factors-lab.js';

let lab: FactorsLab;

beforeAll(async () => {
  lab = await FactorsLab.open();
}, 60_000);

afterAll(() => lab?.stop());

const methodsOf = async (id: Parameters<FactorsLab['user']>[0]) =>
  lab.factors.methodsFor(await lab.user(id), undefined);
const wrong = '000000';

/** How many times what was done at once had each outcome. */
async function tally(outcomes: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.allSettled(outcomes)) {
    if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof Problem, String(outcome.reason));
    const name = outcome.status === 'rejected' ? outcome.reason.slug : outcome.value === null ? 'wrong' : 'right';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const fifty = <T>(work: () => Promise<T>) => Array.from({ length: 50 }, work);

describe('an authenticator app', () => {
  it('is asked for once a code of it was shown, and proves two factors', async () => {
    const { id, actor } = await lab.somebody();
    const { id: factor, secret, uri, qr } = await lab.enrolment.startTotp(actor, lab.caller(), 'Phone');
    expect(await methodsOf(id)).toEqual([]);
    expect(Buffer.from(secret, 'base64').length).toBeGreaterThanOrEqual(20);
    expect(uri).toMatch(/^otpauth:\/\/totp\/localhost:.*secret=/);
    expect(qr).toMatch(/^data:image\/svg\+xml;base64,/);
    await expect(lab.enrolment.confirmTotp(actor, lab.caller(), factor, wrong)).rejects.toMatchObject({
      slug: 'invalid-code',
    });
    expect(await methodsOf(id)).toEqual([]);
    await lab.enrolment.confirmTotp(actor, lab.caller(), factor, await lab.codeOf(secret));
    expect(await methodsOf(id)).toEqual(['totp']);
    lab.pass(30);
    const code = await lab.codeOf(secret);
    expect(await lab.answer(id, { method: 'totp', code })).toEqual({ amr: ['pwd', 'otp', 'mfa'], aal: 2 });
  });

  it('keeps its secret sealed for this user and this factor (ASVS 11.3.2)', async () => {
    const { id, actor } = await lab.somebody();
    const other = await lab.somebody();
    const app = await lab.app(actor);
    const its = await lab.app(other.actor);
    const ask = <T>(sql: string, values: unknown[]) => lab.domain.dataSource.query<T>(sql, values);
    const [row] = await ask<Record<string, unknown>[]>('SELECT * FROM factors WHERE id = $1', [app.id]);
    expect(JSON.stringify(row)).not.toContain(app.secret);
    await ask('UPDATE factors SET sealed_seed = (SELECT sealed_seed FROM factors WHERE id = $1) WHERE id = $2', [
      its.id,
      app.id,
    ]);
    lab.pass(30);
    expect(await lab.answer(id, { method: 'totp', code: await lab.codeOf(its.secret) })).toBeNull();
  });

  it('takes a code one step early or late and no other (ASVS 6.5.5)', async () => {
    const { id, actor } = await lab.somebody();
    const { secret } = await lab.app(actor);
    lab.pass(300);
    const at = async (steps: number) => lab.answer(id, { method: 'totp', code: await lab.codeOf(secret, steps) });
    expect(await at(-2)).toBeNull();
    expect(await at(2)).toBeNull();
    expect(await at(-1)).not.toBeNull();
    expect(await at(1)).not.toBeNull();
    expect(await at(0)).toBeNull();
  });

  it('takes each code once, and not the one that confirmed it (ASVS 6.5.1)', async () => {
    const { id, actor } = await lab.somebody();
    const { secret } = await lab.app(actor);
    expect(await lab.answer(id, { method: 'totp', code: await lab.codeOf(secret) })).toBeNull();
    lab.pass(30);
    const code = await lab.codeOf(secret);
    expect(await lab.answer(id, { method: 'totp', code })).not.toBeNull();
    lab.pass(29);
    expect(await lab.answer(id, { method: 'totp', code })).toBeNull();
  });

  it('lets one of 50 parallel uses of a code in', async () => {
    const { id, actor } = await lab.somebody();
    const { secret } = await lab.app(actor);
    lab.pass(30);
    const code = await lab.codeOf(secret);
    const counts = await tally(fifty(() => lab.answer(id, { method: 'totp', code })));
    expect(counts['right']).toBe(1);
  });

  it('lapses unless it is confirmed within 15 minutes, and ten tries', async () => {
    const { id, actor } = await lab.somebody();
    const late = await lab.enrolment.startTotp(actor, lab.caller(), 'Late');
    lab.pass(901);
    const confirm = async (app: { id: string; secret: string }) =>
      lab.enrolment.confirmTotp(actor, lab.caller(), app.id, await lab.codeOf(app.secret));
    await expect(confirm(late)).rejects.toMatchObject({ slug: 'not-found' });
    const guessed = await lab.enrolment.startTotp(actor, lab.caller(), 'Guessed');
    const guesses = await tally(fifty(() => lab.enrolment.confirmTotp(actor, lab.caller(), guessed.id, wrong)));
    expect(guesses).toEqual({ 'invalid-code': 10, 'not-found': 40 });
    await expect(confirm(guessed)).rejects.toMatchObject({ slug: 'not-found' });
    expect(await methodsOf(id)).toEqual([]);
  });
});

describe('wrong codes', () => {
  it('are counted before they are looked at: five of 50 at once are, then there is a wait that grows (ASVS 6.3.1)', async () => {
    const { id, actor } = await lab.somebody();
    const { secret } = await lab.app(actor);
    lab.pass(60);
    const counts = await tally(fifty(() => lab.answer(id, { method: 'totp', code: wrong })));
    expect(counts).toEqual({ wrong: 5, 'too-many-attempts': 45 });
    const code = await lab.codeOf(secret);
    await expect(lab.answer(id, { method: 'totp', code })).rejects.toMatchObject({
      members: { retryAfterSeconds: 30 },
    });
    lab.pass(30);
    expect(await lab.answer(id, { method: 'totp', code: wrong })).toBeNull();
    await expect(lab.answer(id, { method: 'totp', code })).rejects.toMatchObject({
      members: { retryAfterSeconds: 60 },
    });
    lab.pass(60);
    expect(await lab.answer(id, { method: 'totp', code: await lab.codeOf(secret) })).not.toBeNull();
    expect(await lab.answer(id, { method: 'totp', code: wrong })).toBeNull();
  });

  it('switch a factor off after 100 in a row, without opening the way to the password alone (NIST SP 800-63B-4, 3.2.2)', async () => {
    const { id, actor } = await lab.somebody();
    const { secret } = await lab.app(actor);
    for (let n = 0; n < mostFailures; n++) {
      lab.pass(1000);
      expect(await lab.answer(id, { method: 'totp', code: wrong })).toBeNull();
    }
    lab.pass(100_000);
    const code = await lab.codeOf(secret);
    await expect(lab.answer(id, { method: 'totp', code })).rejects.toMatchObject({ slug: 'too-many-attempts' });
    expect(await methodsOf(id)).toEqual(['totp']);
    const { held } = await lab.service.list(id);
    expect(held.confirmed[0]?.failures).toBe(mostFailures);
    const again = await lab.app(actor);
    lab.pass(30);
    expect(await lab.answer(id, { method: 'totp', code: await lab.codeOf(again.secret) })).not.toBeNull();
  });
});

describe('an e-mailed code', () => {
  it('is sent to the address, good once and for its challenge only (ASVS 6.6.2), and never proves two factors', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    expect(await methodsOf(id)).toEqual(['email']);
    const mine = await lab.challenge(id);
    const other = await lab.challenge(id);
    expect(await lab.factors.begin(await lab.user(id), mine, 'email')).toEqual({
      sentTo: `${email[0]}***@example.org`,
      resendsLeft: 3,
    });
    const [code = ''] = await lab.codes(email);
    expect(await lab.answer(id, { method: 'email', code }, other)).toBeNull();
    expect(await lab.answer(id, { method: 'email', code }, mine)).toEqual({ amr: ['pwd', 'email'], aal: 1 });
    expect(await lab.answer(id, { method: 'email', code }, mine)).toBeNull();
    const stored = await lab.domain.dataSource.query('SELECT data FROM issued_tokens WHERE id = $1', [mine.id]);
    expect(JSON.stringify(stored)).not.toContain(code);
  });

  it('lets one of 50 parallel uses in', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    const challenge = await lab.challenge(id);
    await lab.factors.begin(await lab.user(id), challenge, 'email');
    const [code = ''] = await lab.codes(email);
    const counts = await tally(fifty(() => lab.answer(id, { method: 'email', code }, challenge)));
    expect(counts['right']).toBe(1);
  });

  it('is six random digits (ASVS 6.5.4)', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    const user = await lab.user(id);
    for (let n = 0; n < 20; n++) {
      lab.pass(120);
      await lab.factors.begin(user, await lab.challenge(id), 'email');
    }
    const codes = await lab.codes(email, 20);
    expect(new Set(codes).size).toBeGreaterThanOrEqual(19);
    for (const digit of '0123456789') expect(codes.join('')).toContain(digit);
  });

  it('is sent again after 30 seconds, three times, and then the one before is worth nothing', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    const challenge = await lab.challenge(id);
    const user = await lab.user(id);
    const send = () => lab.factors.begin(user, challenge, 'email');
    const first = await tally(fifty(send));
    expect(first).toEqual({ right: 1, 'too-many-attempts': 49 });
    for (const left of [2, 1, 0]) {
      lab.pass(29);
      await expect(send()).rejects.toMatchObject({ slug: 'too-many-attempts' });
      lab.pass(1);
      expect(await send()).toMatchObject({ resendsLeft: left });
    }
    lab.pass(31);
    await expect(send()).rejects.toMatchObject({ slug: 'too-many-attempts' });
    const codes = await lab.codes(email, 4);
    expect(codes).toHaveLength(4);
    const last = codes.at(-1);
    const former = codes.find((code) => code !== last) ?? '';
    expect(await lab.answer(id, { method: 'email', code: former }, challenge)).toBeNull();
  });

  it('goes out five times within ten minutes, however many sign-ins ask for one (ASVS 6.6.3)', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    const user = await lab.user(id);
    const challenges = await fifty(() => lab.challenge(id));
    const asked = await tally(
      challenges.map((made) => made.then((challenge) => lab.factors.begin(user, challenge, 'email'))),
    );
    expect(asked).toEqual({ right: 5, 'too-many-attempts': 45 });
    lab.pass(590);
    const refused = lab.factors.begin(user, await lab.challenge(id), 'email');
    await expect(refused).rejects.toMatchObject({ slug: 'too-many-attempts' });
    const wait = await refused.catch((problem) => problem.members.retryAfterSeconds);
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(10);
    lab.pass(wait);
    await lab.factors.begin(user, await lab.challenge(id), 'email');
    expect(await lab.codes(email, 6)).toHaveLength(6);
  });

  it('is worth nothing when its challenge is over after four minutes (ASVS 6.5.5)', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    const challenge = await lab.challenge(id);
    await lab.factors.begin(await lab.user(id), challenge, 'email');
    const [code = ''] = await lab.codes(email);
    lab.pass(240);
    expect(await lab.answer(id, { method: 'email', code }, challenge)).toBeNull();
  });

  it('is not to be had for an address that is not verified', async () => {
    const { id, actor } = await lab.somebody();
    await lab.domain.dataSource.query('UPDATE users SET verified = false WHERE id = $1', [id]);
    await expect(lab.enrolment.turnOnEmail(actor, lab.caller())).rejects.toMatchObject({
      slug: 'address-not-verified',
    });
    expect(await methodsOf(id)).toEqual([]);
  });
});

describe('recovery codes', () => {
  it('are ten of at least 112 bits, kept hashed, each good once, and raise no level (ASVS 6.5.1, 6.5.2)', async () => {
    const { id, email, actor } = await lab.somebody();
    await lab.app(actor);
    const { result } = await lab.enrolment.makeRecoveryCodes(actor, lab.caller());
    expect(new Set(result.codes).size).toBe(10);
    for (const code of result.codes) expect(code).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{5}$/);
    expect(await methodsOf(id)).toEqual(['totp', 'recovery']);
    const [code = ''] = result.codes;
    const proof = { amr: ['pwd', 'recovery'], aal: 1, recoveryCodesLeft: 9 };
    expect(await lab.answer(id, { method: 'recovery', code: ` ${code.toUpperCase().replaceAll('-', ' ')}` })).toEqual(
      proof,
    );
    expect(await lab.answer(id, { method: 'recovery', code })).toBeNull();
    const stored = await lab.domain.dataSource.query('SELECT hash FROM recovery_codes');
    expect(JSON.stringify(stored)).not.toContain(code.slice(0, 5));
    const lines = await lab.domain.audited(id);
    expect(lines.at(-1)).toMatchObject({
      action: 'user.credentials-changed',
      detail: { kind: 'recovery-used', left: 9 },
    });
    const until = performance.now() + 10_000;
    const told = async () => (await lab.letters.to(email)).some((text) => /with a recovery code/.test(text));
    while (!(await told())) assert.ok(performance.now() < until, 'the person is told');
  });

  it('let one of 50 parallel uses of a code in', async () => {
    const { id, actor } = await lab.somebody();
    await lab.app(actor);
    const { result } = await lab.enrolment.makeRecoveryCodes(actor, lab.caller());
    const [code = ''] = result.codes;
    const counts = await tally(fifty(() => lab.answer(id, { method: 'recovery', code })));
    expect(counts['right']).toBe(1);
    const { held } = await lab.service.list(id);
    expect(held.recovery?.left).toBe(9);
  });

  it('are used and replaced at once without one waiting for the other for ever', async () => {
    const { id, actor } = await lab.somebody();
    await lab.app(actor);
    let { codes } = (await lab.enrolment.makeRecoveryCodes(actor, lab.caller())).result;
    for (let round = 0; round < 5; round++) {
      const [made, ...used] = await Promise.all([
        lab.enrolment.makeRecoveryCodes(actor, lab.caller()),
        ...codes.slice(0, 3).map((code) => lab.answer(id, { method: 'recovery', code })),
      ]);
      expect(used).toHaveLength(3);
      codes = made.result.codes;
    }
    expect((await lab.service.list(id)).held.recovery?.left).toBe(10);
  });

  it('replace those made before', async () => {
    const { id, actor } = await lab.somebody();
    await lab.app(actor);
    const before = await lab.enrolment.makeRecoveryCodes(actor, lab.caller());
    await lab.enrolment.makeRecoveryCodes(actor, lab.caller());
    const [code = ''] = before.result.codes;
    expect(await lab.answer(id, { method: 'recovery', code })).toBeNull();
  });

  it('are of no use alone: they are asked for beside another factor, and go with the last', async () => {
    const { id, actor } = await lab.somebody();
    await lab.enrolment.makeRecoveryCodes(actor, lab.caller());
    expect(await methodsOf(id)).toEqual([]);
    const app = await lab.app(actor);
    expect(await methodsOf(id)).toEqual(['totp', 'recovery']);
    await lab.service.remove(actor, lab.caller(), app.id);
    const { held } = await lab.service.list(id);
    expect([held.confirmed, held.recovery]).toEqual([[], null]);
  });
});

describe('who must have a second factor', () => {
  it('is asked for codes by mail when none is enrolled: by role, by membership, by the licence that is named', async () => {
    const admin = await lab.somebody([], ['admin']);
    expect(await methodsOf(admin.id)).toEqual(['email']);
    const licence = await lab.domain.licence();
    const member = await lab.somebody([licence]);
    const guest = await lab.somebody();
    expect(await methodsOf(member.id)).toEqual([]);
    await lab.domain.licences.patch(licence, { policy: { whenFull: ['refuse'], secondFactor: 'required' } }, bySystem);
    expect(await methodsOf(member.id)).toEqual(['email']);
    expect(await methodsOf(guest.id)).toEqual([]);
    expect(await lab.factors.methodsFor(await lab.user(guest.id), licence)).toEqual(['email']);
    const challenge = await lab.challenge(admin.id);
    await lab.factors.begin(await lab.user(admin.id), challenge, 'email');
    const [code = ''] = await lab.codes(admin.email);
    expect(await lab.answer(admin.id, { method: 'email', code }, challenge)).toMatchObject({ aal: 1 });
    // What wrong codes are counted at is no factor.
    const { held, required } = await lab.service.list(admin.id);
    expect([held.confirmed, required]).toEqual([[], true]);
  });

  it('keeps the last one, which others may remove', async () => {
    const { id, actor } = await lab.somebody([], ['admin']);
    const app = await lab.app(actor);
    await expect(lab.service.remove(actor, lab.caller(), app.id)).rejects.toMatchObject({ slug: 'last-factor' });
    expect(await methodsOf(id)).toEqual(['totp']);
    await lab.enrolment.turnOnEmail(actor, lab.caller());
    await lab.service.remove(actor, lab.caller(), app.id);
    expect(await methodsOf(id)).toEqual(['email']);
    await lab.service.reset(id, bySystem);
    expect((await lab.service.list(id)).held.confirmed).toEqual([]);
  });

  it('keeps one of two that are removed at once', async () => {
    const { id, actor } = await lab.somebody([], ['admin']);
    const app = await lab.app(actor);
    const email = await lab.enrolment.turnOnEmail(actor, lab.caller());
    const outcomes = await tally([
      lab.service.remove(actor, lab.caller(), app.id),
      lab.service.remove(actor, lab.caller(), email.result.id),
    ]);
    expect(outcomes).toEqual({ right: 1, 'last-factor': 1 });
    expect((await lab.service.list(id)).held.confirmed).toHaveLength(1);
  });
});

describe('a change of factors', () => {
  it('ends sign-ins under way, and leaves the rest of another person alone (ASVS 6.6.3)', async () => {
    const { id, actor } = await lab.somebody();
    const stranger = await lab.somebody();
    const app = await lab.app(actor);
    const challenge = await lab.challenge(id);
    const theirs = await lab.challenge(stranger.id);
    await expect(lab.service.remove(stranger.actor, lab.caller(), app.id)).rejects.toMatchObject({ slug: 'not-found' });
    await expect(lab.service.rename(stranger.actor, lab.caller(), app.id, 'Mine')).rejects.toMatchObject({
      slug: 'not-found',
    });
    await lab.service.remove(actor, lab.caller(), app.id);
    expect(await lab.challenges.find(challenge.secret)).toBeNull();
    expect(await lab.challenges.find(theirs.secret)).not.toBeNull();
  });
});
