/** What the audit log can be narrowed by, as it stands in the page's address. */
export const auditFilterNames = ['q', 'action', 'actorId', 'targetType', 'targetId', 'from', 'to'] as const;

/** The filters of an address; each is a text, empty where it is not used. */
export type AuditFilters = Readonly<Record<(typeof auditFilterNames)[number], string>>;

/** The filters in an address. */
export function filtersIn(params: Readonly<Record<string, string | undefined>>): AuditFilters {
  return Object.fromEntries(auditFilterNames.map((name) => [name, params[name] ?? ''])) as AuditFilters;
}

/** Whether anything is narrowed. */
export function isNarrowed(filters: AuditFilters): boolean {
  return auditFilterNames.some((name) => filters[name] !== '');
}

/** What the server is asked for. Days are those of the reader, both included. */
export function queryOf({ from, to, ...rest }: AuditFilters): Record<string, string> {
  const given = { ...rest, from: startOf(from, 0), to: startOf(to, 1) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

/** Where the lines that match are had as a file. */
export function exportOf(filters: AuditFilters): string {
  return `/admin/api/audit?${new URLSearchParams({ ...queryOf(filters), format: 'csv' })}`;
}

/** The day a moment is in for its reader, as the heading of that day says it. */
export function dayOf(at: string): string {
  const words = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  return new Intl.DateTimeFormat('en-GB', words).format(new Date(at));
}

/** The time of day of a moment for its reader. */
export function timeOf(at: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(new Date(at));
}

function startOf(day: string, later: number): string {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return '';
  const start = new Date(year, month - 1, date + later);
  return Number.isNaN(start.getTime()) ? '' : start.toISOString();
}
