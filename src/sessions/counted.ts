import type { SessionStore } from './store.js';

/** What the store counts in a tag. */
export type TagCounts = Awaited<ReturnType<SessionStore['counts']>>[number];

const atOnce = 100;

/**
 * Each of these with what the store counts in its tag, a hundred at a time, so that a large house is not asked for in one go.
 * Throws StoreUnavailable.
 */
export async function* counted<One>(
  store: Pick<SessionStore, 'counts'>,
  all: readonly One[],
  tagOf: (one: One) => string,
): AsyncGenerator<readonly [One, TagCounts]> {
  for (let from = 0; from < all.length; from += atOnce) {
    const some = all.slice(from, from + atOnce);
    const counts = await store.counts(some.map(tagOf));
    for (const [i, one] of some.entries()) {
      const found = counts[i];
      if (found !== undefined) yield [one, found];
    }
  }
}
