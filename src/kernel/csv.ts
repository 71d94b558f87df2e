/** What a cell of a table holds. */
export type CsvCell = string | number | boolean | null;

/** The media type of a table in CSV with a line of names. */
export const csvType = 'text/csv; charset=utf-8; header=present';

// A text that begins so is a formula to a spreadsheet (ASVS 1.2.10).
const formula = /^[=+\-@\t\r]/;

/**
 * A table in CSV (RFC 4180): names first, lines ended by CR LF, texts quoted where they must be. A text that a spreadsheet
 * would take for a formula has an apostrophe before it. Null is an empty cell.
 */
export function csvOf(names: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return linesOf([names, ...rows]);
}

/** More lines of such a table. */
export function linesOf(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Whether a request asks for CSV: by `format`, else by its `Accept` header, which must name it. */
export function wantsCsv(format: 'json' | 'csv' | undefined, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  const types = (accept ?? '').split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase());
  return types.includes('text/csv') && !types.includes('application/json');
}
