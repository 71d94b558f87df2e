import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { packed } from '../build/packed.js';

const root = import.meta.dirname;
/** Every folder under `pages` is a page, and `page.tsx` in it its beginning. */
const pages = readdirSync(join(root, 'pages'));

/** Each page is the same file of HTML but for the script it begins with: nothing else of the pages is loaded. */
const framed: Plugin = {
  name: 'framed-pages',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('.html') ? join(root, id.slice(id.lastIndexOf('/') + 1)) : null),
  load(id) {
    const name = /\/([\w-]+)\.html$/.exec(id)?.[1];
    return name === undefined ? null : readFileSync(join(root, 'page.html'), 'utf8').replace('PAGE', name);
  },
};

export default defineConfig({
  root,
  base: '/hosted/',
  clearScreen: false,
  logLevel: 'warn',
  plugins: [framed, packed()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    // A picture written into a style sheet would need a policy that allows it.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { input: pages.map((name) => `${name}.html`) },
  },
});
