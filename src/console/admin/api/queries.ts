import { type Query as Kept, QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ask, type Query } from './ask.js';
import { ApiProblem } from './problem.js';

/** What was asked, kept. What passes by itself is asked for again until it goes well; the shell says so meanwhile. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 300_000,
      refetchOnWindowFocus: true,
      networkMode: 'always',
      retry: (_count, error) => error instanceof ApiProblem && error.passes,
      retryDelay: (count, error) =>
        (error instanceof ApiProblem ? error.waitMs : 2000) * Math.min(1 + count / 4, 4) * (0.9 + 0.2 * Math.random()),
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** What a query may be told besides what it asks. */
export interface AskOptions {
  readonly enabled?: boolean;
  /** How long an answer is taken for fresh. */
  readonly staleTime?: number;
  readonly refetchInterval?: number;
  /** Goes on showing the answer before, while another question is asked. */
  readonly keep?: boolean;
}

/** A GET, kept under its path and query. */
export function useAsk<Reply>(
  path: string,
  query?: Query,
  options: AskOptions = {},
): UseQueryResult<Reply, ApiProblem> {
  const { keep, ...others } = options;
  return useQuery<Reply, ApiProblem>({
    queryKey: [path, query ?? {}],
    queryFn: ({ signal }) => ask<Reply>('GET', path, { query, signal }),
    ...(keep === true ? { placeholderData: (before: Reply | undefined) => before } : {}),
    ...others,
  } as Parameters<typeof useQuery<Reply, ApiProblem>>[0]);
}

/**
 * Asks again for what is on screen and whose path begins so; what is not on screen is asked for when it is shown. A first
 * answer that is on its way may be older than what has just been done: it is shown, and asked for once more.
 */
export function useInvalidate(): (...paths: string[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (...paths) => {
      const predicate = ({ queryKey: [path] }: Kept) =>
        paths.some((one) => typeof path === 'string' && path.startsWith(one));
      // What has been answered before is asked for anew in any case.
      const first = new Set(client.getQueryCache().findAll({ predicate, fetchStatus: 'fetching' }).filter(unanswered));
      await client.invalidateQueries({ predicate });
      if (first.size > 0) await client.invalidateQueries({ predicate: (query) => first.has(query) });
    },
    [client],
  );
}

function unanswered({ state }: Kept): boolean {
  return state.data === undefined;
}
