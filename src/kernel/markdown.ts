/** A Markdown table. Bars in cells are escaped; ends with a newline. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), `|${'---|'.repeat(head.length)}\n`, ...rows.map(line)].join('');
}

/**
 * The page with the text between the markers `<!-- generated: name -->` and `<!-- end: name -->` replaced. Throws Error when
 * the page lacks them.
 */
export function fillSection(page: string, name: string, text: string): string {
  const begin = `<!-- generated: ${name} -->\n`;
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(`<!-- end: ${name} -->`);
  if (from < begin.length || to < from) throw new Error(`the page has no section "${name}"`);
  return `${page.slice(0, from)}\n${text}\n${page.slice(to)}`;
}
