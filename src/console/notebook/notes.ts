import { useCallback, useEffect, useState } from 'preact/hooks';
import { usher } from './usher.js';

/** One entry of the notebook. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly at: string;
}

/** So much may be kept with a session, in bytes. */
export const mostBytes = 16_384;

const prefix = 'note:';

/** The notes among the session's own data, newest first. */
export function notesIn(data: Readonly<Record<string, unknown>>): Note[] {
  const found = Object.entries(data).flatMap(([field, value]) => {
    if (!field.startsWith(prefix) || typeof value !== 'object' || value === null) return [];
    const { text, at } = value as Partial<Note>;
    return typeof text === 'string' && typeof at === 'string' ? [{ id: field.slice(prefix.length), text, at }] : [];
  });
  return found.sort((a, b) => b.at.localeCompare(a.at));
}

/** Roughly how many bytes the data take. */
export function bytesOf(data: Readonly<Record<string, unknown>>): number {
  return new TextEncoder().encode(JSON.stringify(data)).length;
}

type Fields = Readonly<Record<string, unknown>>;

/** The data with those fields written into it; null takes one away. */
function written(data: Fields, fields: Fields): Fields {
  return Object.fromEntries(Object.entries({ ...data, ...fields }).filter(([, value]) => value !== null));
}

/** The session's data, in step with the other tabs: what one tab writes, all of them show. */
export function useNotebook(given: Readonly<Record<string, unknown>>) {
  const [data, show] = useState(given);
  const [tabs] = useState(() => new BroadcastChannel('notebook'));
  useEffect(() => {
    tabs.onmessage = (message) => show((before) => written(before, message.data as Fields));
    return () => tabs.close();
  }, [tabs]);
  const change = useCallback(
    async (fields: Record<string, unknown>): Promise<void> => {
      await usher.call('PATCH /auth/session/data', { body: fields });
      // Only what was changed: the whole, as one tab was answered, may be older than what another shows already.
      show((before) => written(before, fields));
      tabs.postMessage(fields);
      await usher.keep();
    },
    [tabs],
  );
  return {
    data,
    /** Each note is a field of its own, so that two tabs that write at once keep both. */
    add: (text: string) =>
      change({ [prefix + crypto.randomUUID().slice(0, 8)]: { text, at: new Date().toISOString() } }),
    remove: ({ id }: Note) => change({ [prefix + id]: null }),
  };
}
