import { type Import, importsOf } from './imports.js';
import type { Source, Violation } from './source.js';

/** The folders of `src` from left to right. A file imports from its own folder and from those to the left of it. */
export const folderOrder = [
  ['kernel'],
  ['config'],
  ['platform'],
  ['audit'],
  ['mail'],
  ['access'],
  ['sessions'],
  ['licences'],
  ['accounts'],
  ['factors'],
  ['teams'],
  ['sign-in'],
  ['tokens'],
  ['usage'],
  ['admin'],
  ['http'],
  ['restore'],
  ['doctor'],
  ['compose'],
  ['workers'],
  ['main'],
  ['worker', 'demo', 'cli'],
];

/** Folders of `src` that stand alone: browsers or other people's servers load them, or they are read before anything is compiled. */
const standAlone = ['bootstrap', 'client', 'console', 'express'];

/** Where each package may be imported. What is not named may be imported anywhere below `src`. */
const packagePlaces: Readonly<Record<string, RegExp>> = {
  express: /^src\/(?:http|express)\//,
  'express-session': /^src\/http\//,
  'connect-redis': /^src\/http\//,
  csurf: /^src\/http\//,
  helmet: /^src\/http\//,
  'node:http': /^src\/http\//,
  'node:https': /^src\/http\//,
  csrf: /^src\/(?:http|sessions|sign-in)\//,
  'cookie-signature': /^src\/(?:http|sessions|sign-in)\//,
  cookie: /^src\/(?:http|sessions)\//,
  redis: /^src\/platform\/redis/,
  '@redis/client': /^src\/platform\/redis/,
  bcrypt: /^src\/platform\//,
  pg: /^src\/platform\//,
  pino: /^src\/platform\//,
  'prom-client': /^src\/platform\//,
  nodemailer: /^src\/platform\//,
  bowser: /^src\/sessions\//,
  jose: /^src\/(?:tokens|express)\//,
  'node:child_process': /^src\/platform\//,
  'node:cluster': /^src\/(?:main|workers?)\.ts$/,
};

/**
 * TypeORM: its values are for what speaks SQL (platform, tables, repositories, migrations, `ormconfig.ts`); its types may
 * be named by every feature, because a transaction is handed from service to service, but not by `kernel`, `config`
 * or `http`, which know of no database.
 */
const ormValues = /^(?:src\/platform\/|src\/.*-(?:table|repository)\.ts$|migrations\/|ormconfig\.ts$)/;
const ormTypes = /^(?:src\/(?!(?:kernel|config|http)\/)|migrations\/|ormconfig\.ts$)/;

/** The folder a file of `src` belongs to; `main` and `cli` are files. Null outside `src`. */
export function folderOf(path: string): string | null {
  const first = /^src\/([^/]+)/.exec(path)?.[1];
  return first === undefined ? null : first.replace(/\.ts$/, '');
}

function rankOf(path: string): number {
  const folder = folderOf(path);
  return folder === null ? -1 : folderOrder.findIndex((names) => names.includes(folder));
}

function stepRight(source: Source, imported: Import): string | null {
  if (imported.file === null) return null;
  const from = folderOf(source.path);
  const to = folderOf(imported.file);
  if (from === null) return null;
  // The list of tables and migrations is a file of the root, where the TypeORM command line looks for it.
  if (imported.file === 'ormconfig.ts' && from === 'compose') return null;
  if (to === null) return `imports ${imported.file} from outside src`;
  if (from === to) return null;
  if (standAlone.includes(from) || standAlone.includes(to)) return `${from}/ stands apart from ${to}/`;
  if (rankOf(imported.file) < rankOf(source.path)) return null;
  return `${from} imports ${imported.file}, which is to its right`;
}

function forbiddenPackage(path: string, imported: Import): string | null {
  const name = imported.packageName;
  if (name === null) return imported.target === null ? 'imports what cannot be read from the text' : null;
  if (name === 'typeorm') {
    const allowed = imported.typeOnly ? ormTypes : ormValues;
    return allowed.test(path)
      ? null
      : `typeorm${imported.typeOnly ? "'s types" : "'s values"} may not be imported here`;
  }
  const place = packagePlaces[name];
  return place === undefined || place.test(path) ? null : `${name} may not be imported here`;
}

/** The rules about who imports what, for every file of `src`, `migrations` and `ormconfig.ts`. */
export function importViolations(sources: readonly Source[]): Violation[] {
  const violations: Violation[] = [];
  for (const source of sources) {
    const say = (rule: string, line: number, what: string | null) => {
      if (what !== null) violations.push({ rule, file: source.path, line, what });
    };
    const folder = folderOf(source.path);
    if (folder !== null && rankOf(source.path) < 0 && !standAlone.includes(folder)) {
      say('folder-order', 1, `the folder ${folder} has no place in the order`);
    }
    for (const imported of importsOf(source)) {
      say('folder-order', imported.line, stepRight(source, imported));
      say('package-place', imported.line, forbiddenPackage(source.path, imported));
      if (imported.reexport) say('no-barrel', imported.line, 'passes on what another file exports');
      if (imported.file !== null && !imported.target?.endsWith('.js'))
        say('js-suffix', imported.line, 'lacks the suffix .js');
    }
  }
  return [...violations, ...cycles(sources)];
}

/** Each ring of files that import each other, types included, reported once at its first file. */
function cycles(sources: readonly Source[]): Violation[] {
  const edges = new Map(sources.map((source) => [source.path, importsOf(source).flatMap(({ file }) => file ?? [])]));
  const done = new Set<string>();
  const violations: Violation[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      const ring = [...trail.slice(seen), path].join(' → ');
      violations.push({ rule: 'no-cycle', file: path, line: 1, what: ring });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return violations;
}

/** What sets the project up runs before anything is installed: it may import Node's own modules and its own folder, no more. */
export function bootstrapViolations(source: Source): Violation[] {
  return importsOf(source)
    .filter(({ dynamic, target }) => !dynamic && !target?.startsWith('node:') && !target?.startsWith('./'))
    .map(({ target, line }) => ({ rule: 'bootstrap', file: source.path, line, what: `imports ${target}` }));
}
