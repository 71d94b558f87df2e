import { type ProblemSlug, problems } from '../kernel/problems.js';
import type { LicencePolicy } from '../licences/policy.js';
import type { ExplainedAttempt, ExplainedRefusal, ExplainedSession, Facts } from './explanation.js';
import { foldMs } from './hour-figures.js';
import type { LicenceThen } from './licence-then.js';

/** Says in plain sentences what the facts tell: first why somebody was refused, then what else happened. Never empty. */
export function explainInWords(facts: Facts): string[] {
  const words = facts.refusals.flatMap((refusal) => wordsOfRefusal(refusal, facts));
  for (const attempt of facts.attempts) words.push(wordsOfAttempt(attempt, facts));
  for (const session of facts.sessions) words.push(wordsOfSession(session, facts));
  if (facts.refusals.length === 0) words.unshift(...wordsOfNoRefusal(facts));
  return words;
}

/** A moment as people read it, in UTC to the second. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function who({ person }: Facts): string {
  return person.name ?? person.username ?? person.email;
}

function called(id: string | null, facts: Facts): string {
  if (id === null) return 'no licence';
  const name = facts.names.get(id);
  return name === undefined ? 'a licence that has been deleted' : `“${name}”`;
}

function wordsOfRefusal(refusal: ExplainedRefusal, facts: Facts): string[] {
  const door = refusal.licenceId === null ? '' : ` by ${called(refusal.licenceId, facts)}`;
  const words = [`At ${moment(refusal.at)} ${who(facts)} was refused${door}: ${why(refusal)}.`];
  if (refusal.licence !== null && (refusal.reason === 'FULL' || refusal.reason === 'USER_MAX')) {
    words.push(tried(refusal.licence.policy, refusal.reason));
  }
  words.push(after(refusal));
  return words;
}

function why({ reason, used, limit, licence }: ExplainedRefusal): string {
  switch (reason) {
    case 'FULL':
      if (limit === 0) return 'the licence had no seats at all';
      return `${limit === 1 ? 'its only seat was' : `all ${limit ?? 'its'} seats were`} taken (${used} in use)`;
    case 'USER_MAX': {
      const most = licence?.policy.maxSessionsPerUser;
      return `they already had as many sessions in it as one person may have${most === undefined ? '' : ` (${most})`}`;
    }
    case 'NOT_MEMBER':
      return 'they were not a member of the licence';
    case 'SUSPENDED':
      return licence?.state === 'draining'
        ? 'the licence was being drained: those inside could stay, and nobody could enter'
        : 'the licence was suspended, so that nobody could sign in';
    case 'NOT_STARTED':
      return `the licence was not valid yet${datedBy(licence?.validFrom, 'valid from')}`;
    case 'EXPIRED':
      return `the licence was not valid any more${datedBy(licence?.validTo, 'it ended at')}`;
    case 'RATE':
      return 'there had been too many attempts, and they had to wait before the next one';
    default:
      return `the reason was ${reason}`;
  }
}

function datedBy(date: Date | null | undefined, words: string): string {
  return date === null || date === undefined ? '' : ` (${words} ${moment(date)})`;
}

/** What the licence tried before it refused, in its order. */
function tried({ whenFull }: LicencePolicy, reason: string): string {
  const steps = whenFull.map(stepInWords).filter((step) => step !== null);
  const full = reason === 'FULL' ? 'full' : 'full for one person';
  if (steps.length === 0) return `When it is ${full}, this licence tries nothing else.`;
  return `When it is ${full}, this licence tries first ${steps.join(', then ')}. None of that was possible.`;
}

function stepInWords(step: LicencePolicy['whenFull'][number]): string | null {
  if (step === 'refuse') return null;
  if (step === 'end-own') return 'to let them give up one of their own sessions, if they asked for it';
  switch (step.step) {
    case 'reclaim-idle':
      return `to end a session that had been idle for more than ${step.idleMinutes} minutes`;
    case 'displace':
      return `to end their own ${step.which === 'oldest' ? 'oldest' : 'least used'} session`;
    case 'overage':
      return `to go up to ${step.seats} seats over the limit, on at most ${step.daysPerYear} days a year`;
  }
}

function after({ at, admittedAt, telling }: ExplainedRefusal): string {
  const retried = 'They tried again within two minutes; only the last of such attempts is counted as a true refusal.';
  if (admittedAt === null) {
    return telling ? 'They have not got in since, or not within seven days. It is counted as a true refusal.' : retried;
  }
  const waited = admittedAt.getTime() - at.getTime();
  const gotIn = `They got in at ${moment(admittedAt)}, ${duration(waited)} later`;
  if (telling) return `${gotIn}.`;
  return waited <= foldMs ? `${gotIn}, so it is not counted as a true refusal.` : `${retried} ${gotIn}.`;
}

function duration(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ];
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1000, 'second'];
  const count = Math.max(1, Math.round(ms / size));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function wordsOfAttempt({ at, outcome, licenceId }: ExplainedAttempt, facts: Facts): string {
  return `At ${moment(at)} an attempt to sign in failed: ${whyFailed(outcome, at, licenceId, facts)}.`;
}

function whyFailed(outcome: string, at: Date, licenceId: string | null, facts: Facts): string {
  const { disabledAt } = facts.person;
  switch (outcome) {
    case 'invalid-credentials':
      return disabledAt !== null && disabledAt <= at
        ? `the account has been disabled since ${moment(disabledAt)}, which no password opens`
        : 'the password was wrong';
    case 'too-many-attempts':
      return 'there had been too many wrong passwords for the account or from the address, and they had to wait';
    case 'no-licence':
      return licenceId === null
        ? 'the account was a member of no licence it could sit in'
        : `the account was not a member of ${called(licenceId, facts)}`;
    case 'licence-choice-required':
      return 'the account is a member of several licences, and the request named none';
    case 'second-factor-required':
      return 'the password was right, and the second factor was still asked for';
    case 'busy':
      return 'more people were signing in than the server could answer in a reasonable time';
    case 'store-unavailable':
      return 'Redis or Postgres did not answer';
    case 'internal':
      return 'of a fault of the server, which its log tells of';
    default:
      return Object.hasOwn(problems, outcome)
        ? problems[outcome as ProblemSlug].what.replace(/\.$/, '').replace(/^./, (first) => first.toLowerCase())
        : outcome;
  }
}

const kinds: Readonly<Record<string, string>> = {
  'break-glass': ', by a break-glass seat, which is never counted',
  support: ', by a session for support, which takes no seat',
  overage: ', by a seat over the limit',
};

function wordsOfSession({ licenceId, since, until, kind, endReason }: ExplainedSession, facts: Facts): string {
  const place = licenceId === null ? 'without a seat in a licence' : `in ${called(licenceId, facts)}`;
  const how = kind === null ? '' : (kinds[kind] ?? '');
  const end = until === null ? 'and is still there' : `until ${moment(until)} (${endReason ?? 'ended'})`;
  return `They had a session ${place} from ${moment(since)} on${how}, ${end}.`;
}

function wordsOfNoRefusal(facts: Facts): string[] {
  const words = [`No licence refused ${who(facts)} between ${moment(facts.from)} and ${moment(facts.to)}.`];
  const { person, lastRefusal, memberships, at } = facts;
  const isQuiet = facts.attempts.length === 0 && facts.sessions.length === 0;
  if (isQuiet) words.push('No attempt to sign in with this account is known from that time either.');
  if (lastRefusal !== null) {
    const door = called(lastRefusal.licenceId, facts);
    words.push(`The last refusal before was at ${moment(lastRefusal.at)}, by ${door}: ${why(lastRefusal)}.`);
  }
  if (person.disabledAt !== null) words.push(`The account has been disabled since ${moment(person.disabledAt)}.`);
  if (memberships.length === 0) words.push('They are a member of no licence.');
  for (const { name, since } of memberships) {
    if (since > at) words.push(`They became a member of “${name}” only at ${moment(since)}.`);
  }
  for (const licence of facts.licencesThen) {
    const shut = closedThen(licence, at);
    if (shut !== null) words.push(`“${licence.name}” would have refused them then: ${shut}.`);
  }
  return words;
}

/** Why a licence would have let nobody in at that time, however many seats were free; null when it would. */
function closedThen(licence: LicenceThen, at: Date): string | null {
  const { state, validFrom, validTo } = licence;
  const reason =
    (state !== 'active' && 'SUSPENDED') ||
    (validFrom !== null && at < validFrom && 'NOT_STARTED') ||
    (validTo !== null && at >= validTo && 'EXPIRED');
  if (reason === false) return null;
  const none = { at, licenceId: licence.id, licence, used: 0, limit: null, admittedAt: null, telling: false };
  return why({ ...none, reason });
}
