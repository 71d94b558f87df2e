import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The pages that hold a settings table between markers. A test fails when one of them is stale. */
export const pagesWithSettings = ['README.md', 'src/manual/settings.md'];

/** Writes what is generated into the pages, from the code compiled in `out`. Answers the pages it changed. */
export async function writeDocs(out = 'dist') {
  const compiled = pathToFileURL(join(root, out, 'src', 'config', 'settings-table.js')).href;
  const { withSettingsTable } = await import(compiled);
  return pagesWithSettings.filter((page) => {
    const before = readFileSync(join(root, page), 'utf8');
    const after = withSettingsTable(before);
    if (after !== before) writeFileSync(join(root, page), after);
    return after !== before;
  });
}
