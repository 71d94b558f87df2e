import { useState } from 'react';

/** What an edit was begun from, beside what is there now. */
export interface Base<Thing> {
  readonly base: Thing;
  /** Somebody has changed it since. */
  readonly isStale: boolean;
  /** Goes on from what is there now. */
  take(): void;
}

/** Keeps what an edit was begun from; null: of something new. Without an edit it follows what is there now. */
export function useBase<Thing extends { readonly version: number } | null>(
  current: Thing,
  isDirty: boolean,
): Base<Thing> {
  const [base, setBase] = useState(current);
  const isBehind = base?.version !== current?.version;
  if (isBehind && !isDirty) setBase(current);
  return { base: isBehind && !isDirty ? current : base, isStale: isBehind && isDirty, take: () => setBase(current) };
}
