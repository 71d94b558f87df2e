// Made from the OpenAPI document by src/bootstrap/client-types.mjs. Not to be changed by hand.

/** The name of a problem. */
export type ProblemSlug =
  | 'invalid-request'
  | 'not-signed-in'
  | 'session-ended'
  | 'invalid-credentials'
  | 'invalid-code'
  | 'second-factor-required'
  | 'step-up-required'
  | 'invalid-client'
  | 'different-client'
  | 'forbidden'
  | 'registration-closed'
  | 'cross-site-request'
  | 'licence-suspended'
  | 'licence-expired'
  | 'licence-not-started'
  | 'no-licence'
  | 'not-found'
  | 'no-seat-free'
  | 'licence-choice-required'
  | 'already-exists'
  | 'stale-version'
  | 'last-factor'
  | 'address-not-verified'
  | 'mail-not-set-up'
  | 'payload-too-large'
  | 'too-many-attempts'
  | 'too-many-streams'
  | 'internal'
  | 'store-unavailable'
  | 'busy';

/** Who is signed in, where they sit, and until when. */
export interface SessionView {
  user: {
    id: string;
    email: string;
    username: string | null;
    name: string | null;
    verified: boolean;
    roles: string[];
    permissions: string[];
  };
  licence: { id: string; serial: string; name: string } | null;
  session: {
    ref: string;
    createdAt: string;
    lastSeenAt: string;
    expiresAt: string;
    absoluteExpiresAt: string;
    amr: string[];
    aal: number;
  };
  data: Record<string, unknown>;
  csrfToken: string | null;
}

/** One of the second factors of a person. */
export interface Factor {
  id: string;
  kind: 'passkey' | 'totp' | 'email' | 'recovery';
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
  switchedOff: boolean;
  backupEligible: boolean | null;
  backedUp: boolean | null;
}

/** An account, as it is told when it is made. */
export interface Account {
  id: string;
  email: string;
  username: string | null;
  name: string | null;
  roles: string[];
  verified: boolean;
  disabled: boolean;
  disabledAt: string | null;
  deletesAt: string | null;
  hasPassword: boolean;
  createdOn: string;
  lastLicenceUpdate: string | null;
  updatedAt: string;
  version: number;
}

/** The account of whoever is signed in. */
export interface OwnAccount {
  id: string;
  email: string;
  username: string | null;
  name: string | null;
  verified: boolean;
  roles: string[];
  hasPassword: boolean;
  createdOn: string;
  lastLicenceUpdate: string | null;
  pendingEmail: string | null;
  deletesAt: string | null;
  version: number;
}

/** Why a session has ended, and whether a remembered browser may come back by itself. */
export interface Ended {
  reason:
    | 'signed-out'
    | 'idle'
    | 'lifetime'
    | 'ended-by-staff'
    | 'ended-by-user'
    | 'displaced'
    | 'user-agent'
    | 'licence-suspended'
    | 'licence-expired'
    | 'member-removed'
    | 'account-disabled'
    | 'credentials-changed'
    | 'role-changed';
  message?: string;
  resumable: boolean;
}

/** When the session ends unless it is used, and when in any case. */
export interface Expiring {
  expiresAt: string;
  absoluteExpiresAt: string;
}

/** What the calls take and answer. */
export interface Calls {
  /** Sign in and take a seat. */
  'POST /auth/login': {
    body: {
      identifier: string;
      password: string;
      licenceId?: string;
      remember?: boolean;
      delivery?: 'cookie' | 'bearer';
      whenFull?: { end?: string };
      uncounted?: 'break-glass' | 'support';
    };
    reply: SessionView & { sessionToken?: string };
  };
  /** Take a seat with the ticket of a sign-in that found none; good for one try, within ten minutes. */
  'POST /auth/login/seat': {
    body: { ticket: string; whenFull?: { end?: string }; uncounted?: 'break-glass' | 'support' };
    reply: SessionView & { sessionToken?: string };
  };
  /** Start a method for a challenge: have a code sent, or get the options of a passkey. */
  'POST /auth/login/second-factor/begin': {
    body: { challenge: string; method: 'passkey' | 'totp' | 'email' | 'recovery' };
    reply: Record<string, unknown>;
  };
  /** Answer the challenge of a sign-in, and take a seat. */
  'POST /auth/login/second-factor': {
    body: {
      challenge: string;
      method: 'passkey' | 'totp' | 'email' | 'recovery';
      code?: string;
      response?: Record<string, unknown>;
      licenceId?: string;
    };
    reply: SessionView & { sessionToken?: string; recoveryCodesLeft?: number };
  };
  /** Begin a sign-in with a passkey alone: options for the browser, and a token to come back with. */
  'POST /auth/login/passkey/options': {
    body?: Record<string, never>;
    reply: { token: string; options: Record<string, unknown> };
  };
  /** Sign in with a passkey alone, and take a seat. */
  'POST /auth/login/passkey': {
    body: {
      token: string;
      response: Record<string, unknown>;
      licenceId?: string;
      remember?: boolean;
      delivery?: 'cookie' | 'bearer';
      whenFull?: { end?: string };
      uncounted?: 'break-glass' | 'support';
    };
    reply: SessionView & { sessionToken?: string };
  };
  /** Come back without the password, in a browser that is remembered. */
  'POST /auth/resume': { body: { licenceId?: string; whenFull?: { end?: string } }; reply: SessionView };
  /** Be authenticated again: with the password and what it asks for then, or with a passkey. The session stays. */
  'POST /auth/step-up': {
    body:
      | { password: string }
      | { token: string; response: Record<string, unknown> }
      | {
          challenge: string;
          method: 'passkey' | 'totp' | 'email' | 'recovery';
          code?: string;
          response?: Record<string, unknown>;
        };
    reply: SessionView & { sessionToken?: string };
  };
  /** Sign out: the session ends, its seat is free, and this browser is not remembered any more. */
  'POST /auth/logout': { reply: { pending: true } | undefined };
  /** Who is signed in, where they sit, and until when. */
  'GET /auth/session': { reply: SessionView };
  /** The session's own data. */
  'GET /auth/session/data': { reply: Record<string, unknown> };
  /** Replaces the fields of the session's own data that are named; null removes one. */
  'PATCH /auth/session/data': { body: Record<string, unknown>; reply: Record<string, unknown> };
  /** All live sessions of the signed-in person. */
  'GET /auth/sessions': {
    reply: {
      items: {
        ref: string;
        current: boolean;
        createdAt: string;
        lastSeenAt: string;
        expiresAt: string;
        userAgent: string;
        ip: string;
        browser: string;
        os: string;
      }[];
    };
  };
  /** Ends one of the signed-in person's sessions. */
  'DELETE /auth/sessions/{ref}': { reply: { pending: true } | undefined };
  /** Ends all of the signed-in person's sessions but this one. */
  'POST /auth/sessions/end-others': { reply: { ended: number } | { pending: true } };
  /** How full the licence is that the caller sits in; all null for those who need no seat. */
  'GET /auth/seat': {
    reply: { licenceId: string | null; limit: number | null; used: number | null; free: number | null };
  };
  /** Exchange the session for a short-lived JWT for one application (RFC 9068). */
  'POST /auth/token': {
    body: { audience: string; once?: boolean; lifetimeSeconds?: number };
    reply: { token: string; tokenType: 'Bearer'; expiresAt: string; jti: string };
  };
  /** The own second factors, whether one is required, which may be removed, and what can be enrolled. */
  'GET /auth/factors': {
    reply: {
      items: (Factor & { removable: boolean })[];
      required: boolean;
      recoveryCodes: { id: string; left: number; low: boolean } | null;
      offers: ('passkey' | 'totp' | 'email' | 'recovery')[];
    };
  };
  /** Begin with a passkey: `options` are for the browser, `token` goes with its answer within five minutes. */
  'POST /auth/factors/passkeys/options': { reply: { token: string; options: Record<string, unknown> } };
  /** Add the passkey the browser has made. */
  'POST /auth/factors/passkeys': {
    body: {
      token: string;
      name?: string;
      response: {
        id: string;
        rawId: string;
        type: 'public-key';
        authenticatorAttachment?: 'platform' | 'cross-platform';
        clientExtensionResults: Record<string, unknown>;
        response: { clientDataJSON: string; attestationObject: string; transports?: string[] };
      };
    };
    reply: Factor | (Factor & { pending: true });
  };
  /** Begin with an authenticator app: its secret, also as a QR code. It counts once a code was shown. */
  'POST /auth/factors/totp': {
    body: { name?: string };
    reply: { id: string; secret: string; uri: string; qr: string; expiresAt: string };
  };
  /** Show that the app works, with a code of it: from now on sign-in asks for one. */
  'POST /auth/factors/totp/{id}/confirm': { body: { code: string }; reply: Factor | (Factor & { pending: true }) };
  /** Have codes sent to the own address at sign-in. Does nothing when they are already. */
  'POST /auth/factors/email': { reply: Factor | (Factor & { pending: true }) };
  /** Ten new recovery codes in the place of the former. They are shown this once. */
  'POST /auth/factors/recovery-codes': { reply: { codes: string[] } | { codes: string[]; pending: true } };
  /** Give one of the own factors another name. */
  'PATCH /auth/factors/{id}': { body: { name: string }; reply: Factor };
  /** Remove one of the own factors: every other session ends. The recovery codes go with the last factor. */
  'DELETE /auth/factors/{id}': { reply: { pending: true } | undefined };
  /** The browsers that may come back without the password of the signed-in person. */
  'GET /auth/browsers': {
    reply: {
      items: {
        id: string;
        current: boolean;
        createdAt: string;
        lastUsedAt: string;
        expiresAt: string;
        browser: string;
        os: string;
        ip: string;
      }[];
    };
  };
  /** Forgets all remembered browsers, this one too. Sessions stay open. */
  'DELETE /auth/browsers': { reply: { forgotten: number } };
  /** Forgets one of the remembered browsers. A session that is open in it stays open. */
  'DELETE /auth/browsers/{id}': { reply: undefined };
  /** Ask for an account: a link is sent to the address, and nothing exists before it is followed. */
  'POST /auth/register': { body: { email: string; password: string; name?: string }; reply: Record<string, never> };
  /** Confirm an address with the link that was sent to it. An account that waits for that is made with the password chosen for it. */
  'POST /auth/verify-email': { body: { token: string; password?: string }; reply: { email: string } };
  /** Ask for the link that confirms an address once more. */
  'POST /auth/verify-email/resend': { body: { email: string }; reply: Record<string, never> };
  /** Ask for a link to a new password. The answer is alike whether or not the address has an account. */
  'POST /auth/password/forgot': { body: { email: string }; reply: Record<string, never> };
  /** Choose a new password with the link that was sent: every session ends, and nobody is signed in by it. */
  'POST /auth/password/reset': { body: { token: string; password: string }; reply: { pending: true } | undefined };
  /** Change the own password: this session stays and gets a new secret, every other one ends unless `endOthers` is false. */
  'POST /auth/password/change': {
    body: { currentPassword: string; newPassword: string; endOthers?: boolean };
    reply: { sessionToken: string } | { pending: true } | undefined;
  };
  /** Say that a change was made by somebody else: every session ends, no password is right until a new one is set. */
  'POST /auth/not-me': { body: { token: string }; reply: { pending: true } | undefined };
  /** Make the account and the membership an invitation is for. The link it came with works once. */
  'POST /auth/invitations/accept': {
    body: { token: string; password: string; name?: string; username?: string };
    reply: Account;
  };
  /** Make the first staff account, with the one-time link that the first start printed. */
  'POST /auth/set-up': { body: { token: string; email: string; password: string; name?: string }; reply: Account };
  /** The own account. */
  'GET /auth/account': { reply: OwnAccount };
  /** Change the own name or user name: the sessions learn of it. A user name wants a fresh sign-in. */
  'PATCH /auth/account': {
    body: { name?: string | null; username?: string | null; version?: number };
    reply: OwnAccount | (OwnAccount & { pending: true });
  };
  /** Give the own account up: its sessions end, and it is removed after a time in which it can be taken back. */
  'DELETE /auth/account': { body: { password?: string }; reply: { pending: true } | undefined };
  /** Ask for another address: links are sent to it and to the present one, and both have to be followed. */
  'POST /auth/account/email': { body: { email: string; password?: string }; reply: Record<string, never> };
  /** Confirm a change of address with the link that was sent to one side; the second one makes the change. */
  'POST /auth/account/email/confirm': {
    body: { token: string };
    reply:
      | { changed: boolean; waitingFor: 'old' | 'new' | null }
      | { changed: boolean; waitingFor: 'old' | 'new' | null; pending: true };
  };
  /** Keep an account that was given up, with the link that was sent then. */
  'POST /auth/account/keep': { body: { token: string }; reply: undefined };
  /** End every own session, this one too, and forget every remembered browser. */
  'POST /auth/account/sign-out-everywhere': { reply: { pending: true } | undefined };
}
