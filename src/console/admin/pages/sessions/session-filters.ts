import { useUrlState } from '../../kit/url-state.js';

/** What can be chosen among sessions, by its name in the address of the page. */
export const filterNames = ['q', 'licence', 'person', 'ip', 'browser', 'os', 'idle', 'age'] as const;
/** Those that are put away until they are wanted. */
const finerNames = ['ip', 'browser', 'os', 'idle', 'age'] as const;

/** Which sessions are meant. */
export interface SessionFilter {
  readonly q?: string;
  readonly licenceId?: string;
  readonly userId?: string;
  readonly ip?: string;
  readonly browser?: string;
  readonly os?: string;
  readonly idleForSeconds?: number;
  readonly olderThanSeconds?: number;
}

/** The filter in the address, as the server takes it; `chosen` counts what is chosen. */
export function useSessionFilter(): { filter: SessionFilter; sort: string | undefined; chosen: number; finer: number } {
  const [state] = useUrlState();
  const chosen = filterNames.filter((name) => state[name]).length;
  const finer = finerNames.filter((name) => state[name]).length;
  return { filter: filterOf(state), sort: state['sort'], chosen, finer };
}

function filterOf(state: Readonly<Record<string, string>>): SessionFilter {
  const { q, licence, person, ip, browser, os, idle, age } = state;
  return {
    ...(q && { q }),
    ...(licence && { licenceId: licence }),
    ...(person && { userId: person }),
    ...(ip && { ip }),
    ...(browser && { browser }),
    ...(os && { os }),
    ...(isSeconds(idle) && { idleForSeconds: Number(idle) }),
    ...(isSeconds(age) && { olderThanSeconds: Number(age) }),
  };
}

function isSeconds(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,8}$/.test(text);
}

/** The filter as part of a body: what is meant when nothing is chosen has to be said. */
export function bodyOf(filter: SessionFilter): SessionFilter | { all: true } {
  return Object.keys(filter).length === 0 ? { all: true } : filter;
}

/** Spans of time that can be chosen. */
export const spans = [
  { value: '300', label: '5 minutes' },
  { value: '900', label: '15 minutes' },
  { value: '1800', label: '30 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '14400', label: '4 hours' },
  { value: '43200', label: '12 hours' },
  { value: '86400', label: '1 day' },
] as const;
