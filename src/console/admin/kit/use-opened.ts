import { useEffect, useState } from 'react';

/**
 * Whether a dialog that is put on the page in the moment it opens is open: not at its first breath, so that it learns what had
 * the focus before, and gives it back.
 */
export function useOpened(opened: boolean): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return opened && isThere;
}
