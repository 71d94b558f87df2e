import { z } from 'zod';
import type { Page, PageRequest } from '../kernel/page.js';

/** How many items a list shows at most. */
export const listLimit = z.coerce.number().int().min(1).max(1_000_000);

const atOnce = 200;

/** The first `limit` items of a list, page by page, and how many there are in all. */
export async function pagesOf<Item>(
  limit: number,
  list: (page: PageRequest) => Promise<Page<Item>>,
): Promise<{ items: Item[]; total: number }> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Page<Item> = await list({ limit: Math.min(atOnce, limit - items.length), cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null || items.length >= limit) return { items, total: page.total };
  }
}
