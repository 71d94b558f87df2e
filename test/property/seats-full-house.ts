import type { EndReason } from '../../src/sessions/session.js';
import type { FullStep } from '../../src/sessions/store.js';
import { type ModelSession, refOf, type SeatsModel } from './seats-model.js';

const dayMs = 86_400_000;

/** Somebody at the door of a licence. */
export interface AtDoor {
  readonly tag: number;
  readonly user: number;
  /** The session that the same browser gives up, if it may. */
  readonly exchanged: ModelSession | null;
  /** The session the person would end, whoever's. */
  readonly give: ModelSession | null;
  readonly uncounted: boolean;
}

/** Whether there is room, and what making it ended; else why there is none. */
export type Room =
  | { readonly code: 'FULL' | 'USER_MAX' }
  | { readonly told: string | null; readonly ends: readonly [ModelSession, EndReason] | null };

/** What a full house does, in its plainest form: every step looks at all sessions. Does nothing to the model but count the day. */
export function roomFor(model: SeatsModel, door: AtDoor): Room {
  const { limit, perUser, chain } = model.tag(door.tag);
  if (door.uncounted || limit === null) return { told: null, ends: null };
  const own = ownAt(model, door);
  const tooMany = perUser !== null && own.length >= perUser;
  if (!tooMany && fits(model, door, 0, 0)) return { told: null, ends: null };
  const code = tooMany ? 'USER_MAX' : 'FULL';
  if (door.give !== null && !own.includes(door.give)) return { code };
  for (const step of chain) {
    const room = tryStep(model, door, step);
    if (room !== null) return room;
  }
  return { code };
}

function ownAt(model: SeatsModel, { tag, user, exchanged }: AtDoor): ModelSession[] {
  return model.counted(tag).filter((session) => session.user === user && !session.stray && session !== exchanged);
}

function fits(model: SeatsModel, door: AtDoor, seatsFreed: number, ownFreed: number): boolean {
  const { limit, perUser } = model.tag(door.tag);
  if (perUser !== null && ownAt(model, door).length - ownFreed >= perUser) return false;
  if (door.exchanged !== null && !door.exchanged.uncounted) return true;
  const extra = seatsFreed > 0 ? extraToday(model, door.tag) : 0;
  return model.counted(door.tag).length - seatsFreed < (limit ?? Number.POSITIVE_INFINITY) + extra;
}

/** How many more than there are seats may sit, on a day on which that has happened already. */
function extraToday(model: SeatsModel, tag: number): number {
  const { limit, chain, overageDays } = model.tag(tag);
  const overage = chain.find((step) => step.step === 'overage');
  return limit !== 0 && overage !== undefined && overageDays.has(Math.floor(model.nowMs / dayMs)) ? overage.seats : 0;
}

function tryStep(model: SeatsModel, door: AtDoor, step: FullStep): Room | null {
  switch (step.step) {
    case 'reclaim-idle': {
      if (!fits(model, door, 1, 0)) return null;
      const before = model.nowMs - step.idleMinutes * 60_000 - model.times.slackMs;
      const idle = model.counted(door.tag).filter((session) => session.confirmed && session.seenAtMs <= before);
      return ending(
        first(idle, (session) => [session.seenAtMs, session.endsAtMs]),
        'idle',
      );
    }
    case 'end-own':
      return fits(model, door, 1, 1) ? ending(door.give, 'ended-by-user') : null;
    case 'displace': {
      if (!fits(model, door, 1, 1)) return null;
      const since = (session: ModelSession) => (step.which === 'oldest' ? session.openedAtMs : session.seenAtMs);
      return ending(
        first(ownAt(model, door), (session) => [since(session)]),
        'displaced',
      );
    }
    case 'overage':
      return over(model, door, step);
  }
}

function ending(session: ModelSession | null, reason: EndReason): Room | null {
  return session === null ? null : { told: null, ends: [session, reason] };
}

function over(model: SeatsModel, door: AtDoor, { seats, days }: Extract<FullStep, { step: 'overage' }>): Room | null {
  const { limit, perUser, overageDays } = model.tag(door.tag);
  if (perUser !== null && ownAt(model, door).length >= perUser) return null;
  if (limit === 0) return null;
  if (model.counted(door.tag).length >= (limit ?? 0) + seats) return null;
  const today = Math.floor(model.nowMs / dayMs);
  const recent = [...overageDays].filter((day) => day > today - 365);
  if (!recent.includes(today) && recent.length >= days) return null;
  overageDays.add(today);
  return { told: 'overage', ends: null };
}

/** The first by these numbers, then by handle; null when there is none. */
function first(
  sessions: readonly ModelSession[],
  by: (session: ModelSession) => readonly number[],
): ModelSession | null {
  const sorted = [...sessions].sort((a, b) => {
    const [one, other] = [by(a), by(b)];
    const at = one.findIndex((value, index) => value !== other[index]);
    if (at === -1) return refOf(a) < refOf(b) ? -1 : 1;
    return (one[at] ?? 0) - (other[at] ?? 0);
  });
  return sorted[0] ?? null;
}
