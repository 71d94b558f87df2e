import type { Calls, Ended, Expiring, Factor, SessionView } from './api.js';

/** What a page knows of its session. A new object whenever something has changed. */
export interface State {
  /** Whether the server has been asked. */
  readonly known: boolean;
  readonly session: SessionView | null;
  /** Why there is no session any more, as far as it was told. */
  readonly ended: Ended | null;
  /** Told when the session is about to end; null again when it has been used. */
  readonly expiring: Expiring | null;
  /** What coming back by itself ran into: a full house, a second factor. */
  readonly waiting: Outcome | null;
}

/** By what somebody may answer a challenge. */
export type Method = Factor['kind'];

/** How trying to get in went, where it did not fail. What else there is to say is thrown as a UsherProblem. */
export type Outcome =
  | { readonly kind: 'signed-in'; readonly session: SessionView }
  /** Answer with `secondFactor`. */
  | {
      readonly kind: 'second-factor';
      readonly challenge: string;
      readonly methods: Method[];
      readonly expiresAt: string;
    }
  /** No seat is free: `takeSeat(ticket)` tries again without the password. A remembered browser needs no ticket: `start()`. */
  | ({
      readonly kind: 'full';
      readonly ticket: string | null;
      readonly limit: number;
      readonly used: number;
    } & FullHouse)
  /** Sign in again with one of these as `licenceId`. */
  | { readonly kind: 'licence-choice'; readonly licences: { id: string; name: string; owner: string }[] };

interface FullHouse {
  readonly nextFreeAt: string | null;
  readonly options: string[];
  /** Own sessions that may be given up for this one. */
  readonly ownSessions: OwnSession[];
}

/** One of the person's own sessions. */
export type OwnSession = Omit<Calls['GET /auth/sessions']['reply']['items'][number], 'current'>;
