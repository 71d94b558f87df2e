/** Every way a session can end, as the ended browser is told. */
export const endReasons = [
  'signed-out',
  'idle',
  'lifetime',
  'ended-by-staff',
  'ended-by-user',
  'displaced',
  'user-agent',
  'licence-suspended',
  'licence-expired',
  'member-removed',
  'account-disabled',
  'credentials-changed',
  'role-changed',
  'unclaimed',
] as const;

/**
 * Why a session ended. `unclaimed` is only seen in the history: the answer with the session never arrived, so nobody was
 * ever signed in by it.
 */
export type EndReason = (typeof endReasons)[number];

/** Whether a remembered browser may bring such a session back by itself: only when nobody meant to end it. */
export function isResumable(reason: EndReason): boolean {
  return reason === 'idle' || reason === 'lifetime';
}

/** The rules of time that every session follows. All in milliseconds. */
export interface SessionTimes {
  /** A session unused for so long ends. */
  readonly idleMs: number;
  /** A session ends so long after it was opened. */
  readonly absoluteMs: number;
  /** How long a seat is held until its opening is confirmed. */
  readonly grantMs: number;
  /** A check slides the session only when so long has passed since the last slide; the idle limit is that much longer. */
  readonly slackMs: number;
  /** How long the secret from before a rotation still reads. */
  readonly rotationMs: number;
}

/** No opening waits longer for its confirmation. */
export const longestGrantMs = 30_000;

/** The times that follow from the two settings: a grant of 30 s, a slack of min(60 s, idle / 60), 10 s after a rotation. */
export function sessionTimes(settings: { idleSeconds: number; absoluteSeconds: number }): SessionTimes {
  const idleMs = settings.idleSeconds * 1000;
  return {
    idleMs,
    absoluteMs: settings.absoluteSeconds * 1000,
    grantMs: Math.min(longestGrantMs, idleMs),
    slackMs: Math.min(60_000, Math.floor(idleMs / 60)),
    rotationMs: 10_000,
  };
}

/** What a session's own data may come to, in bytes of JSON. */
export const mostDataBytes = 16_384;
