import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { Caller } from '../kernel/actor.js';
import { randomToken } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { type Reply, type Route, route } from '../kernel/route.js';
import { inHtml } from '../kernel/text.js';
import { cspReportsPath } from './csp-reports.js';
import { kept } from './package-file.js';

/** One address of pages that were built, and the HTML file that answers it. */
export interface BuiltPage {
  /** Express path; parameters are for the page itself to read. */
  readonly path: string;
  readonly file: string;
  readonly summary: string;
  /** What a parameter may not be, because it is the name of something else: that is not found. */
  readonly butNot?: string;
}

/** What is written into an HTML file as it is sent: `%NAME%` becomes the value, escaped. */
export type Filling = Readonly<Record<string, string>>;

/** Pages that Vite built into `console/<name>` beside the compiled code. */
export interface BuiltPages {
  readonly name: string;
  /** Where the hashed files are answered, e.g. `/admin/assets`. */
  readonly assetsPath: string;
  readonly pages: readonly BuiltPage[];
  /** Whether what runs in the page may write style sheets: they carry the nonce of the answer. */
  readonly writesStyles?: true;
  /** Asked for each answer. `NONCE` is filled in by itself, where the page writes styles. */
  readonly fill?: (caller: Caller) => Filling;
  /** Headers of the HTML besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer | null;
  readonly gzip: Buffer | null;
}

interface Built {
  readonly pages: ReadonlyMap<string, string>;
  readonly assets: ReadonlyMap<string, Asset>;
}

/** A year: the name of a file changes with what is in it. */
const assetHeaders = { 'Cache-Control': 'public, max-age=31536000, immutable', Vary: 'Accept-Encoding' };
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** The routes of pages that were built: each HTML file where it belongs, and the files they load. Read once, when first asked for. */
export function builtPages(built: BuiltPages): Route<RoutePermission>[] {
  const folder = fileURLToPath(new URL(`../../console/${built.name}`, import.meta.url));
  const read = kept(() => readBuilt(folder));
  return [
    ...built.pages.map((page) =>
      route({
        method: 'GET',
        path: page.path,
        permission: 'public',
        summary: page.summary,
        input: paramsOf(page.path),
        replies: { 200: null },
        problems: page.butNot === undefined ? [] : ['not-found'],
        handle: async ({ params, caller }) => {
          if (page.butNot !== undefined && Object.values(params ?? {}).includes(page.butNot)) {
            throw new Problem('not-found');
          }
          const html = (await read()).pages.get(page.file);
          if (html === undefined) throw new Error(`${page.file} is not among the pages in ${folder}`);
          return answered(built, html, caller);
        },
      }),
    ),
    route({
      method: 'GET',
      path: `${built.assetsPath}/:file`,
      permission: 'public',
      summary: `A file that the pages below load: scripts, styles and pictures of \`${built.name}\``,
      input: { params: z.object({ file: z.string().max(128) }) },
      replies: { 200: null },
      problems: ['not-found'],
      handle: async ({ params, caller }) => {
        const asset = (await read()).assets.get(params.file);
        if (asset === undefined) throw new Problem('not-found');
        return packed(asset, caller.header('accept-encoding') ?? '');
      },
    }),
  ];
}

/** An address that only leads to another, for good. */
export function leadingTo(to: string, path: string, summary: string): Route<RoutePermission> {
  return route({
    method: 'GET',
    path,
    permission: 'public',
    summary,
    input: {},
    replies: { 308: null },
    handle: async () => ({ status: 308, headers: { Location: to } }),
  });
}

function paramsOf(path: string) {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  const text = z.string().max(200);
  return names.length === 0 ? {} : { params: z.object(Object.fromEntries(names.map((name) => [name, text]))) };
}

function answered(built: BuiltPages, html: string, caller: Caller): Reply {
  const nonce = built.writesStyles === true ? randomToken(16) : null;
  const filling: Filling = { ...built.fill?.(caller), ...(nonce !== null && { NONCE: nonce }) };
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policyOf(nonce),
      ...built.headers,
    },
    body: html.replace(/%([A-Z_]+)%/g, (whole, name: string) => inHtml(filling[name] ?? whole)),
  };
}

/** What a page of ours may load and do: only what comes from this origin, and styles with this nonce if there is one. */
function policyOf(nonce: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    `style-src 'self'${nonce === null ? '' : ` 'nonce-${nonce}'`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    `report-uri ${cspReportsPath}`,
  ].join('; ');
}

/** In the closest form the caller takes. */
function packed(asset: Asset, takes: string): Reply {
  const headers = { ...assetHeaders, 'Content-Type': asset.type };
  const accepts = (coding: string) =>
    new RegExp(`(?:^|[,\\s])${coding}(?!\\s*;\\s*q=0(?:\\.0*)?(?:,|\\s|$))`).test(takes);
  if (asset.br !== null && accepts('br')) {
    return { status: 200, headers: { ...headers, 'Content-Encoding': 'br' }, body: asset.br };
  }
  if (asset.gzip !== null && accepts('gzip')) {
    return { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: asset.gzip };
  }
  return { status: 200, headers, body: asset.plain };
}

async function readBuilt(folder: string): Promise<Built> {
  const pages = new Map<string, string>();
  const assets = new Map<string, Asset>();
  for (const name of await namesIn(folder)) {
    if (extname(name) === '.html') pages.set(name, await readFile(join(folder, name), 'utf8'));
  }
  const files = new Set(await namesIn(join(folder, 'assets')));
  const read = (name: string) => readFile(join(folder, 'assets', name));
  const packedIn = async (name: string) => (files.has(name) ? read(name) : null);
  for (const name of files) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const [plain, br, gzip] = await Promise.all([read(name), packedIn(`${name}.br`), packedIn(`${name}.gz`)]);
    assets.set(name, { type, plain, br, gzip });
  }
  return { pages, assets };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new Error(`The pages in ${folder} cannot be read: were they built? \`npm run build\` builds them`, {
      cause: error,
    });
  }
}
