import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { packed } from '../build/packed.js';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/admin/',
  appType: 'mpa',
  clearScreen: false,
  logLevel: 'warn',
  html: { cspNonce: '%NONCE%' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'react' } },
  build: {
    target: 'es2023',
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // Every file of Mantine says that it is for browsers, which goes without saying here.
      onLog: (level, log, tell) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && tell(level, log),
    },
  },
  plugins: [packed()],
});
