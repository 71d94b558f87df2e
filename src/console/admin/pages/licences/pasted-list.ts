/** A line of a pasted list, and what is wrong with it if anything is. */
export interface PastedLine {
  readonly line: number;
  readonly email: string;
  readonly name: string | null;
  readonly fault: 'no-address' | 'twice' | null;
}

// The form the server asks for, so that a line is not called good here and refused there.
const address = /^(?!\.)(?!.*\.\.)[\w'+.-]*[\w+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

/**
 * The people in a text as it is pasted from a mail, a table or a file: one a line, or several with commas, semicolons or tabs
 * between them; `Anna Schmidt <anna@example.org>` is understood. A line of column names is left out.
 */
export function readPasted(text: string): PastedLine[] {
  const seen = new Set<string>();
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || isHeading(line, index)) return [];
    return peopleIn(line).map(({ email, name }) => {
      const key = email.normalize('NFKC').toLowerCase();
      const fault = !address.test(email) ? 'no-address' : seen.has(key) ? 'twice' : null;
      if (fault === null) seen.add(key);
      return { line: index + 1, email, name, fault };
    });
  });
}

/** The list as the server takes it: a CSV text with one line of names. */
export function csvOfPasted(lines: readonly PastedLine[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = lines
    .filter(({ fault }) => fault === null)
    .map(({ email, name }) => `${cell(email)},${cell(name ?? '')}`);
  return ['email,name', ...rows].join('\n');
}

function isHeading(line: string, index: number): boolean {
  return index === 0 && !line.includes('@') && /\be-?mail|address\b/i.test(line);
}

function peopleIn(line: string): { email: string; name: string | null }[] {
  const bracketed = [...line.matchAll(/([^<>,;\t]*)<([^<>]*)>/g)];
  if (bracketed.length > 0) {
    return bracketed.map(([, name = '', email = '']) => ({ email: email.trim(), name: bare(name) }));
  }
  const words = line.split(/[,;\t]/).flatMap((cell) => (cell.includes('@') ? cell.trim().split(/\s+/) : [cell]));
  const cells = words.map(bare).filter((cell) => cell !== null);
  const addresses = cells.filter((cell) => cell.includes('@'));
  if (addresses.length === 0) return [{ email: line.trim().slice(0, 254), name: null }];
  // One address with words beside it is a row of a table; its words are the name.
  const name = addresses.length === 1 ? bare(cells.filter((cell) => !cell.includes('@')).join(' ')) : null;
  return addresses.map((email) => ({ email, name }));
}

function bare(text: string): string | null {
  const stripped = text
    .trim()
    .replace(/^["']|["']$/g, '')
    .trim();
  return stripped === '' ? null : stripped.slice(0, 200);
}
