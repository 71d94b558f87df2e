import type { Caller } from '../kernel/actor.js';
import type { UserId } from '../kernel/ids.js';

/** How many sessions one script looks at, so that checks wait for it no longer than for one another. */
export const sliceSize = 1_000;
/** How many places are looked through at once. */
export const lookedThroughAtOnce = 4;

/** Who waits for an answer: a search that is for nobody any more stops, and what it answers is incomplete. */
export type Asker = Pick<Caller, 'gone'>;

/** Which live sessions are meant. All that is given must hold. */
export interface SessionTraits {
  /** The address begins so. */
  readonly ip?: string;
  /** Browser and operating system contain that, upper and lower case alike. */
  readonly browser?: string;
  readonly os?: string;
  /** Address, user name or name contains that; of letters beyond ASCII the case counts. */
  readonly text?: string;
  /** Not used for so long, at least. */
  readonly idleMs?: number;
  /** Opened so long ago, at least. */
  readonly ageMs?: number;
  /** The handle of one that is not meant. */
  readonly except?: string;
}

/** A place in a list: a time, and the handle among those of that time. */
export type ListPlace = readonly [timeMs: number, handle: string];

/** What a slice of a tag's live sessions is looked through for. */
export interface FindRequest extends SessionTraits {
  /** How many sessions the slice has. */
  readonly look: number;
  /** How many of those that are meant are told. */
  readonly atMost: number;
  /** Where the last slice ended. */
  readonly from?: ListPlace;
  /** Only what comes behind that is told; counted is everything. */
  readonly after?: ListPlace;
  /** Looks at the whole slice, also when `atMost` have been found. */
  readonly counts?: true;
  /** Tells which browsers and systems there are, and how often, instead of sessions. With `atMost` 0. */
  readonly tallies?: true;
  /** Those unused for longest first, of the whole slice; else those opened last. */
  readonly idlest?: true;
  /** Of the idlest, only those last used then or before are told. */
  readonly usedByMs?: number;
  /** Looks at this user's alone, all at once. */
  readonly userId?: UserId;
}

/** What a slice of a tag's live sessions is looked through for, along the times of their seats. */
export interface IdlestRequest extends SessionTraits, Pick<FindRequest, 'look' | 'atMost' | 'after' | 'usedByMs'> {
  /** Where the last slice ended. Without it also those are looked at whose seats do not tell when they were used. */
  readonly from?: ListPlace;
  /** When the first slice was looked at, for the others: whose seats did not tell then is not looked at again. */
  readonly since?: number;
  /** Where the first slice begins. */
  readonly begin?: ListPlace;
}

/** How many sessions are of which browser and operating system. */
export interface ClientTally {
  readonly browsers: Readonly<Record<string, number>>;
  readonly systems: Readonly<Record<string, number>>;
}

/** What was found in a slice along the times of the seats. */
export interface IdlestSlice {
  /** How many sessions of the tag have been idle for so long, whatever else is asked; null but for the first slice. */
  readonly idle: number | null;
  /** How many of the slice are meant. */
  readonly matched: number;
  /** Where the next slice begins, null when there is none: all that is not looked at yet was used then or later. */
  readonly next: ListPlace | null;
  /** When it was looked at, by the clock of the store. */
  readonly atMs: number;
  /** By when they were last used. */
  readonly found: readonly ListPlace[];
}

/** What was found in a slice. */
export interface FoundSlice {
  /** How many sessions live in the tag. */
  readonly living: number;
  /** How many of the slice are meant. */
  readonly matched: number;
  /** Where the next slice begins; null when there is none. */
  readonly next: ListPlace | null;
  /** By when they were opened, or last used. */
  readonly found: readonly ListPlace[];
  readonly tally?: ClientTally;
}
