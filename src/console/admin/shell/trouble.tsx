import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { ApiProblem } from '../api/problem.js';
import classes from './shell.module.css';

/**
 * Says that something on screen is old because the server or its store does not answer, for as long as that is so. `opening`:
 * nothing is on screen yet.
 */
export function Trouble({ opening = false }: { readonly opening?: boolean }) {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((told: () => void) => cache.subscribe(told), [cache]);
  const words = useSyncExternalStore(subscribe, () => {
    // What the console cannot be opened without is asked for before anything is on screen.
    const asked = cache.getAll().filter((query) => query.isActive() || query.state.fetchStatus === 'fetching');
    const failing = asked.map(({ state }) => state.fetchFailureReason ?? state.error);
    const problem = failing.find((one) => one instanceof ApiProblem && one.passes);
    if (!(problem instanceof ApiProblem)) return '';
    return problem.status === 0
      ? 'The server cannot be reached.'
      : 'The server cannot answer just now: it, or what it keeps sessions in, is away or busy.';
  });
  return (
    <div role="status" className={classes.trouble}>
      {words !== '' && (
        <p>
          <strong>{words}</strong> {!opening && 'What you see may be old.'} It is tried again by itself.
        </p>
      )}
    </div>
  );
}
