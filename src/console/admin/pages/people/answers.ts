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

/** A live session, as staff see it. */
export interface LiveSession {
  readonly ref: string;
  readonly user: { readonly id: string; readonly email: string; readonly username: string | null };
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly ip: string;
  readonly browser: string;
  readonly os: string;
}

/** A browser that may come back without the password. */
export interface RememberedBrowser {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly browser: string;
  readonly os: string;
  readonly ip: string;
}

/** A second factor: nothing of its secrets. */
export interface Factor {
  readonly id: string;
  readonly kind: 'passkey' | 'totp' | 'email' | 'recovery';
  readonly name: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly switchedOff: boolean;
}

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
