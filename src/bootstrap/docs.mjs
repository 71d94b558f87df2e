import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { asvsRows } from './asvs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What is generated: the section's name, the compiled module and function that write it, and the pages that hold it. */
const sections = [
  {
    name: 'settings',
    from: 'config/settings-table.js',
    by: 'settingsTable',
    pages: ['README.md', 'src/manual/settings.md'],
  },
  { name: 'problems', from: 'kernel/problems-table.js', by: 'problemsTable', pages: ['src/manual/failures.md'] },
  { name: 'permissions', from: 'access/permissions-table.js', by: 'permissionsTable', pages: ['src/manual/staff.md'] },
];

/**
 * Every page with a generated section as it is and as it has to be, from the code compiled in the folder `out`:
 * `[{ page, before, after }]`.
 */
export async function generatedPages(out = 'dist') {
  const load = (module) => import(pathToFileURL(join(root, out, 'src', module)).href);
  const { fillSection, markdownTable } = await load('kernel/markdown.js');
  const found = [];
  for (const { name, from, by, pages } of sections) {
    const text = (await load(from))[by]();
    for (const page of pages) {
      const before = readFileSync(join(root, page), 'utf8');
      found.push({ page, before, after: fillSection(before, name, text) });
    }
  }
  const page = 'src/manual/asvs.md';
  const before = readFileSync(join(root, page), 'utf8');
  const table = markdownTable(['Number', 'Level', 'What is asked', 'How it is met'], asvsRows(root));
  found.push({ page, before, after: fillSection(before, 'asvs', table) });
  return found;
}

/** Writes what is generated into its pages. Answers the pages it changed. */
export async function writeDocs(out = 'dist') {
  const stale = (await generatedPages(out)).filter(({ before, after }) => before !== after);
  for (const { page, after } of stale) writeFileSync(join(root, page), after);
  return stale.map(({ page }) => page);
}
