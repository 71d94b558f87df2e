import { readFile } from 'node:fs/promises';
import type { RoutePermission } from '../access/permissions.js';
import { type Route, route } from '../kernel/route.js';
import { projectFile } from '../platform/project-file.js';
import { cspReportsPath } from './csp-reports.js';

/** Who may read what a running server tells of itself. */
export type DocsAccess = 'public' | 'session' | 'staff';

/** What the routes of the documentation ask for. */
export const docsPermission = {
  public: 'public',
  session: 'session',
  staff: 'docs.read',
} as const satisfies Record<DocsAccess, RoutePermission>;

/** How long browsers may keep a file without asking, in seconds. What not everybody may see is kept by nobody else. */
const keptSeconds = 3600;

/** What is read when it is first asked for and kept from then on. A failure is not kept: whoever asks next tries again. */
export function kept<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | null = null;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = null;
      throw error;
    });
    return reading;
  };
}

/** The text of a file of an installed package, kept. `changed` is applied to it once. */
export function packageFile(name: string, changed: (text: string) => string = (text) => text): () => Promise<string> {
  return kept(() => readFile(projectFile(`node_modules/${name}`), 'utf8').then(changed));
}

/** What a page may load and do, beyond nothing at all: the directives of its Content-Security-Policy. */
export type Allowed = Readonly<Record<string, string>>;

/** A route that answers one text of the documentation. `allowed` makes it a page. */
export function textRoute(options: {
  path: string;
  permission: RoutePermission;
  summary: string;
  type: 'text/html' | 'text/css' | 'text/javascript';
  text: () => Promise<string>;
  allowed?: Allowed;
}): Route<RoutePermission> {
  const { path, permission, summary, type, text, allowed } = options;
  return route({
    method: 'GET',
    path,
    permission,
    summary,
    input: {},
    replies: { 200: null },
    handle: async () => ({ status: 200, headers: textHeaders(type, permission, allowed), body: await text() }),
  });
}

/** The headers of a text of the documentation. */
export function textHeaders(type: string, permission: RoutePermission, allowed?: Allowed): Record<string, string> {
  const common = {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': `${permission === 'public' ? 'public' : 'private'}, max-age=${keptSeconds}`,
  };
  return allowed === undefined ? common : { ...common, 'Content-Security-Policy': policyOf(allowed) };
}

/** No script, style or request that is not named here, and nothing inline unless it is said. */
function policyOf(allowed: Allowed): string {
  const directives = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...allowed,
    'report-uri': cspReportsPath,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join(';');
}
