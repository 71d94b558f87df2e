import { randomUUID } from 'node:crypto';
import { type LicenceId, randomToken, type UserId } from '../kernel/ids.js';
import type { SessionEvent } from '../sessions/store.js';
import { clientOf } from './clients.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** How many days there are to look back on. */
const days = 7;
/** Its weekend, wherever that falls: there is to be something to see of the last days. */
const quietDays = [2, 3];
/** How long before now the last of them has left, so that the live sessions count from nothing. */
const quietMs = 120_000;

/** Whose week it is. */
export interface Setting {
  readonly licenceId: LicenceId;
  readonly seats: number;
  readonly members: readonly UserId[];
  /** How many seats are wanted at noon. */
  readonly noon: number;
  readonly nowMs: number;
  /** Nobody gets in after that. */
  readonly untilMs: number;
}

/** An attempt to sign in, for the log. */
export interface Attempt {
  readonly id: string;
  readonly atMs: number;
  readonly userId: UserId;
  readonly licenceId: LicenceId;
  readonly client: ReturnType<typeof clientOf>;
  readonly outcome: string;
  readonly ref: string | null;
}

/** What happened in a week: in the history of sessions, and at the door. */
export interface Week {
  readonly events: readonly SessionEvent[];
  readonly attempts: readonly Attempt[];
}

interface Sitting {
  readonly userId: UserId;
  readonly ref: string;
  readonly endMs: number;
  readonly reason: string;
}

/** The week of a licence: more at noon than in the morning, hardly anybody on two days, refusals when no seat was free. */
export function weekOf(setting: Setting): Week {
  const { licenceId, seats, members, nowMs, untilMs } = setting;
  const events: SessionEvent[] = [];
  const attempts: Attempt[] = [];
  let inside: Sitting[] = [];
  const tell = (event: Pick<SessionEvent, 'id' | 'kind' | 'ref' | 'userId' | 'atMs' | 'reason'>) =>
    events.push({
      ...{ tag: licenceId, licenceId, message: null, by: null, requestId: null },
      ...{ used: inside.length, limit: seats, ...event },
    });
  const leave = (untilNowMs: number) => {
    for (const one of inside.filter(({ endMs }) => endMs <= untilNowMs).sort((a, b) => a.endMs - b.endMs)) {
      inside = inside.filter((other) => other !== one);
      const { ref, userId, endMs, reason } = one;
      tell({ id: `${ref}:released`, kind: 'released', ref, userId, atMs: endMs, reason });
    }
  };
  for (const atMs of arrivals(setting)) {
    leave(atMs);
    const free = members.filter((id) => !inside.some(({ userId }) => userId === id));
    const userId = free[Math.floor(Math.random() * free.length)];
    if (userId === undefined || atMs > untilMs) continue;
    const id = randomUUID();
    const attempt = { id, atMs, userId, licenceId, client: clientOf(members.indexOf(userId)) };
    if (Math.random() < 0.04)
      attempts.push({ ...attempt, id: randomUUID(), outcome: 'invalid-credentials', ref: null });
    if (inside.length >= seats) {
      attempts.push({ ...attempt, outcome: 'no-seat-free', ref: null });
      tell({ id: `${id}:refused`, kind: 'refused', ref: null, userId, atMs, reason: 'FULL' });
      continue;
    }
    const ref = `${licenceId}.${randomToken(16)}`;
    const staysMs = Math.floor((0.4 + 2 * Math.random() ** 2) * hourMs);
    const endMs = Math.min(atMs + staysMs, nowMs - quietMs);
    inside.push({ userId, ref, endMs, reason: Math.random() < 0.55 ? 'signed-out' : 'idle' });
    attempts.push({ ...attempt, outcome: 'signed-in', ref });
    tell({ id: `${ref}:admitted`, kind: 'admitted', ref, userId, atMs, reason: null });
  }
  leave(nowMs);
  return { events, attempts };
}

/** When people come, in order. So many that on average as many seats are wanted at noon as the setting says. */
function arrivals({ noon, nowMs }: Setting): number[] {
  const found: number[] = [];
  const beginMs = Math.floor((nowMs - days * dayMs) / dayMs) * dayMs;
  for (let day = 0; beginMs + day * dayMs < nowMs; day++) {
    const perSeat = quietDays.includes(day) ? 0.8 : 5.5;
    const count = Math.round(noon * perSeat * (0.85 + 0.3 * Math.random()));
    for (let i = 0; i < count; i++) {
      const hour = 7 + 11 * ((Math.random() + Math.random()) / 2);
      found.push(Math.floor(beginMs + day * dayMs + hour * hourMs));
    }
  }
  return found.filter((atMs) => atMs < nowMs - 2 * quietMs).sort((a, b) => a - b);
}
