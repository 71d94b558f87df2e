import { posix } from 'node:path';
import { lineAt, type Source } from './source.js';

/** One import, re-export, dynamic import or import type. */
export interface Import {
  /** What is written between the quotes; null for a dynamic import whose target is not a literal. */
  readonly target: string | null;
  /** The file of the project it resolves to (`.js` read as `.ts`), or null for a package. */
  readonly file: string | null;
  /** The package's name without a path into it, or null for a file. */
  readonly packageName: string | null;
  readonly typeOnly: boolean;
  readonly reexport: boolean;
  /** `import()`, also as a type. */
  readonly dynamic: boolean;
  readonly line: number;
}

/** The name of the package in an import's target: `a/b` gives `a`, `@a/b/c` gives `@a/b`. */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function importOf(source: Source, position: number, quote: number, statement: string): Import {
  const target = source.literals.find((literal) => literal.start === quote + 1)?.value ?? null;
  const relative = target?.startsWith('.') === true;
  return {
    target,
    file: target !== null && relative ? posix.join(posix.dirname(source.path), target).replace(/\.js$/, '.ts') : null,
    packageName: target === null || relative ? null : packageOf(target),
    typeOnly: /^(?:import|export)\s+type\b/.test(statement) || isTypePosition(source.code, position, statement),
    reexport: statement.startsWith('export'),
    dynamic: /^import\s*\(/.test(statement),
    line: lineAt(source.code, position),
  };
}

/** `import('x').Name` used as a type: it is followed by a member and stands after `:`, `=`, `<`, `|`, `&` or `,` without await. */
function isTypePosition(code: string, position: number, statement: string): boolean {
  if (!/^import\s*\(/.test(statement)) return false;
  const after = code.slice(code.indexOf(')', position) + 1, code.indexOf(')', position) + 40);
  return /^\.[A-Z]/.test(after) && !/\bawait\s*$/.test(code.slice(Math.max(0, position - 10), position));
}

/** Every import of a file, in order of appearance within each form. */
export function importsOf(source: Source): Import[] {
  const { code } = source;
  const found: Import[] = [];
  for (const match of code.matchAll(/\bfrom\s*(['"])/g)) {
    const start = [...code.slice(0, match.index).matchAll(/(?<![.\w$])(?:import|export)(?=[\s{*])/g)].at(-1)?.index;
    if (start === undefined) continue;
    found.push(importOf(source, start, match.index + match[0].length - 1, code.slice(start, match.index)));
  }
  for (const match of code.matchAll(/\bimport\s*(['"])/g)) {
    found.push(importOf(source, match.index, match.index + match[0].length - 1, 'import'));
  }
  for (const match of code.matchAll(/(?<![.\w$])import\s*\(\s*(['"`]?)/g)) {
    found.push(importOf(source, match.index, match.index + match[0].length - (match[1] === '' ? 0 : 1), match[0]));
  }
  return found;
}
