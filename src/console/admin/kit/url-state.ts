import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

/** What is chosen on a page, kept in its address, so that it can be sent on, kept and come back to. */
export function useUrlState(): [
  Readonly<Record<string, string>>,
  (patch: Readonly<Record<string, string | null>>) => void,
] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const state = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const set = useCallback(
    (patch: Readonly<Record<string, string | null>>) => {
      const next = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(patch)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      const path = location.pathname.replace(/^\/admin/, '') || '/';
      navigate(next.size === 0 ? path : `${path}?${next}`, { replace: true });
    },
    [navigate],
  );
  return [state, set];
}
