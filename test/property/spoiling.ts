import fc from 'fast-check';
import { type Actor, actors } from '../support/fuzz-lab.js';
import { cursors, long, nastyBodies, nastyHeaders, nastyTexts, nastyValues, wellFormed } from './nasty.js';

/** One way to spoil a good request. Numbers called `pick` and `at` choose among what there is, whatever its size. */
export type Spoiling =
  /** Another value, as JSON text, in place of one in the body; a field more; a field less. */
  | { readonly on: 'field'; readonly pick: number; readonly text: string }
  | { readonly on: 'extra'; readonly pick: number; readonly name: string; readonly text: string }
  | { readonly on: 'drop'; readonly pick: number }
  /** Another body, or only a beginning of it. */
  | { readonly on: 'body'; readonly bytes: string }
  | { readonly on: 'cut'; readonly at: number }
  | { readonly on: 'query'; readonly name: string; readonly value: string }
  /** Another segment in place of one of the path's; another path around it. */
  | { readonly on: 'segment'; readonly pick: number; readonly text: string }
  | { readonly on: 'path'; readonly before: string; readonly after: string }
  | { readonly on: 'method'; readonly method: string }
  /** A header in place of what there is, or beside it. */
  | { readonly on: 'header'; readonly name: string; readonly value: string; readonly beside: boolean }
  /** The credential, changed. */
  | { readonly on: 'credential'; readonly how: CredentialFault; readonly at: number };

/** How a cookie or a bearer token is spoilt. */
export const credentialFaults = [
  'cut',
  'changed',
  'foreign',
  'twice',
  'huge',
  'unmarked',
  'malformed',
  'other door',
] as const;

/** One of those. */
export type CredentialFault = (typeof credentialFaults)[number];

/** A bad request, before it is known what there is to ask about. */
export interface BadRequest {
  /** Which route. */
  readonly pick: number;
  readonly actor: Actor;
  readonly spoilings: readonly Spoiling[];
}

const anyText = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<string>(...nastyTexts) },
  { weight: 2, arbitrary: fc.constantFrom(...cursors) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);
const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<string>(...nastyValues) },
  { weight: 3, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.double().map((value) => JSON.stringify(value)) },
);
const anyName = fc.oneof(
  fc.constantFrom(
    '"unknown"',
    '"__proto__"',
    '"constructor"',
    '"prototype"',
    '"toString"',
    '"hasOwnProperty"',
    '""',
    '"\\ud800"',
    '"\\u0000"',
    '"id"',
    '"epoch"',
    '"passwordHash"',
    '"permissions"',
    '"$where"',
    '"name"',
    '"version"',
    '"a/b~c"',
    `"${long(3000)}"`,
    '"\\u202e"',
    '"end"',
  ),
  anyText.map((text) => JSON.stringify(text)),
);
const pick = fc.nat({ max: 9999 });
const encoded = anyText.map((text) => (/%/.test(text) ? text : encodeURIComponent(wellFormed(text))));

const inBody: fc.Arbitrary<Spoiling> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ on: fc.constant('field' as const), pick, text: anyValue }) },
  { weight: 3, arbitrary: fc.record({ on: fc.constant('extra' as const), pick, name: anyName, text: anyValue }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('drop' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ on: fc.constant('body' as const), bytes: fc.constantFrom<string>(...nastyBodies) }),
  },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('cut' as const), at: pick }) },
);
const inTarget: fc.Arbitrary<Spoiling> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      on: fc.constant('query' as const),
      name: fc.oneof(
        fc.constantFrom(
          'limit',
          'cursor',
          'q',
          'userId',
          'licenceId',
          'from',
          'to',
          'message',
          'role',
          'action',
          'targetId',
          'disabled',
          'redirect',
        ),
        fc.constantFrom(
          'limit[]',
          'limit[a]',
          '__proto__',
          '__proto__[polluted]',
          'constructor',
          '%',
          '',
          'a%00b',
          'ownerId',
          'actorId',
        ),
      ),
      value: encoded,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      on: fc.constant('query' as const),
      name: fc.constant('cursor'),
      value: fc.constantFrom(...cursors),
    }),
  },
  { weight: 4, arbitrary: fc.record({ on: fc.constant('segment' as const), pick, text: encoded }) },
  {
    weight: 1,
    arbitrary: fc.record({
      on: fc.constant('path' as const),
      before: fc.constantFrom('', '/', '/.', '/..', '//', '/%2e', 'x', '*'),
      after: fc.constantFrom(
        '',
        '/',
        '//',
        '/.',
        '/..',
        '/%2e%2e',
        '?',
        '??',
        '#',
        '%',
        '%00',
        '%zz',
        ';a=b',
        '.json',
        '/x',
        '?__proto__=1',
        `?${'a=1&'.repeat(2000)}`,
        `/${long(5000)}`,
      ),
    }),
  },
);
const inHead: fc.Arbitrary<Spoiling> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...nastyHeaders).chain(([name, values]) =>
      fc.record({
        on: fc.constant('header' as const),
        name: fc.constant(name),
        value: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: anyText }),
        beside: fc.boolean(),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      on: fc.constant('credential' as const),
      how: fc.constantFrom(...credentialFaults),
      at: pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      on: fc.constant('method' as const),
      method: fc.constantFrom(
        'GET',
        'HEAD',
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'OPTIONS',
        'TRACE',
        'PROPFIND',
        'PURGE',
        'SEARCH',
      ),
    }),
  },
);

/** Requests that are good but for one to three faults, over all routes and all kinds of people. */
export function badRequests(): fc.Arbitrary<BadRequest> {
  const spoiling = fc.oneof(
    { weight: 5, arbitrary: inBody },
    { weight: 4, arbitrary: inTarget },
    { weight: 3, arbitrary: inHead },
  );
  return fc.record({
    pick: fc.nat({ max: 9999 }),
    actor: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<Actor>('admin', 'admin in a browser') },
      { weight: 3, arbitrary: fc.constantFrom(...actors) },
    ),
    spoilings: fc.array(spoiling, { minLength: 1, maxLength: 3 }),
  });
}
