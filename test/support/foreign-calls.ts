import type { RouteCall } from './route-calls.js';

/** A call about one's own institute in which something of another one is named. */
export interface ForeignCall extends RouteCall {
  /** What is of the other institute: `path`, `query.<name>`, `body.<name>` …, or `everything`. */
  readonly where: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The same call about two institutes, mixed in every way that names one thing of the other, and all of it at once. */
export function foreignCalls(own: RouteCall, other: RouteCall): ForeignCall[] {
  const mixed = [...paths(own, other), ...queries(own, other), ...bodies(own, other)];
  return mixed.length === 0 ? [] : [{ ...other, where: 'everything' }, ...mixed];
}

function paths(own: RouteCall, other: RouteCall): ForeignCall[] {
  const [mine, theirs] = [own.path.split('/'), other.path.split('/')];
  return mine.flatMap((segment, i) => {
    if (segment === theirs[i]) return [];
    return [{ ...own, path: mine.with(i, theirs[i] ?? '').join('/'), where: 'path' }];
  });
}

function queries(own: RouteCall, other: RouteCall): ForeignCall[] {
  return Object.entries(other.query ?? {}).flatMap(([name, value]) => {
    if (own.query?.[name] === value) return [];
    return [{ ...own, query: { ...own.query, [name]: value }, where: `query.${name}` }];
  });
}

function bodies(own: RouteCall, other: RouteCall): ForeignCall[] {
  return swapped(own.body ?? {}, other.body ?? {}, 'body').map(({ value, where }) => ({
    ...own,
    body: value as Json,
    where,
  }));
}

/** `mine` with one of its leaves replaced by that of `theirs`, for each leaf that differs. */
function swapped(mine: unknown, theirs: unknown, where: string): { value: unknown; where: string }[] {
  if (JSON.stringify(mine) === JSON.stringify(theirs)) return [];
  if (!isObject(mine) || !isObject(theirs)) return [{ value: theirs, where }];
  return Object.keys(theirs).flatMap((name) =>
    swapped(mine[name], theirs[name], `${where}.${name}`).map((one) => ({
      value: { ...mine, [name]: one.value },
      where: one.where,
    })),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
