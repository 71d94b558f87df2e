import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

const folder = join(import.meta.dirname, '..', '..', 'client');
const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
const texts = modules.map((name) => readFileSync(join(folder, name), 'utf8'));

describe('the client for browsers, as it is built', () => {
  it('comes to less than 4 kB, gzipped', () => {
    expect(modules).toContain('client.js');
    const loaded = modules.filter((_, i) => !/^export \{\};\s*$/.test(texts[i] ?? ''));
    const bytes = loaded.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
    expect(bytes).toBeLessThan(4_000);
  });

  it('depends on nothing but itself', () => {
    for (const text of texts) {
      for (const [, from = ''] of text.matchAll(/\b(?:from|import)\s*\(?'([^']+)'/g)) {
        expect(modules).toContain(from.replace('./', ''));
      }
    }
  });
});
