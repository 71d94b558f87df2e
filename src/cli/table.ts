import Table from 'cli-table3';

/** A cell of a table. */
export type Cell = string | number | boolean | null | undefined;

const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};
const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };

/** Rows under their heads, in columns, with a line break at the end. */
export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({ head: head.map((text) => text.toUpperCase()), chars: bare, style });
  for (const row of rows) table.push(row.map(plain));
  return ended(table.toString());
}

/** Names and values beneath each other, with a line break at the end. */
export function factsOf(facts: Readonly<Record<string, Cell>>): string {
  const table = new Table({ chars: bare, style });
  for (const [name, value] of Object.entries(facts)) table.push([name, plain(value)]);
  return ended(table.toString());
}

/** Text as it may be shown: what people have called themselves must not steer the terminal. */
export function plain(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return String(value).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
}

function ended(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return `${lines.join('\n')}\n`;
}
