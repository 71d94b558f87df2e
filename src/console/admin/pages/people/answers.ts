import type { Calls, Factor } from '../../../../client/api.js';

/** An account, as staff see it. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly verified: boolean;
  readonly disabled: boolean;
  readonly disabledAt: string | null;
  /** When an account that was given up is deleted. */
  readonly deletesAt: string | null;
  readonly hasPassword: boolean;
  readonly createdOn: string;
  readonly updatedAt: string;
  readonly lastSignInAt: string | null;
  /** How many live sessions there are; told of one account only. */
  readonly sessions?: number;
  readonly version: number;
}

/** A browser that may come back without the password. */
export type RememberedBrowser = Calls['GET /auth/browsers']['reply']['items'][number];

/** All second factors of somebody. */
export interface Factors {
  readonly items: readonly Factor[];
  readonly required: boolean;
  readonly recoveryCodes: { readonly id: string; readonly left: number; readonly low: boolean } | null;
}

/** One attempt to sign in, and how it ended. */
export interface SignIn {
  readonly id: string;
  readonly at: string;
  readonly licenceId: string | null;
  readonly outcome: string;
  readonly ip: string;
  readonly browser: string;
  readonly os: string;
}

/** A licence somebody is a member of. */
export interface Membership {
  readonly licence: {
    readonly id: string;
    readonly name: string;
    readonly serial: string;
    readonly state: 'active' | 'draining' | 'suspended';
    readonly valid: boolean;
    readonly owner: { readonly id: string; readonly name: string };
  };
  readonly addedOn: string;
  readonly rank: number | null;
  readonly roles: readonly string[];
  readonly managed: boolean;
  readonly sessions: number;
}

/** Where somebody may sit, and what they manage. */
export interface Memberships {
  readonly items: readonly Membership[];
  readonly managed: readonly {
    readonly type: 'licence' | 'owner';
    readonly id?: string;
    readonly name?: string;
    readonly licence?: { readonly id: string; readonly name: string };
    readonly owner?: { readonly id: string; readonly name: string };
  }[];
}

/** Why somebody was refused at some time, or what happened instead. */
export interface Explanation {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly words: readonly string[];
  /** The last one before, when there was none at that time. */
  readonly lastRefusal: { readonly at: string } | null;
}

/** A token that a session was exchanged for. */
export interface IssuedToken {
  readonly jti: string;
  readonly audience: string;
  readonly once: boolean;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly usedAt: string | null;
}
