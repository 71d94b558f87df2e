import { join } from 'node:path';
import { defineConfig } from 'vite';
import { packed } from '../build/packed.js';

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: '/notebook/',
  clearScreen: false,
  logLevel: 'warn',
  plugins: [packed()],
  // As an application elsewhere imports it.
  resolve: { alias: { 'usher/client': join(root, '..', '..', 'client', 'client.ts') } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
