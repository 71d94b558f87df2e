import { useMemo, useState } from 'react';

/** Which rows are selected, by their keys. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly size: number;
  toggle(key: string): void;
  set(keys: Iterable<string>): void;
  clear(): void;
}

/** Rows that can be selected. */
export function useSelection(): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(() => new Set());
  return useMemo(
    () => ({
      keys,
      size: keys.size,
      toggle: (key) =>
        setKeys((before) => {
          const next = new Set(before);
          if (!next.delete(key)) next.add(key);
          return next;
        }),
      set: (wanted) => setKeys(new Set(wanted)),
      clear: () => setKeys(new Set()),
    }),
    [keys],
  );
}
