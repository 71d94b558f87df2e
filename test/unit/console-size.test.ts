import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { projectFile } from '../../src/platform/project-file.js';

/** One file of what Vite built, and what it needs. */
interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Beside the compiled tests, wherever they run from. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../console/admin');
const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

/** The files that are loaded for these, with all they need. */
function filesOf(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const chunk = manifest[name];
    if (chunk === undefined || found.has(chunk.file)) continue;
    found.add(chunk.file);
    for (const css of chunk.css ?? []) found.add(css);
    filesOf(chunk.imports ?? [], found);
  }
  return found;
}

const packed = (file: string) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length;

describe('what the console loads', () => {
  const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
  const pages = Object.keys(manifest).filter((name) => /^pages\/[\w/-]+-page\.tsx$/.test(name));

  it.each(['overview', 'sessions'])('is less than 250 kB, packed, for somebody who begins with the %s', (name) => {
    const page = pages.find((one) => one.startsWith(`pages/${name}/`));
    const files = [...filesOf([...entries, page ?? 'missing'])];
    const bytes = packed('index.html') + files.reduce((sum, file) => sum + packed(file), 0);
    expect(files.length).toBeGreaterThan(2);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(250_000);
  });

  it('leaves every page of its own for when somebody goes there', () => {
    const first = filesOf(entries);
    expect(pages.length).toBeGreaterThan(8);
    expect(pages.filter((page) => first.has(manifest[page]?.file ?? ''))).toEqual([]);
  });

  it('has the style of every component of Mantine that is used', () => {
    const source = projectFile('src/console/admin');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
    const used = files.flatMap((name) =>
      [...readFileSync(join(source, name), 'utf8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)].flatMap(
        ([, names = '']) => names.match(/\b[A-Z]\w+/g) ?? [],
      ),
    );
    const styled = new Set(readdirSync(projectFile('node_modules/@mantine/core/styles')));
    const listed = readFileSync(join(source, 'mantine.css'), 'utf8');
    const wanted = [...new Set(used)].filter((name) => styled.has(`${name}.layer.css`));
    expect(wanted.length).toBeGreaterThan(10);
    expect(wanted.filter((name) => !listed.includes(`/${name}.layer.css`))).toEqual([]);
  });

  it('is packed beforehand, and names nothing of elsewhere', () => {
    const scripts = readdirSync(join(folder, 'assets')).filter((name) => /\.(?:js|css)$/.test(name));
    const all = new Set(readdirSync(join(folder, 'assets')));
    expect(scripts.filter((name) => !all.has(`${name}.br`) || !all.has(`${name}.gz`))).toEqual([]);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).not.toMatch(/https?:\/\//);
  });
});
