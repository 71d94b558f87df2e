import { readdir, readFile } from 'node:fs/promises';
import { Marked } from 'marked';
import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { Problem } from '../kernel/problem.js';
import { type Route, route } from '../kernel/route.js';
import { inHtml } from '../kernel/text.js';
import { projectFile } from '../platform/project-file.js';
import { kept, textHeaders, textRoute } from './package-file.js';

/** The page that begins the manual, and links to the others in their order. */
const firstPage = 'getting-started';
const allowed = { 'style-src': "'self'", 'img-src': "'self' data:" };

interface ManualPage {
  readonly title: string;
  readonly html: string;
}

/** The manual as pages: `/manual` is the first, `/manual/<name>` each of them. Made of the Markdown under `src/manual`, once. */
export function manualRoutes(permission: RoutePermission): Route<RoutePermission>[] {
  const read = kept(readManual);
  const readPictures = kept(picturesByName);
  const answer = async (name: string) => {
    const pages = await read();
    const found = pages.get(name);
    if (found === undefined) throw new Problem('not-found');
    const headers = textHeaders('text/html', permission, allowed);
    return { status: 200, headers, body: framed(name, found, pages) };
  };
  return [
    route({
      method: 'GET',
      path: '/manual',
      permission,
      summary: 'The manual',
      input: {},
      replies: { 200: null },
      handle: () => answer(firstPage),
    }),
    route({
      method: 'GET',
      path: '/manual/:page',
      permission,
      summary: 'A page of the manual',
      input: { params: z.object({ page: z.string().max(64) }) },
      replies: { 200: null },
      problems: ['not-found'],
      handle: ({ params }) => answer(params.page),
    }),
    route({
      method: 'GET',
      path: '/manual/pictures/:file',
      permission,
      summary: 'A picture of the manual',
      input: { params: z.object({ file: z.string().max(64) }) },
      replies: { 200: null },
      problems: ['not-found'],
      handle: async ({ params }) => {
        const picture = (await readPictures()).get(params.file);
        if (picture === undefined) throw new Problem('not-found');
        return { status: 200, headers: pictureHeaders(permission), body: picture };
      },
    }),
    textRoute({
      path: '/manual/style.css',
      permission,
      type: 'text/css',
      summary: 'The style of the manual',
      text: () => readFile(projectFile('src/http/manual.css'), 'utf8'),
    }),
  ];
}

/** Every page of the manual by name, the first one first and the others in the order it names them. */
async function readManual(): Promise<Map<string, ManualPage>> {
  const files = (await readdir(projectFile('src/manual'))).filter((file) => file.endsWith('.md'));
  const texts = new Map<string, string>();
  for (const file of files.toSorted()) {
    texts.set(file.slice(0, -3), await readFile(projectFile(`src/manual/${file}`), 'utf8'));
  }
  const named = [...(texts.get(firstPage) ?? '').matchAll(/\]\(([\w-]+)\.md/g)].map((match) => match[1] ?? '');
  const order = new Set([firstPage, ...named, ...texts.keys()]);
  const pages = new Map<string, ManualPage>();
  for (const name of order) {
    const text = texts.get(name);
    if (text === undefined) continue;
    pages.set(name, { title: /^# (.+)$/m.exec(text)?.[1] ?? name, html: rendered(text) });
  }
  return pages;
}

async function picturesByName(): Promise<Map<string, Buffer>> {
  const folder = projectFile('src/manual/pictures');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.webp'));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(`${folder}/${file}`)] as const)));
}

function pictureHeaders(permission: RoutePermission): Record<string, string> {
  return { ...textHeaders('image/webp', permission), 'Content-Type': 'image/webp' };
}

function rendered(text: string): string {
  const marked = new Marked({ async: false, gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth, text: heading }) {
        return `<h${depth} id="${anchorOf(heading)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${inHtml(addressOf(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text: alternative }) {
        const [light, dark] = [inHtml(`/manual/${href}`), inHtml(`/manual/${href.replace('-light.', '-dark.')}`)];
        const image = `<img src="${light}" alt="${inHtml(alternative)}" loading="lazy">`;
        return `<picture><source srcset="${dark}" media="(prefers-color-scheme: dark)">${image}</picture>`;
      },
    },
  });
  return String(marked.parse(text));
}

/** Pages link to each other by file, so that they can be read where they are kept as well. */
function addressOf(href: string): string {
  return href.replace(/^([\w-]+)\.md(?=#|$)/, '/manual/$1');
}

/** As GitHub makes it, so that a link leads to the same place there. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function framed(name: string, { title, html }: ManualPage, pages: ReadonlyMap<string, ManualPage>): string {
  const links = [...pages].map(([to, page]) => {
    const here = to === name ? ' aria-current="page"' : '';
    return `<li><a href="/manual/${to}"${here}>${inHtml(page.title)}</a></li>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${inHtml(title)} – Usher</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/manual/style.css">
<body>
<nav aria-label="Manual">
<p>Usher</p>
<ul>
${links.join('\n')}
</ul>
<ul>
<li><a href="/docs">The interface, to try</a></li>
<li><a href="/redoc">The interface, to read</a></li>
</ul>
</nav>
<main>
${html}</main>
</body>
</html>
`;
}
