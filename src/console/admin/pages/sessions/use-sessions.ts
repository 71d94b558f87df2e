import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLive } from '../../api/feed.js';
import { useAsk } from '../../api/queries.js';
import { type List, type Listed, useList } from '../../kit/use-list.js';
import type { LiveSession } from './session-answer.js';
import { useSessionFilter } from './session-filters.js';

const path = '/admin/api/sessions';
/** More pages than this are not read anew by themselves. */
const fewPages = 4;
const pageSize = 100;
const restMs = 2_000;
/** After whatever took so long that a tenth of the time would be too seldom. */
const longestRestMs = 60_000;

/** The live sessions that are looked for: the rows as soon as they are found, how many they are beside that. */
export function useSessions(): {
  readonly list: List<LiveSession>;
  /** Takes sessions out of what is shown; answers how to put them back. */
  remove(refs: ReadonlySet<string>): () => void;
  /** Whether what is shown is old and is not read anew by itself. */
  readonly changed: boolean;
  refresh(): void;
} {
  const client = useQueryClient();
  const { filter, sort } = useSessionFilter();
  const query = { ...filter, sort };
  const list = useList<LiveSession>(path, { ...query, count: 'no' }, { limit: pageSize });
  const totalQuery = { ...query, limit: 1 };
  const totalKey = [path, totalQuery];
  const total = useAsk<Listed<LiveSession>>(path, totalQuery, { keep: true });
  const [changed, setChanged] = useState(false);
  const refresh = () => {
    setChanged(false);
    return client.invalidateQueries({ queryKey: [path] });
  };
  const few = list.items.length <= fewPages * pageSize;
  // All there are, when nothing is looked for: then the feed's own figure tells whether anything is new.
  const known = Object.keys(filter).length === 0 ? total.data?.total : undefined;
  useWhenLiveChanges(known, () => {
    if (few) return refresh();
    setChanged(true);
    return client.invalidateQueries({ queryKey: totalKey });
  });
  const remove = (refs: ReadonlySet<string>) => {
    const putBack = list.removeItems(({ ref }) => refs.has(ref));
    const before = client.getQueryData<Listed<LiveSession>>(totalKey);
    if (before !== undefined)
      client.setQueryData(totalKey, { ...before, total: Math.max(0, before.total - refs.size) });
    return () => {
      putBack();
      client.setQueryData(totalKey, before);
    };
  };
  return { list: { ...list, total: total.data?.total }, remove, changed, refresh: () => void refresh() };
}

/**
 * Calls it when sessions have come or gone, and once more after the last change: at most every other second, and no more often
 * than that it works a tenth of the time. Not while nobody sees the page.
 */
function useWhenLiveChanges(known: number | undefined, call: () => Promise<unknown>): void {
  const latest = useRef(call);
  latest.current = call;
  const tookMs = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const waiting = useRef(false);
  const note = useCallback(() => {
    waiting.current = true;
    if (timer.current !== undefined || document.hidden) return;
    const run = async () => {
      if (!document.hidden) {
        waiting.current = false;
        const began = performance.now();
        await latest.current();
        tookMs.current = performance.now() - began;
      }
      timer.current = undefined;
      if (waiting.current) note();
    };
    timer.current = setTimeout(() => void run(), Math.min(Math.max(restMs, 10 * tookMs.current), longestRestMs));
  }, []);
  useEffect(() => {
    const seen = () => waiting.current && note();
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [note]);
  useLive('sessions', ({ live }) => {
    if (live !== known) note();
  });
  useLive('seats', note);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      // Also keeps one that is at work from going on.
      waiting.current = false;
    },
    [],
  );
}
