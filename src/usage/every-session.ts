import type { ListedAnswer, SessionFilter, SessionService } from '../sessions/session-service.js';
import type { ListedSession } from '../sessions/store.js';

const atOnce = 200;

/** Every live session that is meant, page by page. Throws StoreUnavailable. */
export async function* everySession(
  sessions: Pick<SessionService, 'list'>,
  filter: SessionFilter,
): AsyncGenerator<ListedSession> {
  let cursor: string | null = null;
  do {
    const page: ListedAnswer = await sessions.list(filter, { limit: atOnce, cursor, counted: false });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
