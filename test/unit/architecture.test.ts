import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { projectFile } from '../../src/platform/project-file.js';
import { consoleViolations } from '../support/architecture/console-rules.js';
import {
  contentViolations,
  docViolations,
  luaViolations,
  nameViolations,
  prefixViolations,
  sizeViolations,
  spellingViolations,
  testViolations,
} from '../support/architecture/content-rules.js';
import { functionsIn } from '../support/architecture/functions.js';
import { bootstrapViolations, importViolations } from '../support/architecture/import-rules.js';
import { importsOf } from '../support/architecture/imports.js';
import { readSource, type Source, type Violation } from '../support/architecture/source.js';

function filesBelow(folder: string, ending: RegExp): { path: string; text: string }[] {
  return readdirSync(projectFile(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) =>
      `${entry.parentPath}/${entry.name}`.slice(projectFile('').length).replaceAll('\\', '/').replace(/^\//, ''),
    )
    .filter((path) => folder.startsWith('src/console') || !path.startsWith('src/console/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(projectFile(path), 'utf8') }));
}

function sourcesBelow(folder: string, ending: RegExp): Source[] {
  return filesBelow(folder, ending).map(({ path, text }) => readSource(path, text));
}

/** The violations as text, one a line, so that a failure reads as a list of what to mend. */
function told(violations: readonly Violation[]): string[] {
  return violations.map(({ rule, file, line, what }) => `${file}:${line} [${rule}] ${what}`);
}

const src = sourcesBelow('src', /\.ts$/);
const tests = sourcesBelow('test', /\.ts$/);
const migrations = sourcesBelow('migrations', /\.ts$/);
const ormconfig = filesBelow('.', /^ormconfig\.ts$/).filter(({ path }) => path === 'ormconfig.ts');

describe('the house', () => {
  it('imports to the left only, without cycles, and each package in its place', () => {
    const root = ormconfig.map(({ path, text }) => readSource(path, text));
    expect(told(importViolations([...src, ...migrations, ...root]))).toEqual([]);
  });

  it('starts from nothing: the set-up before the first install needs Node alone', () => {
    const scripts = sourcesBelow('src/bootstrap', /\.mjs$/);
    expect(told(scripts.flatMap(bootstrapViolations))).toEqual([]);
  });

  it('keeps files to 300 lines and functions to 60', () => {
    expect(told(src.flatMap(sizeViolations))).toEqual([]);
  });

  it('keeps the parts of the pages apart from each other and from the server, in small documented files', () => {
    const pages = sourcesBelow('src/console', /\.tsx?$/);
    expect(pages.length).toBeGreaterThan(0);
    expect(told(pages.flatMap(consoleViolations))).toEqual([]);
  });

  it('documents every exported name', () => {
    expect(told(src.flatMap(docViolations))).toEqual([]);
  });

  it('asks for environment, time and session keys in one place each, and uses the words of the house', () => {
    expect(told(src.flatMap(contentViolations))).toEqual([]);
    expect(told(prefixViolations(src))).toEqual([]);
  });

  it('names files after what they hold, and writes licence', () => {
    const others = [...tests, ...migrations].flatMap(({ path }) => nameViolations(path));
    const prose = filesBelow('src', /\.(?:lua|md|mjs|css|html)$/).flatMap(({ path, text }) => [
      ...spellingViolations(path, text),
      ...nameViolations(path),
    ]);
    expect(told([...others, ...prose])).toEqual([]);
  });

  it('begins every Lua script with #!lua and a header that states KEYS, ARGV and what it returns', () => {
    const scripts = filesBelow('src', /\.lua$/);
    expect(scripts.length).toBeGreaterThan(0);
    expect(told(scripts.flatMap(({ path, text }) => luaViolations(path, text)))).toEqual([]);
  });

  it('skips no test and names each after its promise', () => {
    expect(told(tests.flatMap(testViolations))).toEqual([]);
  });
});

/** The rules that a text at a path breaks. */
function broken(path: string, text: string, others: readonly (readonly [string, string])[] = []): string[] {
  const source = readSource(path, text);
  const around = others.map(([at, content]) => readSource(at, content));
  const found = [
    ...importViolations([source, ...around]),
    ...sizeViolations(source),
    ...contentViolations(source),
    ...prefixViolations([...around, source]),
    ...testViolations(source),
  ];
  return found.filter(({ file }) => file === path).map(({ rule }) => rule);
}

describe('the checker', () => {
  it.each([
    ['a step to the right', 'src/kernel/a.ts', "import { b } from '../config/b.js';", 'folder-order'],
    [
      'a step to the right in a type',
      'src/licences/a.ts',
      "import type { B } from '../accounts/b.js';",
      'folder-order',
    ],
    ['a step to the right in a re-export', 'src/config/a.ts', "export { b } from '../http/b.js';", 'folder-order'],
    [
      'a step to the right in a dynamic import',
      'src/config/a.ts',
      "const b = await import('../http/b.js');",
      'folder-order',
    ],
    [
      'a step to the right over several lines',
      'src/config/a.ts',
      "import {\n  b,\n  c,\n} from '../http/b.js';",
      'folder-order',
    ],
    ['a step to the right for its side effect', 'src/config/a.ts', "import '../http/b.js';", 'folder-order'],
    ['a step sideways', 'src/main.ts', "import { b } from './cli.js';", 'folder-order'],
    ['a step out of src', 'src/main.ts', "import { b } from '../test/b.js';", 'folder-order'],
    ['a folder without a place', 'src/extras/a.ts', 'const a = 1;', 'folder-order'],
    ['the client reaching into the server', 'src/client/a.ts', "import { b } from '../kernel/b.js';", 'folder-order'],
    ['express outside http', 'src/sessions/a.ts', "import express from 'express';", 'package-place'],
    ['a type of express outside http', 'src/sessions/a.ts', "import type { Request } from 'express';", 'package-place'],
    [
      'an import type of express outside http',
      'src/sessions/a.ts',
      "type R = import('express').Request;",
      'package-place',
    ],
    ['express-session outside http', 'src/admin/a.ts', "import session from 'express-session';", 'package-place'],
    ['connect-redis outside http', 'src/sessions/a.ts', "import { RedisStore } from 'connect-redis';", 'package-place'],
    ['csurf outside http', 'src/sign-in/a.ts', "import csurf from 'csurf';", 'package-place'],
    ['helmet outside http', 'src/compose/compose.ts', "import helmet from 'helmet';", 'package-place'],
    ['redis outside platform', 'src/sessions/a.ts', "import { createClient } from 'redis';", 'package-place'],
    ['bcrypt outside platform', 'src/accounts/a.ts', "import { hash } from 'bcrypt';", 'package-place'],
    ['values of typeorm in a service', 'src/licences/a-service.ts', "import { In } from 'typeorm';", 'package-place'],
    ['types of typeorm in http', 'src/http/a.ts', "import type { DataSource } from 'typeorm';", 'package-place'],
    ['a target that cannot be read', 'src/admin/a.ts', 'const b = await import(name);', 'package-place'],
    ['a missing suffix', 'src/admin/a.ts', "import { b } from './b';", 'js-suffix'],
    ['a barrel', 'src/admin/a.ts', "export * from './b.js';", 'no-barrel'],
    ['an index.ts', 'src/admin/index.ts', 'const a = 1;', 'no-barrel'],
    ['the environment outside config', 'src/platform/a.ts', 'const a = process.env.PATH;', 'environment'],
    ['the environment by brackets', 'src/platform/a.ts', "const a = process['env'];", 'environment'],
    ['Date.now', 'src/platform/a.ts', 'const a = Date.now();', 'time'],
    ['new Date without an argument', 'src/platform/a.ts', 'const a = new Date();', 'time'],
    ['performance.now inside a template', 'src/platform/a.ts', 'const a = `${performance.now()}`;', 'time'],
    ['a session key in a template', 'src/sessions/a.ts', 'const a = `{${tag}}:seats`;', 'session-keys'],
    ['a session key after a prefix', 'src/licences/a.ts', 'const a = `${prefix}:s:${handle}`;', 'session-keys'],
    ['a session key added to a prefix', 'src/licences/a.ts', "const a = prefix + ':policy';", 'session-keys'],
    ['a default export', 'src/admin/a.ts', 'export default 1;', 'default-export'],
    ['a default export by name', 'src/admin/a.ts', 'const a = 1;\nexport { a as default };', 'default-export'],
    ['console', 'src/http/a.ts', "console.log('a');", 'console'],
    ['require', 'src/http/a.ts', "const a = require('a');", 'require'],
    ['a service constructed outside compose', 'src/admin/a.ts', 'const a = new UserService(b);', 'construction'],
    ['an I-prefix', 'src/http/a.ts', 'export interface IStore {}', 'words'],
    ['a manager', 'src/http/a.ts', 'export class SessionManager {}', 'words'],
    ['killing', 'src/sessions/a.ts', 'export function killSession() {}', 'words'],
    ['utils in a file name', 'src/http/utils.ts', 'const a = 1;', 'names'],
    ['helpers in a folder name', 'src/http/helpers/a.ts', 'const a = 1;', 'names'],
    ['camel case in a file name', 'src/http/fastPath.ts', 'const a = 1;', 'names'],
    ['American spelling in a name', 'src/http/a.ts', 'const license = 1;', 'spelling'],
    ['American spelling in a longer name', 'src/http/a.ts', 'const licenseId = 1;', 'spelling'],
    ['American spelling in a comment', 'src/http/a.ts', '// The License of a user.', 'spelling'],
    ['a file of 301 lines', 'src/http/a.ts', 'const a = 1;\n'.repeat(301), 'size'],
    ['a skipped test', 'test/unit/a.test.ts', "it.skip('works', () => {});", 'tests'],
    ['a test singled out', 'test/unit/a.test.ts', "describe.only('a', () => {});", 'tests'],
    ['a test that should', 'test/unit/a.test.ts', "it('should work', () => {});", 'tests'],
  ])('bites on %s', (_what, path, text, rule) => {
    expect(broken(path, text)).toContain(rule);
  });

  it.each([
    ['the console taking from the hosted pages', 'admin/a.ts', "import { b } from '../hosted/b.js';", 'rooms'],
    ['the console taking from the server', 'admin/a.ts', "import type { B } from '../../kernel/b.js';", 'rooms'],
    ['what is shared taking from a part', 'shared/a.ts', "import { b } from '../admin/b.js';", 'rooms'],
    ['React in the hosted pages', 'hosted/a.tsx', "import { useState } from 'react';", 'rooms'],
    ['Node in a page', 'admin/a.ts', "import { readFile } from 'node:fs';", 'rooms'],
    ['a page without a doc comment', 'admin/a.tsx', 'export function Page() {}', 'doc-comment'],
    ['a long page', 'admin/a.tsx', 'const a = 1;\n'.repeat(301), 'size'],
    ['the environment in a page', 'admin/a.ts', 'const a = process.env.A;', 'environment'],
  ])('bites on %s', (_what, path, text, rule) => {
    const found = consoleViolations(readSource(`src/console/${path}`, text));
    expect(found.map((violation) => violation.rule)).toContain(rule);
  });

  it('lets pages use the client, what is shared and what they are made with', () => {
    const text = "import type { A } from '../../client/api.js';\nimport '../shared/tokens.css';\nimport 'react';";
    expect(consoleViolations(readSource('src/console/admin/a.ts', text))).toEqual([]);
  });

  it('bites on a cycle, also a long one and one of types', () => {
    const ring = broken('src/admin/a.ts', "import { b } from './b.js';", [
      ['src/admin/b.ts', "import type { C } from './c.js';"],
      ['src/admin/c.ts', "import { a } from './a.js';"],
    ]);
    expect(ring).toContain('no-cycle');
  });

  it('bites on a key prefix that is spelled in a second file', () => {
    const other = ['src/platform/a.ts', "const key = 'usher:throttle:account';"] as const;
    expect(broken('src/sign-in/b.ts', "const key = 'usher:throttle:address';", [other])).toContain('key-prefix');
    expect(broken('src/sign-in/b.ts', "const key = 'usher:device';", [other])).not.toContain('key-prefix');
  });

  it('bites on an exported name without a doc comment, and takes one comment for all overloads', () => {
    const names = (text: string) => docViolations(readSource('src/a.ts', text)).map(({ what }) => what);
    expect(names('export const a = 1;')).toEqual(['a has no doc comment']);
    expect(names('/** What a is. */\nexport const a = 1;\nexport type B = 1;')).toEqual(['B has no doc comment']);
    expect(names('// Not a doc comment.\nexport async function a() {}')).toEqual(['a has no doc comment']);
    expect(names('/* Nor this. */\nexport abstract class A {}')).toEqual(['A has no doc comment']);
    expect(names('/** Both. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2;')).toEqual([]);
    expect(names('const text = `\nexport const a = 1;\n`;')).toEqual([]);
  });

  it('bites on a Lua script without #!lua or without its header', () => {
    const faults = (text: string, path = 'src/sessions/scripts/a.lua') =>
      luaViolations(path, text).map(({ what }) => what);
    const header = '-- KEYS[1]  the tag prefix\n-- ARGV[1]  a handle\n-- Returns 1 or 0.\n';
    expect(faults(`#!lua\n${header}return 1\n`)).toEqual([]);
    expect(faults(`#!lua flags=no-writes\n${header}return 1\n`)).toEqual([]);
    expect(faults(`\n${header}return 1\n`)).toEqual(['does not begin with #!lua']);
    expect(faults(`#!lua\n--[[ ${header.replaceAll('--', '')} ]]\nreturn 1\n`)).toEqual([]);
    expect(faults('#!lua\nreturn 1 -- KEYS ARGV Returns\n')).toHaveLength(3);
    expect(faults(`#!lua\n${header}return KEYS[1] .. ':seats'\n`, 'src/sign-in/scripts/a.lua')).toEqual([
      'spells a session key',
    ]);
    expect(faults('local a = 1\n', 'src/sessions/scripts/includes/a.lua')).toEqual(['has no header']);
  });

  it('bites on a set-up script that imports a package', () => {
    const faults = (text: string) => bootstrapViolations(readSource('src/bootstrap/a.mjs', text)).length;
    expect(faults("import { join } from 'node:path';\nimport { lock } from './lock.mjs';\nawait import('pg');")).toBe(
      0,
    );
    expect(faults("import pg from 'pg';")).toBe(1);
    expect(faults("import { loadConfig } from '../../dist/src/config/config.js';")).toBe(1);
  });

  it('leaves alone what only looks like a fault', () => {
    const innocent = [
      '/** Reads process.env and Date.now() in prose; express too. */',
      'const a = \'process.env Date.now() console.log import x from "express"\';',
      'const b = `text with } from "express" and any`;',
      "const c = /import x from 'express'|Date.now/;",
      'const d = new Date(0).getTime() / 2 / 3;',
      "const many: Record<string, 'any'> = {};",
      'const anyOf = [d];',
    ].join('\n');
    expect(broken('src/kernel/a.ts', innocent)).toEqual([]);
  });
});

describe('the measure of functions', () => {
  const lengths = (text: string) =>
    Object.fromEntries(functionsIn(readSource('src/a.ts', text)).map(({ name, lines }) => [name, lines]));
  const body = '\n  a();'.repeat(59);

  it.each([
    ['a function', `function long(): void {${body}\n}`],
    ['an async generator', `async function* long() {${body}\n}`],
    ['a function with an object as its return type', `function long(): { a: 1 } | Promise<{ b: 2 }> {${body}\n}`],
    ['a function with a predicate as its return type', `function long(a: unknown): a is { b: 1 } {${body}\n}`],
    ['a generic method', `class A {\n  long<T extends string>(a: T): Promise<T[]> {${body}\n}\n}`],
    ['a private method', `class A {\n  async #long(a = '}') {${body}\n}\n}`],
    ['a constructor', `class A {\n  constructor() {${body}\n}\n}`],
    ['an arrow', `const long = async (a: string): Promise<void> => {${body}\n};`],
    ['an arrow without brackets', `const long = a => {${body}\n};`],
    ['an arrow whose body is an expression', `const long = () => [${'\n  1,'.repeat(59)}\n];`],
    [
      'a function whose strings and comments hold braces',
      `function long() { // }\n  const a = '}' + "}" + \`}\${\`}\`}\` + /[}]/;${body}\n}`,
    ],
  ])('measures %s', (_what, text) => {
    expect(Math.max(...Object.values(lengths(text)))).toBeGreaterThan(60);
    expect(broken('src/http/a.ts', text)).toContain('size');
  });

  it('counts from the head to the closing brace and takes no statement for a function', () => {
    const text = `function short() {\n  a();\n}\nif (a) {${body}\n}\nfor (const b of c) {${body}\n}\nswitch (a) {${body}\n}\n`;
    expect(lengths(text)).toEqual({ short: 3 });
  });

  it('reads every form of import', () => {
    const text = [
      "import a, { type B } from 'a';",
      "import type { C } from '../c/c.js';",
      "export * as d from './d.js';",
      "import './e.js';",
      "const f = await import('@scope/f/deep.js');",
      "type G = import('g').G;",
    ].join('\n');
    const read = importsOf(readSource('src/http/z.ts', text)).map(
      ({ file, packageName, typeOnly, reexport, line }) =>
        `${line} ${file ?? packageName}${typeOnly ? ' type' : ''}${reexport ? ' re-export' : ''}`,
    );
    expect(read.sort()).toEqual([
      '1 a',
      '2 src/c/c.ts type',
      '3 src/http/d.ts re-export',
      '4 src/http/e.ts',
      '5 @scope/f',
      '6 g type',
    ]);
  });
});
