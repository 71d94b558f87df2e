import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import type { Visibility } from '../../src/kernel/visibility.js';
import type { LicencePolicy } from '../../src/licences/policy.js';
import type { SessionEvent } from '../../src/sessions/store.js';
import { explainInWords } from '../../src/usage/explain-words.js';
import { Explainer } from '../../src/usage/explainer.js';
import { DomainLab } from '../support/domain-lab.js';
import { UsageLab } from '../support/usage-lab.js';

let domain: DomainLab;
let lab: UsageLab;
let explainer: Explainer;
const minuteMs = 60_000;

beforeAll(async () => {
  domain = await DomainLab.open();
  lab = new UsageLab(domain.dataSource, Date.now());
  explainer = new Explainer(domain.dataSource, domain.users);
});

afterAll(() => domain?.stop());

/** Somebody who is a member of a licence of three seats. */
async function somebody(policy?: LicencePolicy): Promise<{ id: UserId; email: string; licenceId: LicenceId }> {
  const licenceId = await domain.licence(3);
  if (policy !== undefined) await domain.licences.patch(licenceId, { policy }, bySystem);
  return { ...(await domain.user([licenceId])), licenceId };
}

type Told = Partial<SessionEvent> & { atMs: number };

async function refuse(who: { id: UserId; licenceId: LicenceId }, reason: string, over: Told): Promise<void> {
  await lab.bring([lab.event(who.licenceId, { kind: 'refused', userId: who.id, used: 3, limit: 3, reason, ...over })]);
}

async function words(user: string, atMs: number, over: { visible?: Visibility; licenceId?: LicenceId } = {}) {
  return explainInWords(await explainer.explain({ user, at: new Date(atMs), visible: 'everything', ...over })).join(
    '\n',
  );
}

const chain: LicencePolicy = {
  whenFull: [
    { step: 'reclaim-idle', idleMinutes: 30 },
    'end-own',
    { step: 'overage', seats: 2, daysPerYear: 10 },
    'refuse',
  ],
  maxSessionsPerUser: 2,
};

describe('an explanation', () => {
  it.each([
    [
      'FULL',
      /all 3 seats were taken \(3 in use\)\.\nWhen it is full, this licence tries first to end a session that had been idle for more than 30 minutes, then to let them give up one of their own sessions, if they asked for it, then to go up to 2 seats over the limit, on at most 10 days a year\. None of that was possible\./,
    ],
    ['USER_MAX', /they already had as many sessions in it as one person may have \(2\)\./],
    ['NOT_MEMBER', /they were not a member of the licence\./],
    ['SUSPENDED', /the licence was suspended, so that nobody could sign in\./],
    ['NOT_STARTED', /the licence was not valid yet\./],
    ['EXPIRED', /the licence was not valid any more\./],
    ['RATE', /there had been too many attempts, and they had to wait before the next one\./],
    ['SOMETHING_NEW', /the reason was SOMETHING_NEW\./],
  ])('has a sentence for %s', async (reason, sentence) => {
    const who = await somebody(chain);
    const atMs = Date.now();
    await refuse(who, reason, { atMs });
    expect(await words(who.id, atMs)).toMatch(sentence);
  });

  it('takes the licence as it was at that time, whatever has become of it', async () => {
    const who = await somebody({ whenFull: [{ step: 'displace', which: 'idlest' }, 'refuse'] });
    await domain.licences.patch(who.licenceId, { validTo: new Date('2050-01-01T00:00:00Z') }, bySystem);
    await domain.licences.suspend(who.licenceId, {}, bySystem);
    const atMs = Date.now() + 1;
    await refuse(who, 'SUSPENDED', { atMs });
    await refuse(who, 'EXPIRED', { atMs: atMs + 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await domain.licences.reinstate(who.licenceId, {}, bySystem);
    await domain.licences.patch(
      who.licenceId,
      { policy: { whenFull: ['refuse'] }, seats: 9, validTo: new Date('2060-01-01T00:00:00Z') },
      bySystem,
    );
    const { refusals } = await explainer.explain({ user: who.id, at: new Date(atMs), visible: 'everything' });
    expect(refusals[0]?.licence).toMatchObject({
      seats: 3,
      state: 'suspended',
      validTo: new Date('2050-01-01T00:00:00Z'),
      policy: { whenFull: [{ step: 'displace', which: 'idlest' }, 'refuse'] },
    });
    expect(await words(who.id, atMs)).toMatch(/\(it ended at 2050-01-01 00:00:00 UTC\)/);
  });

  it('says that a licence was being drained, and that it would have refused those who did not try', async () => {
    const who = await somebody();
    await domain.licences.suspend(who.licenceId, { mode: 'drain' }, bySystem);
    const atMs = Date.now() + 1;
    await refuse(who, 'SUSPENDED', { atMs });
    const drained = 'the licence was being drained: those inside could stay, and nobody could enter';
    expect(await words(who.id, atMs)).toContain(drained);
    const other = await domain.user([who.licenceId]);
    expect(await words(other.id, atMs)).toContain(`would have refused them then: ${drained}`);
  });

  it('tells whether they came in afterwards, tried again, or gave up', async () => {
    const who = await somebody();
    const atMs = Date.now() - 600_000;
    await refuse(who, 'FULL', { atMs });
    expect(await words(who.id, atMs)).toContain('It is counted as a true refusal.');
    await refuse(who, 'FULL', { atMs: atMs + minuteMs });
    expect(await words(who.id, atMs)).toContain('They tried again within two minutes');
    const admission = { kind: 'admitted' as const, userId: who.id, used: 3, limit: 3, ref: `${who.licenceId}.x` };
    await lab.bring([lab.event(who.licenceId, { ...admission, atMs: atMs + 2 * minuteMs, reason: 'overage' })]);
    const told = await words(who.id, atMs);
    expect(told).toContain('1 minute later, so it is not counted as a true refusal.');
    expect(told).toContain('by a seat over the limit, and is still there.');
  });

  it('says that nobody refused, what was there instead, and when the last refusal was', async () => {
    const who = await somebody();
    const atMs = Date.now() - 48 * 60 * minuteMs;
    const nothing = await words(who.email, atMs);
    expect(nothing).toMatch(/^No licence refused .* between .* and .* UTC\.\nNo attempt to sign in/);
    expect(nothing).toContain('They became a member of “Licence” only at');
    await refuse(who, 'FULL', { atMs: atMs - 60 * minuteMs });
    expect(await words(who.id, atMs)).toMatch(
      /The last refusal before was at .*, by “Licence”: all 3 seats were taken/,
    );
    const ref = `${who.licenceId}.y`;
    const session = { userId: who.id, limit: 3, ref };
    await lab.bring([
      lab.event(who.licenceId, {
        ...session,
        kind: 'admitted',
        used: 2,
        reason: 'break-glass',
        atMs: atMs - 50 * minuteMs,
      }),
      lab.event(who.licenceId, { ...session, kind: 'released', used: 2, reason: 'idle', atMs: atMs + 50 * minuteMs }),
    ]);
    expect(await words(who.id, atMs)).toMatch(/a break-glass seat, which is never counted, until .* \(idle\)\./);
  });

  it.each([
    ['invalid-credentials', /the password was wrong/],
    ['too-many-attempts', /too many wrong passwords/],
    ['no-licence', /a member of no licence it could sit in/],
    ['licence-choice-required', /the request named none/],
    ['second-factor-required', /the second factor was still asked for/],
    ['busy', /more people were signing in/],
    ['store-unavailable', /Redis or Postgres did not answer/],
    ['internal', /a fault of the server/],
    ['step-up-required', /this action asks for a sign-in/],
  ])('tells of an attempt that ended with %s', async (outcome, sentence) => {
    const who = await somebody();
    await signIn(who.id, outcome, Date.now());
    expect(await words(who.id, Date.now())).toMatch(sentence);
  });

  it('tells an attempt that a licence refused once, and that a disabled account takes no password', async () => {
    const who = await somebody();
    const atMs = Date.now();
    const attempt = await signIn(who.id, 'no-seat-free', atMs);
    await refuse(who, 'FULL', { atMs, id: `${attempt}:refused` });
    expect(await words(who.id, atMs)).not.toContain('attempt to sign in failed');
    await domain.accounts.disable(who.id, bySystem);
    await signIn(who.id, 'invalid-credentials', Date.now() + 10);
    expect(await words(who.id, atMs)).toContain('the account has been disabled since');
  });

  it('shows those who manage some licences nothing of others (ASVS 8.2.2)', async () => {
    const who = await somebody();
    const hidden = await domain.licence(3);
    await domain.members.add(hidden, who.id, bySystem);
    const atMs = Date.now();
    await refuse({ id: who.id, licenceId: hidden }, 'FULL', { atMs });
    await refuse(who, 'USER_MAX', { atMs });
    await signIn(who.id, 'no-licence', atMs, hidden);
    const visible = { licences: new Set([who.licenceId]), owners: new Set<string>() };
    const facts = await explainer.explain({ user: who.id, at: new Date(atMs), visible });
    expect(JSON.stringify(facts)).not.toContain(hidden);
    expect(facts.refusals.map(({ reason }) => reason)).toEqual(['USER_MAX']);
    const all = await explainer.explain({ user: who.id, at: new Date(atMs), visible: 'everything' });
    expect(all.refusals).toHaveLength(2);
    const one = await explainer.explain({
      user: who.id,
      at: new Date(atMs),
      visible: 'everything',
      licenceId: hidden,
    });
    expect(one.refusals.map(({ reason }) => reason)).toEqual(['FULL']);
  });
});

async function signIn(id: UserId, outcome: string, atMs: number, licenceId: LicenceId | null = null): Promise<string> {
  const attempt = newId();
  await domain.dataSource.query(
    "INSERT INTO sign_ins (id, at, user_id, licence_id, address, user_agent, outcome) VALUES ($1, $2, $3, $4, '192.0.2.1', '', $5)",
    [attempt, new Date(atMs), id, licenceId, outcome],
  );
  return attempt;
}
