import { isReached } from '../licences/notice-levels.js';

/** What staff should look at, the most urgent kind first. */
export const attentionKinds = [
  'store-refuses-writes',
  'changes-waiting',
  'licence-over',
  'mail-failing',
  'licence-expired',
  'licence-full',
  'licence-expiring',
  'licence-near-limit',
  'mail-given-up',
  'licence-draining',
  'licence-suspended',
] as const;

/** Something staff should look at. */
export interface Attention {
  readonly kind: (typeof attentionKinds)[number];
  readonly urgency: 'now' | 'soon';
  readonly atMs: number | null;
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly used: number | null;
  readonly limit: number | null;
  readonly count: number | null;
}

/** A licence, and how full it is. */
export interface SeatedLicenceFigures {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string; readonly name: string };
  readonly seats: number;
  readonly used: number;
  readonly state: 'active' | 'draining' | 'suspended';
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
}

/** What waits in the server itself. */
export interface Backlog {
  readonly writesRefusedSinceMs: number | null;
  /** Changes that Redis has not learnt of, and messages that could not be sent so far. */
  readonly changes: { readonly count: number; readonly oldestMs: number | null };
  readonly mail: { readonly count: number; readonly oldestMs: number | null };
  readonly mailGivenUp: number;
}

const dayMs = 86_400_000;
/** What is told for a moment only is no news. */
const patienceMs = 10_000;
const nothing = { atMs: null, licence: null, used: null, limit: null, count: null } as const;

/** Everything to look at, the most urgent first. */
export function attentionOf(
  licences: readonly SeatedLicenceFigures[],
  backlog: Backlog | null,
  nowMs: number,
): Attention[] {
  const found = [
    ...(backlog === null ? [] : attentionOfServer(backlog, nowMs)),
    ...licences.flatMap((licence) => attentionOfLicence(licence, nowMs)),
  ];
  const rank = ({ urgency, kind }: Attention) =>
    (urgency === 'now' ? 0 : attentionKinds.length) + attentionKinds.indexOf(kind);
  return found.sort((a, b) => rank(a) - rank(b) || (a.atMs ?? 0) - (b.atMs ?? 0) || shareOf(b) - shareOf(a));
}

function attentionOfServer(backlog: Backlog, nowMs: number): Attention[] {
  const { writesRefusedSinceMs, changes, mail, mailGivenUp } = backlog;
  const found: Attention[] = [];
  if (writesRefusedSinceMs !== null)
    found.push({ ...nothing, kind: 'store-refuses-writes', urgency: 'now', atMs: writesRefusedSinceMs });
  if (changes.oldestMs !== null && nowMs - changes.oldestMs >= patienceMs)
    found.push({ ...nothing, kind: 'changes-waiting', urgency: 'now', atMs: changes.oldestMs, count: changes.count });
  if (mail.oldestMs !== null)
    found.push({ ...nothing, kind: 'mail-failing', urgency: 'now', atMs: mail.oldestMs, count: mail.count });
  if (mailGivenUp > 0) found.push({ ...nothing, kind: 'mail-given-up', urgency: 'soon', count: mailGivenUp });
  return found;
}

function attentionOfLicence(licence: SeatedLicenceFigures, nowMs: number): Attention[] {
  const { id, name, used, seats: limit, state, validFromMs, validToMs } = licence;
  const about = { ...nothing, licence: { id, name }, used, limit };
  const found: Attention[] = [];
  if (used > limit) found.push({ ...about, kind: 'licence-over', urgency: 'now' });
  if (state !== 'active') {
    found.push({ ...about, kind: state === 'suspended' ? 'licence-suspended' : 'licence-draining', urgency: 'soon' });
    return found;
  }
  if (validToMs !== null && validToMs <= nowMs) {
    if (nowMs - validToMs < 7 * dayMs)
      found.push({ ...about, kind: 'licence-expired', urgency: 'now', atMs: validToMs });
    return found;
  }
  if (validToMs !== null && validToMs - nowMs <= 30 * dayMs) {
    const urgency = validToMs - nowMs <= 7 * dayMs ? 'now' : 'soon';
    found.push({ ...about, kind: 'licence-expiring', urgency, atMs: validToMs });
  }
  const begun = validFromMs === null || validFromMs <= nowMs;
  if (!begun || used > limit) return found;
  if (isReached('full', { used, limit })) found.push({ ...about, kind: 'licence-full', urgency: 'now' });
  else if (isReached('near-80', { used, limit })) found.push({ ...about, kind: 'licence-near-limit', urgency: 'soon' });
  return found;
}

/** How full a licence is, for an order: one without seats is full as soon as somebody sits in it. */
export function shareOf({ used, limit }: { readonly used: number | null; readonly limit: number | null }): number {
  if (used === null || limit === null || used === 0) return 0;
  return limit === 0 ? Number.MAX_SAFE_INTEGER : used / limit;
}
