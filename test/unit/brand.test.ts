import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pictureType } from '../../src/config/brand-settings.js';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { colourProperties, contrastOf } from '../../src/http/brand-colours.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-brand-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Properties by their names. */
function propertiesOf(hex: string, theme: 'light' | 'dark'): Record<string, string> {
  return Object.fromEntries(
    colourProperties(hex, theme)
      .split(';')
      .map((each) => each.split(':') as [string, string]),
  );
}

function faultsOf(given: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig({ DATA_DIR: folder, ...given });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the colour of a house', () => {
  it('can be read in both themes, whatever it is', () => {
    for (let i = 0; i < 512; i += 1) {
      const hex = `#${[i & 7, (i >> 3) & 7, i >> 6].map((part) => (part * 36).toString(16).padStart(2, '0')).join('')}`;
      for (const [theme, surfaces] of [
        ['light', ['#ffffff', '#f6f8f9', '#eef2f4']],
        ['dark', ['#0f1418', '#161d23', '#1f282f']],
      ] as const) {
        const found = propertiesOf(hex, theme);
        const { '--accent': accent = '', '--on-accent': on = '', '--accent-soft': soft = '' } = found;
        const strong = found['--accent-strong'] ?? '';
        for (const surface of [...surfaces, soft]) {
          expect([hex, theme, surface, contrastOf(accent, surface) >= 4.5]).toEqual([hex, theme, surface, true]);
        }
        expect([hex, theme, contrastOf(on, accent) >= 4.5, contrastOf(on, strong) >= 4.5]).toEqual([
          hex,
          theme,
          true,
          true,
        ]);
      }
    }
  });

  it('is left as it is where it can be read', () => {
    expect(propertiesOf('#7c2d12', 'light')['--accent']).toBe('#7c2d12');
  });
});

describe('the settings of a house', () => {
  it('are a name, a colour and a picture, and every fault of them is named at once', () => {
    const text = file('text.svg', 'no picture');
    const huge = file('huge.png', Buffer.alloc(262_145));
    expect(faultsOf({ BRAND_NAME: 'a "b"', BRAND_COLOUR: 'teal', BRAND_LOGO: text })).toEqual([
      expect.stringMatching(/^BRAND_NAME: must be plain text/),
      expect.stringMatching(/^BRAND_COLOUR: must be a colour such as #0f766e/),
      expect.stringMatching(/^BRAND_LOGO: .*neither an SVG nor a PNG/),
    ]);
    expect(faultsOf({ BRAND_LOGO: huge })).toEqual([expect.stringMatching(/larger than 256 kB/)]);
    expect(faultsOf({ BRAND_LOGO: join(folder, 'nothing.svg') })).toEqual([
      expect.stringMatching(/cannot read .*ENOENT/),
    ]);
    const given = { BRAND_NAME: 'Botanik', BRAND_COLOUR: '#7C2D12', BRAND_LOGO: file('logo.svg', '<svg></svg>') };
    const config = loadConfig({ DATA_DIR: folder, ...given });
    expect([config.BRAND_NAME, config.BRAND_COLOUR]).toEqual(['Botanik', '#7c2d12']);
    expect(config.MAIL_FROM.name).toBe('Botanik');
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['\uFEFF<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg>\n<svg>', 'image/svg+xml'],
    ['<html><svg></svg></html>', null],
    ['GIF89a', null],
    ['', null],
  ])('take the file that begins with %j for %s', (text, type) => {
    expect(pictureType(Buffer.from(text))).toBe(type);
  });
});
