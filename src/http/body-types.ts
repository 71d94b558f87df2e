import type { Route } from '../kernel/route.js';

/** What an HTML form is sent as. */
export const formType = 'application/x-www-form-urlencoded';

const others = { form: [formType], reports: ['application/csp-report', 'application/reports+json'] } as const;

/** What the body of a route may be sent as, JSON first. */
export function bodyTypes({ accepts }: Pick<Route, 'accepts'>): readonly string[] {
  return ['application/json', ...(accepts === undefined ? [] : others[accepts])];
}
