import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('package.json was not found above the compiled code');
    folder = above;
  }
  return folder;
}

const root = findRoot();

/** The absolute path of a file of the project, named from its root. Scripts and manual pages are read from `src/` at run time. */
export function projectFile(path: string): string {
  return join(root, path);
}
