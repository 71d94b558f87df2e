import { ask } from '../api/ask.js';
import { type Action, useAction } from './use-action.js';

/** Signs out, and leads to where somebody signs in and comes back here. */
export function useSignOut(): Action<void, unknown> {
  return useAction({
    run: () => ask('POST', '/auth/logout', { body: {} }),
    onDone: () => location.assign('/sign-in?return_to=%2Fadmin%2F'),
  });
}
