import { ask } from '../../api/ask.js';
import { queries } from '../../api/queries.js';
import { useAction } from '../../kit/use-action.js';
import type { Licence } from './licence-types.js';

/** Where a licence is on the server. */
export function licencePath(id: string): string {
  return `/admin/api/licences/${id}`;
}

/** What has to be read again when a licence has changed. */
export const licenceRefresh = ['/admin/api/licences', '/admin/api/overview'] as const;

/** How a licence is changed, and what is said when it was. */
export interface LicenceChange<Input> {
  readonly method: 'PATCH' | 'POST';
  /** What stands behind the path of the licence: "/renew". */
  readonly path?: string;
  readonly body: (input: Input) => Record<string, unknown>;
  readonly done: (licence: Licence, input: Input) => string;
  readonly onDone?: () => void;
}

/** A change made from the version that was looked at: `stale-version` when somebody was faster. */
export function useLicenceChange<Input>(base: Licence, change: LicenceChange<Input>) {
  return useAction<Input, Licence>({
    quiet: true,
    refresh: licenceRefresh,
    run: (input) =>
      ask<Licence>(change.method, `${licencePath(base.id)}${change.path ?? ''}`, {
        body: { ...change.body(input), version: base.version },
      }),
    done: (licence, input) => `${change.done(licence, input)}${laterInWords(licence)}`,
    onDone: (licence) => {
      showChanged(licence);
      change.onDone?.();
    },
  });
}

/** Puts a changed licence on the screen at once. After a change that could not be counted, the seats stay as they were. */
function showChanged(licence: Licence): void {
  const told = Object.entries(licence).filter(([, value]) => value !== undefined);
  const counted = (licence.used as number | null) !== null;
  const fresh = Object.fromEntries(told.filter(([name]) => counted || (name !== 'used' && name !== 'over')));
  queries.setQueriesData<Licence>({ queryKey: [licencePath(licence.id)] }, (known) =>
    known === undefined ? undefined : { ...known, ...fresh },
  );
}

/** What is added where the server has kept a change that does not hold at this very moment. */
export function laterInWords(answer: object | undefined): string {
  return answer !== undefined && 'pending' in answer ? ' It is saved, and will hold in a moment.' : '';
}
