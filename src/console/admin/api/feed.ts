import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ask } from './ask.js';
import { queries } from './queries.js';

/** What the server tells while it happens. `open`: it tells again after it could not for a while. */
export interface FeedEvents {
  readonly seats: { readonly licenceId: string; readonly used: number; readonly limit: number };
  readonly sessions: { readonly live: number };
  readonly notice: {
    readonly id: string;
    readonly licence: { readonly id: string; readonly name: string };
    readonly kind: string;
    readonly at: string;
    readonly used: number | null;
    readonly limit: number | null;
    readonly validTo: string | null;
  };
  readonly 'sign-ins': { readonly at: string; readonly results: Readonly<Record<string, number>> };
  readonly open: null;
}

type Name = keyof FeedEvents;
type Listener = (data: never) => void;

const listeners = new Map<Name, Set<Listener>>();
const names = ['seats', 'sessions', 'notice', 'sign-ins'] as const;
/** How soon it is tried again when it was refused, and how long the pause grows to. */
const leastPauseMs = 3_000;
const mostPauseMs = 60_000;
/** After so long a page that nobody sees lets go of it. */
const unseenMs = 5_000;

/**
 * Follows the feed of the console, one for all its pages, while the page is seen: a browser has six connections to a server for
 * all its tabs, and feeds that nobody looks at would take them all. Answers how to stop.
 */
export function follow(): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unseen: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
  let refusals = 0;
  const letGo = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const connect = () => {
    letGo();
    if (document.hidden) return;
    source = new EventSource('/admin/api/events');
    source.onopen = () => {
      if (opened || refusals > 0) tell('open', null);
      opened = true;
      refusals = 0;
    };
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused for good, as the browser takes it: perhaps the session has ended, which this finds out.
      timer = setTimeout(() => ask('GET', '/auth/session').then(connect, connect), pauseAfter(refusals));
      // Nothing moves by itself meanwhile: what is on screen is read anew as often as the feed is asked for.
      if (refusals > 0) void queries.invalidateQueries({ predicate: ({ state }) => state.fetchStatus === 'idle' });
      refusals += 1;
    };
    for (const name of names) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => tell(name, JSON.parse(data)));
    }
  };
  const look = () => {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(letGo, unseenMs);
    else if (source === null) connect();
  };
  document.addEventListener('visibilitychange', look);
  connect();
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(unseen);
    letGo();
  };
}

/** Longer each time, and not the same in every tab. */
function pauseAfter(refusals: number): number {
  return Math.min(leastPauseMs * 2 ** refusals, mostPauseMs) * (0.8 + 0.2 * Math.random());
}

function tell<One extends Name>(name: One, data: FeedEvents[One]): void {
  if (name === 'seats') moveGauges(queries, data as FeedEvents['seats']);
  if (name === 'open') void queries.invalidateQueries();
  for (const listener of listeners.get(name) ?? []) listener(data as never);
}

/** Calls it for every such event while the component is there. */
export function useLive<One extends Name>(name: One, listener: (data: FeedEvents[One]) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const own: Listener = (data) => latest.current(data);
    const all = listeners.get(name) ?? new Set();
    listeners.set(name, all.add(own));
    return () => void all.delete(own);
  }, [name]);
}

/** Puts the new figures wherever an answer that is kept tells those of the licence. */
export function moveGauges(client: QueryClient, { licenceId, used, limit }: FeedEvents['seats']): void {
  const path = (key: readonly unknown[]) => (typeof key[0] === 'string' ? key[0] : '');
  for (const query of client.getQueryCache().findAll()) {
    const at = path(query.queryKey);
    if (!/^\/admin\/api\/licences/.test(at) || query.state.data === undefined) continue;
    const isSeats = at === `/admin/api/licences/${licenceId}/seats`;
    const moved = replaced(query.state.data, (one) => {
      if (one['id'] === licenceId && typeof one['used'] === 'number') return { used };
      return isSeats && typeof one['free'] === 'number' ? { used, limit, free: Math.max(0, limit - used) } : null;
    });
    if (moved !== query.state.data) client.setQueryData(query.queryKey, moved);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The value with the fields of some objects in it changed; the same value when none was. */
function replaced(value: unknown, change: (one: Fields) => Fields | null): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => replaced(item, change));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const one = value as Fields;
  const wanted = change(one);
  let fresh: Record<string, unknown> | null = null;
  for (const [name, inner] of Object.entries(one)) {
    const next = wanted !== null && Object.hasOwn(wanted, name) ? wanted[name] : replaced(inner, change);
    if (next !== inner) fresh = { ...(fresh ?? one), [name]: next };
  }
  return fresh ?? value;
}
