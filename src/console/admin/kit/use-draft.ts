import { useState } from 'react';

/** What is being written in a dialog: begun afresh whenever it opens. */
export function useDraft<Draft>(opened: boolean, fresh: () => Draft): [Draft, (patch: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(fresh);
  const [wasOpened, setWasOpened] = useState(opened);
  if (opened !== wasOpened) {
    setWasOpened(opened);
    if (opened) setDraft(fresh());
  }
  return [draft, (patch) => setDraft((before) => ({ ...before, ...patch }))];
}
