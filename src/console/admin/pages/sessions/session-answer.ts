import type { OwnSession } from '../../../../client/state.js';

/** A live session, as staff see it. */
export interface LiveSession extends OwnSession {
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly username: string | null;
    readonly name: string | null;
  };
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly takesSeat: boolean;
}

/** What became of sessions that were to be ended. */
export interface EndedCounts {
  readonly matched: number;
  readonly ended: number;
  readonly more: boolean;
  readonly pending?: true;
  /** Of a dry run: when it was asked for. */
  readonly at?: string;
  /** Where to go on, while there are more. */
  readonly nextCursor?: string;
}

/** What became of one. */
export interface EndedOne {
  readonly ended?: number;
  readonly licence?: { readonly id: string; readonly limit: number | null; readonly used: number } | null;
  readonly pending?: true;
}

/** What somebody who has a session is called best. */
export function nameOf({ user }: Pick<LiveSession, 'user'>): string {
  return user.name ?? user.username ?? user.email;
}
