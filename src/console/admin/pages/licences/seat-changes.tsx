import { useThrottledCallback } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useLive } from '../../api/feed.js';
import { useInvalidate } from '../../api/queries.js';
import { ListChanged } from '../../kit/list-changed.js';
import type { List } from '../../kit/use-list.js';

/** More rows than this are not read anew by themselves. */
const fewRows = 200;
const restMs = 2_000;

/**
 * Reads a list of a licence anew when somebody took a seat in it or left one, at most every other second. A list of which much
 * was read stays as it is; what is answered says that it has changed, and stands beside its total.
 */
export function useSeatChanges(licenceId: string, path: string, list: List<unknown>): ReactNode {
  const invalidate = useInvalidate();
  const [changed, setChanged] = useState(false);
  const refresh = () => {
    setChanged(false);
    void invalidate(path);
  };
  const look = useThrottledCallback(() => (list.items.length <= fewRows ? refresh() : setChanged(true)), restMs);
  useLive('seats', (moved) => {
    if (moved.licenceId === licenceId) look();
  });
  return changed && <ListChanged onLoad={refresh} />;
}
