import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, type Query } from '../api/ask.js';
import type { ApiProblem } from '../api/problem.js';

/** A page of a list, as the server answers it. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** A list that is read page after page. */
export interface List<Item> {
  readonly items: readonly Item[];
  readonly total: number | undefined;
  /** Nothing is there yet. */
  readonly isPending: boolean;
  /** What is there answers the question before. */
  readonly isStale: boolean;
  /** Why it could not be read; told also while it is tried again. */
  readonly problem: ApiProblem | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  loadMore(): void;
  refetch(): void;
  /** Takes items out of what is shown, before the server has said so. Answers how to put them back. */
  removeItems(gone: (item: Item) => boolean): () => void;
}

/** A list of the server, kept under its path and query. `first` is its first page, with whatever that tells of them all. */
export function useList<Item, Page extends Listed<Item> = Listed<Item>>(
  path: string,
  query: Query = {},
  { limit = 50 } = {},
): List<Item> & { readonly first: Page | undefined } {
  const client = useQueryClient();
  const key = [path, { ...query, limit }, 'list'];
  const found = useInfiniteQuery<Page, ApiProblem, InfiniteData<Page>, unknown[], string | null>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask('GET', path, { query: { ...query, limit, cursor: pageParam }, signal }),
    initialPageParam: null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  const first = found.data?.pages[0];
  const items = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const removeItems = (gone: (item: Item) => boolean) => {
    const before = client.getQueryData<InfiniteData<Listed<Item>>>(key);
    void client.cancelQueries({ queryKey: key });
    if (before !== undefined) client.setQueryData(key, without(before, gone));
    return () => void client.setQueryData(key, before);
  };
  return {
    items,
    first,
    total: first?.total ?? undefined,
    isPending: found.isPending,
    isStale: found.isPlaceholderData,
    problem: found.error ?? found.failureReason,
    hasMore: found.hasNextPage,
    isLoadingMore: found.isFetchingNextPage,
    loadMore: () => void (found.hasNextPage && !found.isFetching && found.fetchNextPage()),
    refetch: () => void found.refetch(),
    removeItems,
  };
}

function without<Item>(data: InfiniteData<Listed<Item>>, gone: (item: Item) => boolean): InfiniteData<Listed<Item>> {
  const left = data.pages.map((page) => page.items.filter((item) => !gone(item)));
  const removed = data.pages.reduce((sum, page, at) => sum + page.items.length - (left[at]?.length ?? 0), 0);
  const pages = data.pages.map((page, at) => ({
    ...page,
    items: left[at] ?? [],
    total: Math.max(0, page.total - removed),
  }));
  return { ...data, pages };
}
