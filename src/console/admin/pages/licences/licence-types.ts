import type { Policy } from './policy-words.js';

/** An id with what it is called. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A licence as the server tells it. `used` and `over` are null only in the answer to a change it could not count after. */
export interface Licence {
  readonly id: string;
  readonly serial: string;
  readonly name: string;
  readonly owner: Named;
  readonly seats: number;
  readonly used: number;
  readonly over: number;
  readonly state: 'active' | 'draining' | 'suspended';
  readonly active: boolean;
  readonly valid: boolean;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly durationDays: number | null;
  readonly startsOnFirstUse: boolean;
  readonly policy: Policy;
  readonly createdOn: string;
  readonly updatedAt: string;
  readonly version: number;
  readonly members?: number;
}

/** A member of a licence. */
export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly disabled: boolean;
  readonly addedOn: string;
  readonly rank: number | null;
  readonly roles: readonly string[];
  readonly liveSessions: number | null;
  readonly lastSignInAt: string | null;
}

/** What became, or would become, of a line of a list of people. */
export interface ListedResult {
  readonly line: number;
  readonly email: string;
  readonly result:
    | 'added'
    | 'already-member'
    | 'no-such-user'
    | 'cannot-be-added'
    | 'invited'
    | 'invited-lately'
    | 'refused';
  readonly userId: string | null;
  readonly reason?: string;
}

/** An invitation by mail. */
export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly state: 'open' | 'used' | 'expired';
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedAt: string | null;
}

/** Somebody who manages a licence, or all licences of an owner. */
export interface Appointed {
  readonly userId: string;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly disabled: boolean;
  readonly appointedOn: string;
}

/** A refusal of the licence. */
export interface Denial {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly true: boolean;
  readonly user: { readonly id: string; readonly email: string; readonly name: string | null } | null;
  readonly used: number;
  readonly limit: number | null;
}

/** An institute or a person that holds licences. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly surname: string | null;
  readonly email: string | null;
  readonly comments: string | null;
  readonly affiliation: string | null;
  readonly extra: Readonly<Record<string, string>>;
  readonly createdOn: string;
  readonly updatedAt: string;
  readonly version: number;
}
