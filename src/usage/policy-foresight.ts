import type { DataSource } from 'typeorm';
import type { Licence } from '../licences/licence-repository.js';
import type { LicencePolicy } from '../licences/policy.js';
import { askPostgres } from '../platform/postgres.js';
import { licenceTag } from '../sessions/session-id.js';
import type { SessionService } from '../sessions/session-service.js';
import type { SessionStore } from '../sessions/store.js';

/** What is tried for somebody when no seat is free, with what it would find at this moment. */
export type ForeseenStep =
  | { readonly kind: 'sits'; readonly upTo: number }
  | { readonly kind: 'per-person'; readonly most: number }
  | { readonly kind: 'reclaim-idle'; readonly idleMinutes: number; readonly now: { readonly count: number } }
  | { readonly kind: 'end-own' }
  | { readonly kind: 'displace'; readonly which: 'oldest' | 'idlest' }
  | {
      readonly kind: 'overage';
      readonly seats: number;
      readonly upTo: number;
      readonly daysPerYear: number;
      readonly daysUsed: number;
      readonly daysLeft: number;
    }
  | { readonly kind: 'refuse' };

/** What becomes of somebody who comes when no seat is free. */
export type Fate = 'waits' | 'chooses' | 'displaces' | 'reclaims' | 'overage';

/** What a policy would do in a licence of so many seats. */
export interface Foresight {
  readonly seats: number;
  readonly used: number;
  readonly steps: readonly ForeseenStep[];
  /** Of somebody who has no session there, and of somebody who has. */
  readonly newcomer: Fate;
  readonly insider: Fate;
}

const daysSql = `SELECT count(DISTINCT floor(extract(epoch FROM at) / 86400))::int AS days,
    bool_or(floor(extract(epoch FROM at) / 86400) = floor(extract(epoch FROM now()) / 86400)) AS today
  FROM session_events WHERE licence_id = $1 AND reason = 'overage' AND at > now() - interval '365 days'`;

/** Tells what a policy would do in a licence as it is now. Nothing is written, nobody is ended. Throws StoreUnavailable. */
export class PolicyForesight {
  readonly #dataSource: DataSource;
  readonly #sessions: Pick<SessionService, 'list'>;
  readonly #store: Pick<SessionStore, 'seats'>;

  constructor(dataSource: DataSource, sessions: Pick<SessionService, 'list'>, store: Pick<SessionStore, 'seats'>) {
    this.#dataSource = dataSource;
    this.#sessions = sessions;
    this.#store = store;
  }

  /** What this policy would do with so many seats. */
  async of({ id }: Pick<Licence, 'id'>, policy: LicencePolicy, seats: number): Promise<Foresight> {
    const { used } = await this.#store.seats(licenceTag(id));
    const steps: ForeseenStep[] = [{ kind: 'sits', upTo: seats }];
    const { maxSessionsPerUser: most } = policy;
    if (most !== undefined) steps.push({ kind: 'per-person', most });
    let lendsToday = false;
    for (const step of policy.whenFull) {
      if (step === 'refuse') continue;
      if (step === 'end-own') steps.push({ kind: 'end-own' });
      else if (step.step === 'displace') steps.push({ kind: 'displace', which: step.which });
      else if (step.step === 'reclaim-idle') {
        const { idleMinutes } = step;
        steps.push({ kind: 'reclaim-idle', idleMinutes, now: { count: await this.#idle(id, idleMinutes) } });
      } else {
        const { days, today } = await this.#lent(id);
        lendsToday = today || days < step.daysPerYear;
        const daysLeft = Math.max(0, step.daysPerYear - days);
        const upTo = seats + step.seats;
        steps.push({
          kind: 'overage',
          seats: step.seats,
          upTo,
          daysPerYear: step.daysPerYear,
          daysUsed: days,
          daysLeft,
        });
      }
    }
    steps.push({ kind: 'refuse' });
    const decide = (isInside: boolean) => fateOf(steps, { seats, used, lendsToday, isInside, most });
    return { seats, used, steps, newcomer: decide(false), insider: decide(true) };
  }

  async #idle(licenceId: Licence['id'], idleMinutes: number): Promise<number> {
    const filter = { visible: 'everything', licenceId, traits: { idleMs: idleMinutes * 60_000 } } as const;
    return (await this.#sessions.list(filter, { limit: 1, cursor: null })).total;
  }

  async #lent(licenceId: Licence['id']): Promise<{ days: number; today: boolean }> {
    const [row] = await askPostgres(() =>
      this.#dataSource.query<{ days: number; today: boolean | null }[]>(daysSql, [licenceId]),
    );
    return { days: row?.days ?? 0, today: row?.today ?? false };
  }
}

interface Door {
  readonly seats: number;
  readonly used: number;
  readonly lendsToday: boolean;
  readonly isInside: boolean;
  readonly most: number | undefined;
}

/** The first step that makes room; a licence without seats is for nobody, whatever it tries. */
function fateOf(steps: readonly ForeseenStep[], { seats, used, lendsToday, isInside, most }: Door): Fate {
  const ownOnly = isInside && most === 1;
  for (const step of seats === 0 ? [] : steps) {
    if (step.kind === 'reclaim-idle' && step.now.count > 0 && !ownOnly) return 'reclaims';
    if (step.kind === 'end-own' && isInside) return 'chooses';
    if (step.kind === 'displace' && isInside) return 'displaces';
    if (step.kind === 'overage' && lendsToday && Math.max(used, seats) < step.upTo && !ownOnly) return 'overage';
  }
  return 'waits';
}
