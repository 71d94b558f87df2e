import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { fillSection, markdownTable } from '../../src/kernel/markdown.js';
import { projectFile } from '../../src/platform/project-file.js';

const manual = readdirSync(projectFile('src/manual'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `src/manual/${name}`);
const pages = ['README.md', 'CHANGELOG.md', ...manual].map((page) => ({
  page,
  text: readFileSync(projectFile(page), 'utf8'),
}));
const readme = pages[0]?.text ?? '';

/** The address that GitHub and the manual give a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));
}

describe('the documents', () => {
  it('show settings, problems and permissions as the code has them (npm run docs rewrites them)', async () => {
    const compiled = relative(projectFile('.'), join(import.meta.dirname, '..', '..'));
    const docs = await import(pathToFileURL(projectFile('src/bootstrap/docs.mjs')).href);
    const generated: { page: string; before: string; after: string }[] = await docs.generatedPages(compiled);
    expect(generated.map(({ page }) => page)).toContain('README.md');
    expect(generated.filter(({ before, after }) => before !== after).map(({ page }) => page)).toEqual([]);
  });

  it.each(pages)('lead somewhere with every link of $page', ({ page, text }) => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? projectFile(page) : join(dirname(projectFile(page)), path);
      expect(`${target} ${existsSync(file)}`).toBe(`${target} true`);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(file, 'utf8'))).toContain(anchor);
    }
  });

  it.each(manual)('begin the page %s with its title, and lead there from the first page', (page) => {
    const text = readFileSync(projectFile(page), 'utf8');
    expect(text).toMatch(/^# \S/);
    const name = page.replace('src/manual/', '');
    const first = readFileSync(projectFile('src/manual/getting-started.md'), 'utf8');
    if (name !== 'getting-started.md') expect(first).toContain(`(${name})`);
  });

  it('show every folder of src in the map of the README, and nothing that is not there', () => {
    const map = /## Map of the tree\n\n```text\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const shown = [...map.matchAll(/^ {2}([a-z-]+)\//gm)].map((match) => match[1] ?? '').sort();
    const there = readdirSync(projectFile('src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(shown).toEqual(there.map((entry) => entry.name).sort());
  });

  it('name only commands that package.json has', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(projectFile('package.json'), 'utf8'),
    );
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    expect(scripts).toHaveProperty('start');
    expect(scripts).toHaveProperty('test');
  });

  it('write licence as the house does', () => {
    const prose = pages.map(({ text }) => text.replaceAll(/`[^`]*`/g, '')).join('\n');
    expect(prose.match(/\blicens(?:e|es|ed|ing)\b/gi)?.filter((word) => word !== 'LICENSE') ?? []).toEqual([]);
  });
});

describe('a generated section', () => {
  it('replaces what stands between its markers and nothing else', () => {
    const page = 'before\n<!-- generated: a -->\nold\n<!-- end: a -->\nafter\n';
    const filled = fillSection(page, 'a', 'new\n');
    expect(filled).toBe('before\n<!-- generated: a -->\n\nnew\n\n<!-- end: a -->\nafter\n');
    expect(fillSection(filled, 'a', 'new\n')).toBe(filled);
  });

  it('has to be there', () => {
    expect(() => fillSection('no markers', 'a', 'new')).toThrow('no section "a"');
  });

  it('keeps a bar in a cell from ending the cell', () => {
    expect(markdownTable(['a', 'b'], [['1|2', '3']])).toBe('| a | b |\n|---|---|\n| 1\\|2 | 3 |\n');
  });
});
