import { contentViolations, docViolations, nameViolations, spellingViolations } from './content-rules.js';
import { importsOf } from './imports.js';
import type { Source, Violation } from './source.js';

/** What each part of the pages is made with, besides what is its own. */
const rooms: Readonly<Record<string, RegExp>> = {
  admin: /^(?:react|react-dom|@mantine\/\w+|@tanstack\/[\w-]+|wouter|lucide-react|uplot|vite)$/,
  hosted: /^(?:preact|vite)$/,
  // It takes the client as an application does.
  notebook: /^(?:preact|vite|usher)$/,
  shared: /^$/,
  build: /^(?:vite|node:.+)$/,
};

/** What the pages take from elsewhere: the client for browsers, whose types tell what the server answers. */
const lent = /^src\/(?:console\/shared|client)\//;
const longestFile = 300;

/** The rules for what Vite builds: each part by itself, small files, documented names, the words of the house. */
export function consoleViolations(source: Source): Violation[] {
  const { path, text } = source;
  const say = (rule: string, line: number, what: string): Violation => ({ rule, file: path, line, what });
  const lines = text.trimEnd().split('\n').length;
  const isSetting = path.endsWith('/vite.config.ts');
  return [
    ...(lines > longestFile ? [say('size', 1, `has ${lines} lines; ${longestFile} are allowed`)] : []),
    ...importsOf(source).flatMap(({ file, packageName, line, reexport }) => [
      ...(reexport ? [say('no-barrel', line, 'passes on what another file exports')] : []),
      ...(isStrange(path, file, packageName) ? [say('rooms', line, `imports ${file ?? packageName}`)] : []),
    ]),
    ...docViolations(source),
    ...nameViolations(path),
    ...spellingViolations(path, text),
    // A page lives in the time of its browser; Vite asks for a default export.
    ...contentViolations(source).filter(({ rule }) => rule !== 'time' && !(isSetting && rule === 'default-export')),
  ];
}

function isStrange(path: string, file: string | null, packageName: string | null): boolean {
  const room = path.split('/')[2] ?? '';
  if (packageName !== null) {
    const isOfNode = packageName.startsWith('node:') && path.endsWith('/vite.config.ts');
    return !isOfNode && !(rooms[room]?.test(packageName) ?? false);
  }
  if (file === null) return true;
  const isBuild = path.endsWith('/vite.config.ts') && file.startsWith('src/console/build/');
  return !file.startsWith(`src/console/${room}/`) && !lent.test(file) && !isBuild;
}
