import { basename } from 'node:path';
import { functionsIn } from './functions.js';
import { lineAt, type Source, type Violation } from './source.js';

/** The rules about size: 300 lines a file, 60 a function. Only for `src`; not for what a program wrote, and migrations are SQL told in order. */
export function sizeViolations(source: Source): Violation[] {
  const at = (line: number, what: string) => ({ rule: 'size', file: source.path, line, what });
  const lines = source.text.replace(/\n$/, '').split('\n').length;
  return [
    ...(lines > 300 && !source.text.startsWith('// Made from ') ? [at(1, `has ${lines} lines; 300 are allowed`)] : []),
    ...functionsIn(source)
      .filter((found) => found.lines > 60)
      .map((found) => at(found.line, `${found.name} has ${found.lines} lines; 60 are allowed`)),
  ];
}

const exported =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const enum|const|let|var|interface|type|enum) ([\w$]+)/gm;

/** Every exported name has a doc comment right above it; overloads share the first one's. */
export function docViolations(source: Source): Violation[] {
  const documented = new Set<string>();
  const violations: Violation[] = [];
  for (const match of source.code.matchAll(exported)) {
    const name = match[1] ?? '';
    const above = source.text.slice(0, match.index).trimEnd();
    const start = above.lastIndexOf('/*');
    if (above.endsWith('*/') && above.startsWith('/**', start)) documented.add(name);
    else if (!documented.has(name)) {
      violations.push({
        rule: 'doc-comment',
        file: source.path,
        line: lineAt(source.code, match.index),
        what: `${name} has no doc comment`,
      });
    }
  }
  return violations;
}

/** A pattern in the code (never in comments or literals), what it means, and the files that may hold it. */
const codeRules: readonly { rule: string; pattern: RegExp; what: string; allowed: RegExp | null }[] = [
  {
    rule: 'environment',
    pattern: /\bprocess\s*(?:\.\s*env\b|\[)/g,
    what: 'reads process.env',
    allowed: /^src\/config\//,
  },
  {
    rule: 'time',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bprocess\.hrtime\b|(?<!new )(?<![.\w$])Date\(\s*\)/g,
    what: 'asks for the time itself',
    allowed: /^src\/(?:kernel\/clock|client\/clock)\.ts$/,
  },
  {
    rule: 'default-export',
    pattern: /^export default\b|\bas default\b/gm,
    what: 'has a default export',
    allowed: null,
  },
  {
    rule: 'console',
    pattern: /\bconsole\.\w+/g,
    what: 'writes to the console',
    allowed: /^src\/(?:cli|demo|main)\.ts$/,
  },
  { rule: 'require', pattern: /\brequire\s*\(\s*['"`]|\bcreateRequire\b/g, what: 'uses require', allowed: null },
  {
    rule: 'construction',
    pattern: /\bnew \w+(?:Service|Repository)\(/g,
    what: 'constructs a service',
    allowed: /^src\/compose\//,
  },
  {
    rule: 'words',
    pattern:
      /^export [^=({]*?\b(?:I[A-Z][a-z]\w*|\w*(?:[uU]tils?|[hH]elpers?|[mM]anager|[kK]ill\w*|[dD]estroy\w*))\b/gm,
    what: 'exports a name that uses a word of the forbidden list',
    allowed: null,
  },
];

const sessionKey = /^(?::|.*\}:)(?:policy|seats|opened|s|u|epochs|events)(?::|$)/;

/** The rules that look into a file of `src` alone: environment, time, keys, words, names. */
export function contentViolations(source: Source): Violation[] {
  const violations: Violation[] = [];
  const say = (rule: string, position: number, what: string) =>
    violations.push({ rule, file: source.path, line: lineAt(source.text, position), what });
  for (const { rule, pattern, what, allowed } of codeRules) {
    if (allowed?.test(source.path)) continue;
    for (const match of source.code.matchAll(pattern)) say(rule, match.index, what);
  }
  if (source.path !== 'src/sessions/keys.ts') {
    for (const { start, value } of source.literals) {
      if (sessionKey.test(value)) say('session-keys', start, 'spells a session key');
    }
  }
  return [...violations, ...spellingViolations(source.path, source.text), ...nameViolations(source.path)];
}

/** Each Redis key prefix (`usher:<word>`) is spelled in one file only. */
export function prefixViolations(sources: readonly Source[]): Violation[] {
  const homes = new Map<string, Source>();
  const violations: Violation[] = [];
  for (const source of sources) {
    for (const { start, value } of source.literals) {
      const prefix = /^\{?(usher:[a-z-]+)/.exec(value)?.[1];
      if (prefix === undefined) continue;
      const home = homes.get(prefix) ?? source;
      homes.set(prefix, home);
      if (home === source) continue;
      const what = `spells ${prefix}, which belongs to ${home.path}`;
      violations.push({ rule: 'key-prefix', file: source.path, line: lineAt(source.text, start), what });
    }
  }
  return violations;
}

/** British spelling: `licence`, in code and prose alike. The LICENSE file is meant by its capitals. */
export function spellingViolations(path: string, text: string): Violation[] {
  const found = [...text.matchAll(/[Ll]icens(?:e|es|ed|ing|or|ors|ee|ees)(?![a-z])/g)];
  return found.map((match) => ({
    rule: 'spelling',
    file: path,
    line: lineAt(text, match.index),
    what: `writes ${match[0]}`,
  }));
}

/** File names: kebab-case, no `index.ts`, no word that says nothing. */
export function nameViolations(path: string): Violation[] {
  const at = (rule: string, what: string) => ({ rule, file: path, line: 1, what });
  const name = basename(path);
  const words = path.toLowerCase().split(/[/.-]/);
  const empty = words.find((word) => /^(?:utils?|helpers?|common|managers?|misc)$/.test(word));
  return [
    ...(name === 'index.ts' ? [at('no-barrel', 'is an index.ts')] : []),
    ...(/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(name) || /^\d+-/.test(name)
      ? []
      : [at('names', 'is not named in kebab-case')]),
    ...(empty === undefined ? [] : [at('names', `is named after nothing: ${empty}`)]),
  ];
}

const luaKey = /['"]:(?:policy|seats|opened|s|u|epochs|events)[:'"]/;

/**
 * A Lua script begins with `#!lua` and a header that states its keys, arguments and returns. Includes have no first line and
 * a header that says what they share. Session keys are for the scripts of `sessions/` only.
 */
export function luaViolations(path: string, text: string): Violation[] {
  const at = (line: number, what: string) => ({ rule: 'lua-header', file: path, line, what });
  const violations: Violation[] = [];
  const outside = path.startsWith('src/sessions/scripts/') ? null : luaKey.exec(text);
  if (outside !== null)
    violations.push({ ...at(lineAt(text, outside.index), 'spells a session key'), rule: 'session-keys' });
  const [first = '', ...rest] = text.split('\n');
  if (path.includes('/includes/')) return first.startsWith('--') ? violations : [...violations, at(1, 'has no header')];
  if (!/^#!lua(?: |$)/.test(first)) violations.push(at(1, 'does not begin with #!lua'));
  const header = /^--\[\[[\s\S]*?\]\]|^(?:--.*\n)+/.exec(rest.join('\n'))?.[0] ?? '';
  const missing = ['KEYS', 'ARGV', 'Returns'].filter((word) => !new RegExp(`\\b${word}\\b`).test(header));
  return [...violations, ...missing.map((word) => at(2, `has no ${word} in its header`))];
}

/** Tests: none skipped or singled out, and names that state the promise, without "should". */
export function testViolations(source: Source): Violation[] {
  const at = (position: number, what: string) => ({
    rule: 'tests',
    file: source.path,
    line: lineAt(source.text, position),
    what,
  });
  const skipped =
    /\b(?:it|test|describe)\s*\.\s*(?:skip|only|todo|failing)\b|(?<![.\w$])(?:xit|fit|xdescribe|fdescribe|xtest)\s*\(/g;
  const named = /\b(?:it|test|describe)(?:\.each\([^)]*\))?\(\s*['"`]/g;
  return [
    ...[...source.code.matchAll(skipped)].map((match) => at(match.index, 'skips or singles out a test')),
    ...[...source.code.matchAll(named)].flatMap((match) => {
      const start = match.index + match[0].length;
      const name = source.literals.find((literal) => literal.start === start)?.value ?? '';
      return /\bshould\b/.test(name) ? [at(start, 'names a test with "should"')] : [];
    }),
  ];
}
