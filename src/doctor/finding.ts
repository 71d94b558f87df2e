/** What does not fit together, what it means, and what mending does. `what` is completed by what the finding is about. */
const catalogue = {
  'outbox-stuck': {
    what: 'A change has not reached Redis',
    means: 'What was changed in Postgres does not hold for the sessions yet.',
    mend: 'applies it now, with all that waits behind it',
  },
  'policy-missing': {
    what: 'Redis does not know the licence',
    means: 'Its next sign-in and check have to bring it first.',
    mend: 'brings the policy to Redis',
  },
  'policy-old': {
    what: 'Redis has an older policy of the licence than Postgres',
    means: 'Seats, state or window are not what was decided.',
    mend: 'brings the policy to Redis',
  },
  'policy-differs': {
    what: 'Redis has another policy of the licence under the same version',
    means: 'Somebody wrote to a store by hand: seats, state or window are not what was decided.',
    mend: 'raises the version in Postgres and brings that policy to Redis',
  },
  'policy-ahead': {
    what: 'Redis has a newer policy of the licence than Postgres',
    means: 'Postgres was restored from an older copy; changes would not reach Redis until their version is higher.',
    mend: 'raises the version in Postgres above it and brings that policy to Redis; look whether it is the right one',
  },
  'epoch-lost': {
    what: 'Redis has forgotten that a person changed',
    means: 'Sessions may live that were ended, or show what the person was before.',
    mend: 'applies the changes of the last days to that person once more',
  },
  'epoch-ahead': {
    what: 'Redis knows of a newer change of a person than Postgres',
    means: 'Postgres was restored from an older copy; the person cannot sign in.',
    mend: "raises the person's epoch in Postgres to that of Redis",
  },
  'overage-forgotten': {
    what: 'Redis has forgotten a day on which more were admitted than there are seats',
    means: 'The licence could have one such day more than it allows.',
    mend: 'tells Redis the day again',
  },
  'overage-unknown': {
    what: 'Redis counts a day of overage that the history does not know',
    means: 'The licence has one such day less than it allows.',
    mend: 'takes the day off',
  },
  'seat-without-session': {
    what: 'A seat is held by a session whose record is gone',
    means: 'Nobody sits there, and nobody else can.',
    mend: 'frees the seat and tells the history',
  },
  'session-without-seat': {
    what: 'A session has a record and no seat',
    means: 'It is over: it cannot have its seat back, which may be somebody else’s.',
    mend: 'ends it for good and tells the history',
  },
  'listed-without-session': {
    what: 'The list of a licence names a session that is gone',
    means: 'Nothing but space is lost.',
    mend: 'takes it off the list',
  },
  'session-unlisted': {
    what: 'A live session is missing from the list',
    means: 'It holds its seat; staff do not see it.',
    mend: 'puts it back into the list',
  },
  'index-missing': {
    what: "A live session is missing from its user's index",
    means: 'Its owner does not see it, and ending all sessions of the user would spare it.',
    mend: 'puts it back into the index',
  },
  'index-stray': {
    what: 'The index of a user names a session that is not a live one of theirs',
    means: 'Nothing but space is lost.',
    mend: 'takes it out of the index',
  },
  'client-missing': {
    what: 'A live session is missing from the index of clients',
    means: 'Filters by address, browser or system find it by its record, which takes them longer.',
    mend: 'puts it back into the index',
  },
  'client-stray': {
    what: 'The index of clients names a session that is gone',
    means: 'Nothing but space is lost.',
    mend: 'takes it out of the index',
  },
  'uncounted-stray': {
    what: 'An entry among the seats that do not count fits no seat',
    means: 'Fewer seats seem taken than are: too many could be admitted.',
    mend: 'takes the entry away, or gives it the time of its seat',
  },
  'session-of-nobody': {
    what: 'A live session belongs to an account that was deleted or disabled',
    means: 'Somebody is signed in who must not be.',
    mend: 'ends it',
  },
  'session-of-stranger': {
    what: 'A live session belongs to somebody who is no member of its licence',
    means: 'Somebody sits where they may not, or where ending all their sessions would not find them.',
    mend: 'ends it',
  },
  'session-of-no-licence': {
    what: 'A live session sits in a licence that does not exist',
    means: 'Somebody is signed in without a licence.',
    mend: 'closes the licence in Redis and ends it',
  },
  'session-in-suspended-licence': {
    what: 'A live session sits in a suspended licence',
    means: 'It is told so at its next check; until then it is shown as live.',
    mend: 'ends it',
  },
  'session-outdated': {
    what: 'A live session is from before its person changed',
    means: 'It is told so at its next check; until then it is shown as live.',
    mend: 'ends it',
  },
  'session-revived': {
    what: 'A session lives though the history says that it ended',
    means: 'Redis was restored from an older copy: somebody is signed in again who had been signed out.',
    mend: 'ends it again',
  },
  'admission-missing': {
    what: 'The history lacks the admission of a session that lives',
    means: 'Figures of use are too low.',
    mend: 'adds the admission, at the time the session was opened',
  },
  'release-missing': {
    what: 'The history lacks the release of a session that does not live',
    means: 'Redis has lost it; figures of use are too high.',
    mend: 'adds the release, at the last time that is known',
  },
  'release-without-admission': {
    what: 'The history has the release of a session and not its admission',
    means: 'Figures of use are too low.',
    mend: 'adds the admission, right before the release',
  },
} as const;

/** What kinds of drift there are. */
export type FindingKind = keyof typeof catalogue;

/** What a finding may be about, besides its tag: whatever mending it needs. */
export interface Facts {
  readonly ref?: string;
  readonly handle?: string;
  readonly userId?: string | null;
  readonly licenceId?: string;
  readonly key?: string;
  readonly redis?: number;
  readonly postgres?: number;
  readonly atMs?: number;
  readonly reason?: string | null;
  readonly day?: number;
  readonly detail?: string;
}

/** One thing that does not fit together. */
export interface Finding {
  readonly kind: FindingKind;
  /** The same in every look, as long as it is the same thing. */
  readonly id: string;
  readonly tag: string | null;
  readonly facts: Facts;
}

/** A finding; `subject` names what it is about within its kind and tag. */
export function finding(kind: FindingKind, tag: string | null, subject: string, facts: Facts): Finding {
  return { kind, id: [kind, tag ?? '', subject].join(' '), tag, facts };
}

/** A finding in words. */
export function inWords({ kind, tag, facts }: Finding): { what: string; means: string; mend: string } {
  const { what, means, mend } = catalogue[kind];
  const about = [
    facts.ref !== undefined ? `session ${facts.ref}` : tag === null ? null : `tag ${tag}`,
    facts.userId ? `user ${facts.userId}` : null,
    facts.key === undefined ? null : facts.key,
    facts.redis === undefined ? null : `Redis has ${facts.redis}`,
    facts.postgres === undefined ? null : `Postgres has ${facts.postgres}`,
    facts.day === undefined ? null : `day ${new Date(facts.day * 86_400_000).toISOString().slice(0, 10)}`,
    facts.detail ?? null,
  ].filter((part) => part !== null);
  return { what: about.length === 0 ? what : `${what}: ${about.join(', ')}`, means, mend };
}

/** Every kind of drift, in the order in which it is mended: causes before what follows from them. */
export const findingKinds = Object.keys(catalogue) as FindingKind[];
