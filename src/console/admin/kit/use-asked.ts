import { useCallback, useState } from 'react';

/** What a dialog is about. */
export interface Asked<Thing> {
  /** Stays while the dialog closes; null before anything was asked. */
  readonly about: Thing | null;
  readonly opened: boolean;
  ask(about: Thing): void;
  close(): void;
}

/** A dialog about one thing at a time. */
export function useAsked<Thing extends object | string>(): Asked<Thing> {
  const [about, setAbout] = useState<Thing | null>(null);
  const [opened, setOpened] = useState(false);
  const ask = useCallback((next: Thing) => {
    setAbout(next);
    setOpened(true);
  }, []);
  const close = useCallback(() => setOpened(false), []);
  return { about, opened, ask, close };
}
