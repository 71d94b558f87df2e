import type { PostgresServer } from '#bootstrap/embedded.mjs';

/** What the global set-up hands to the global teardown, which run in one process. */
export const running: { postgres: PostgresServer | null } = { postgres: null };
