import type { EndReason } from '../../../src/sessions/session.js';
import type { FullStep, Uncounted } from '../../../src/sessions/store.js';

/** Somebody who sits: whose the session is, and how many minutes ago it was used; `never`: its opening was not confirmed. */
export interface Sitting {
  readonly who: 'me' | 'ann' | 'bob';
  readonly idle: number | 'never';
  readonly uncounted?: true;
}

/** A chain, who sits when I come, and what comes of it. */
export interface FullHouseCase {
  readonly seats: number;
  /** The seats while people came, where there were more. */
  readonly before?: number;
  readonly perUser?: number;
  readonly chain: readonly FullStep[];
  readonly sitting: readonly Sitting[];
  /** Which of those sitting I would give up: by position, or a handle nobody has. */
  readonly give?: number | 'nobody';
  readonly uncounted?: Uncounted;
  readonly becomes:
    | { readonly refused: 'FULL' | 'USER_MAX' }
    | { readonly admitted: string | null; readonly ends?: readonly [position: number, reason: EndReason] };
}

const idle: FullStep = { step: 'reclaim-idle', idleMinutes: 10 };
const endOwn: FullStep = { step: 'end-own' };
const oldest: FullStep = { step: 'displace', which: 'oldest' };
const idlest: FullStep = { step: 'displace', which: 'idlest' };
const overage: FullStep = { step: 'overage', seats: 1, days: 1 };

const me = (minutes: number | 'never' = 0): Sitting => ({ who: 'me', idle: minutes });
const ann = (minutes: number | 'never' = 0): Sitting => ({ who: 'ann', idle: minutes });
const bob = (minutes: number | 'never' = 0): Sitting => ({ who: 'bob', idle: minutes });
const full = { refused: 'FULL' } as const;
const tooMany = { refused: 'USER_MAX' } as const;
const admitted = { admitted: null } as const;
const ending = (position: number, reason: EndReason) => ({ admitted: null, ends: [position, reason] }) as const;

/** What each chain does in each situation, every step in its turn and only then. */
export const fullHouseCases: Readonly<Record<string, FullHouseCase>> = {
  'no chain: refuses': { seats: 2, chain: [], sitting: [ann(40), bob(40)], becomes: full },
  'no chain: frees no own session that is named': {
    seats: 2,
    chain: [],
    sitting: [me(), bob()],
    give: 0,
    becomes: full,
  },
  'reclaim: ends nobody while a seat is free': { seats: 2, chain: [idle], sitting: [ann(40)], becomes: admitted },
  'reclaim: ends nobody who is active': { seats: 2, chain: [idle], sitting: [ann(), bob(5)], becomes: full },
  'reclaim: ends nobody who may have been active within the minutes': {
    seats: 2,
    chain: [idle],
    sitting: [ann(10), bob()],
    becomes: full,
  },
  'reclaim: ends who is idle longer': {
    seats: 2,
    chain: [idle],
    sitting: [ann(12), bob()],
    becomes: ending(0, 'idle'),
  },
  'reclaim: ends who is idle longest': {
    seats: 3,
    chain: [idle],
    sitting: [ann(12), bob(30), ann(20)],
    becomes: ending(1, 'idle'),
  },
  'reclaim: ends my own session as any other': {
    seats: 2,
    chain: [idle],
    sitting: [me(30), bob()],
    becomes: ending(0, 'idle'),
  },
  'reclaim: ends no opening that waits for its answer': {
    seats: 2,
    chain: [idle],
    sitting: [ann('never'), bob()],
    becomes: full,
  },
  'reclaim: ends nobody when that would not make room': {
    seats: 1,
    before: 3,
    chain: [idle],
    sitting: [ann(30), bob(30), ann(30)],
    becomes: full,
  },
  'reclaim: ends nobody whose session takes no seat': {
    seats: 1,
    chain: [idle],
    sitting: [{ ...ann(30), uncounted: true }, bob()],
    becomes: full,
  },
  'end-own: ends what I name': {
    seats: 2,
    chain: [endOwn],
    sitting: [bob(), me()],
    give: 1,
    becomes: ending(1, 'ended-by-user'),
  },
  'end-own: waits for me to name one': { seats: 2, chain: [endOwn], sitting: [bob(), me()], becomes: full },
  'end-own: ends nothing while a seat is free': {
    seats: 3,
    chain: [endOwn],
    sitting: [bob(), me()],
    give: 1,
    becomes: admitted,
  },
  'end-own: frees nothing of another person': {
    seats: 2,
    chain: [endOwn],
    sitting: [bob(), me()],
    give: 0,
    becomes: full,
  },
  'end-own: frees nothing for a name nobody has': {
    seats: 2,
    chain: [endOwn],
    sitting: [bob(), me()],
    give: 'nobody',
    becomes: full,
  },
  'end-own: ends nothing when that would not make room': {
    seats: 1,
    before: 2,
    chain: [endOwn],
    sitting: [bob(), me()],
    give: 1,
    becomes: full,
  },
  'end-own: whoever names what is not theirs gets in by no other step': {
    seats: 2,
    chain: [endOwn, oldest, overage],
    sitting: [bob(), me()],
    give: 0,
    becomes: full,
  },
  'reclaim before end-own: the idle go first': {
    seats: 2,
    chain: [idle, endOwn],
    sitting: [bob(30), me()],
    give: 1,
    becomes: ending(0, 'idle'),
  },
  'end-own before reclaim: what I name goes first': {
    seats: 2,
    chain: [endOwn, idle],
    sitting: [bob(30), me()],
    give: 1,
    becomes: ending(1, 'ended-by-user'),
  },
  'end-own before reclaim: the idle go when I name none': {
    seats: 2,
    chain: [endOwn, idle],
    sitting: [bob(30), me()],
    becomes: ending(0, 'idle'),
  },
  'displace: ends my oldest, though it was used last': {
    seats: 2,
    chain: [oldest],
    sitting: [me(), me(30)],
    becomes: ending(0, 'displaced'),
  },
  'displace: ends my idlest, though it is the newest': {
    seats: 2,
    chain: [idlest],
    sitting: [me(), me(30)],
    becomes: ending(1, 'displaced'),
  },
  'displace: ends nobody of others': { seats: 2, chain: [oldest, idlest], sitting: [ann(30), bob(30)], becomes: full },
  'displace: ends nothing when that would not make room': {
    seats: 1,
    before: 2,
    chain: [oldest],
    sitting: [me(), bob()],
    becomes: full,
  },
  'displace: ends nothing that takes no seat': {
    seats: 1,
    chain: [oldest],
    sitting: [{ ...me(30), uncounted: true }, bob()],
    becomes: full,
  },
  'end-own before displace: what I name, though it is the newest': {
    seats: 2,
    chain: [endOwn, oldest],
    sitting: [me(), me()],
    give: 1,
    becomes: ending(1, 'ended-by-user'),
  },
  'end-own before displace: the oldest when I name none': {
    seats: 2,
    chain: [endOwn, oldest],
    sitting: [me(), me()],
    becomes: ending(0, 'displaced'),
  },
  'overage: lets one more in, and says so': {
    seats: 2,
    chain: [overage],
    sitting: [ann(), bob()],
    becomes: { admitted: 'overage' },
  },
  'overage: is not for a licence without seats': { seats: 0, before: 0, chain: [overage], sitting: [], becomes: full },
  'overage: lets no second one in': { seats: 1, before: 2, chain: [overage], sitting: [ann(), bob()], becomes: full },
  'displace before overage: displaces': {
    seats: 2,
    chain: [oldest, overage],
    sitting: [me(), bob()],
    becomes: ending(0, 'displaced'),
  },
  'overage before displace: displaces nobody': {
    seats: 2,
    chain: [overage, oldest],
    sitting: [me(), bob()],
    becomes: { admitted: 'overage' },
  },
  'each at most one: refuses though seats are free': {
    seats: 5,
    perUser: 1,
    chain: [],
    sitting: [me()],
    becomes: tooMany,
  },
  'each at most one: admits others': { seats: 5, perUser: 1, chain: [], sitting: [ann(), bob()], becomes: admitted },
  'each at most one: displaces': {
    seats: 5,
    perUser: 1,
    chain: [oldest],
    sitting: [me(), bob()],
    becomes: ending(0, 'displaced'),
  },
  'each at most one: ends what I name': {
    seats: 5,
    perUser: 1,
    chain: [endOwn],
    sitting: [me(), bob()],
    give: 0,
    becomes: ending(0, 'ended-by-user'),
  },
  'each at most one: takes nobody else’s idle session for that': {
    seats: 2,
    perUser: 1,
    chain: [idle],
    sitting: [me(), bob(30)],
    becomes: tooMany,
  },
  'each at most one: overage is no way round': {
    seats: 2,
    perUser: 1,
    chain: [overage],
    sitting: [me(), bob()],
    becomes: tooMany,
  },
  'each at most one: a session that takes no seat does not count': {
    seats: 2,
    perUser: 1,
    chain: [],
    sitting: [{ ...me(), uncounted: true }, bob()],
    becomes: admitted,
  },
  'no seats at all: refuses, whatever the chain': {
    seats: 0,
    before: 1,
    chain: [idle, endOwn, oldest],
    sitting: [{ ...me(30), uncounted: true }],
    becomes: full,
  },
  'break-glass: gets in where there are no seats at all': {
    seats: 0,
    chain: [],
    sitting: [],
    uncounted: 'break-glass',
    becomes: { admitted: 'break-glass' },
  },
  'support: gets in without a seat, and ends nobody': {
    seats: 2,
    chain: [idle, oldest],
    sitting: [ann(30), me(30)],
    uncounted: 'support',
    becomes: { admitted: 'support' },
  },
};
