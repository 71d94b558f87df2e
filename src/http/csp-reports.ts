import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { Clock } from '../kernel/clock.js';
import { Pace } from '../kernel/pace.js';
import { Recent } from '../kernel/recent.js';
import { type Route, route } from '../kernel/route.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';

/** Where browsers report what a page was kept from: what a policy names as its `report-uri`. */
export const cspReportsPath = '/csp-reports';

/** How long the body of a report may be, how many reports it may hold, and how many new ones are logged in a minute. */
const longestBytes = 16_384;
const mostReports = 20;
const logsPerMinute = 30;
const longest = 200;

const told = z.looseObject({}).describe('Whatever the browser tells of one violation');
/** By the names of CSP 2 (`report-uri`), or of the Reporting API. */
const body = z.union([z.looseObject({ 'csp-report': told }), z.array(z.looseObject({ body: told })).max(mostReports)]);

const directives = new Set([
  ...[
    'default-src',
    'script-src',
    'script-src-elem',
    'script-src-attr',
    'style-src',
    'style-src-elem',
    'style-src-attr',
  ],
  ...['img-src', 'font-src', 'connect-src', 'media-src', 'object-src', 'frame-src', 'child-src', 'worker-src'],
  ...['manifest-src', 'base-uri', 'form-action', 'frame-ancestors', 'sandbox'],
]);

/** What somebody who reads the log wants to know of a report. */
interface Violation {
  readonly directive: string;
  readonly blocked: string;
  readonly page: string;
  readonly source: string;
  readonly line: number | null;
}

/** What the route works with. */
export interface CspReportParts {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'cspReported'>;
  readonly clock: Clock;
}

/** `POST /csp-reports`: counts what pages were kept from, and logs each kind once. Anybody can send anything here. */
export function cspReportRoutes({ log, metrics, clock }: CspReportParts): Route<RoutePermission>[] {
  const known = new Recent<string, true>(1_000);
  const pace = new Pace(clock, logsPerMinute);
  const take = (violation: Violation) => {
    metrics.cspReported(directives.has(violation.directive) ? violation.directive : 'other');
    const kind = JSON.stringify(violation);
    if (known.get(kind) !== undefined || pace.take('') !== null) return;
    known.set(kind, true);
    log.warn({ violation }, 'a page was kept from something its policy does not allow');
  };
  return [
    route({
      method: 'POST',
      path: cspReportsPath,
      permission: 'public',
      summary: 'What a browser kept a page from, as its Content-Security-Policy asks; counted, and logged once',
      input: { body },
      replies: { 204: null },
      longestBody: longestBytes,
      accepts: 'reports',
      async handle({ body: sent }) {
        for (const one of Array.isArray(sent) ? sent.map((report) => report.body) : [sent['csp-report']])
          take(violationIn(one));
        return { status: 204 };
      },
    }),
  ];
}

function violationIn(report: Readonly<Record<string, unknown>>): Violation {
  const text = (...names: string[]) => {
    const value = names.map((name) => report[name]).find((one) => typeof one === 'string');
    return typeof value === 'string' ? value.slice(0, 2_000) : '';
  };
  const line = report['line-number'] ?? report['lineNumber'];
  return {
    directive:
      text('effective-directive', 'effectiveDirective', 'violated-directive').split(' ')[0]?.slice(0, 50) ?? '',
    blocked: plainUrl(text('blocked-uri', 'blockedURL')),
    page: plainUrl(text('document-uri', 'documentURL')),
    source: plainUrl(text('source-file', 'sourceFile')),
    line: typeof line === 'number' && Number.isSafeInteger(line) ? line : null,
  };
}

/** Without what may be a secret of whoever was on the page: query, fragment, and a name in front of the host. */
function plainUrl(text: string): string {
  const [plain = ''] = text.split(/[?#]/, 1);
  return plain.replace(/\/\/[^/@]*@/, '//').slice(0, longest);
}
