import { describe, expect, it } from '@jest/globals';
import { Seal } from '../../src/platform/seal.js';

const seal = new Seal('a pepper of the tests that is long enough for a key');

describe('a seal', () => {
  it('gives back what was sealed, for what it was sealed for, and never looks the same twice', () => {
    for (const text of ['', 'a secret', 'Zoë 🔑'.repeat(500)]) {
      const [first, second] = [seal.seal(text, 'user 1'), seal.seal(text, 'user 1')];
      expect(first).not.toBe(second);
      expect(text !== '' && first.includes(text)).toBe(false);
      expect([seal.open(first, 'user 1'), seal.open(second, 'user 1')]).toEqual([text, text]);
    }
  });

  it('opens nothing that belongs to something else, or was sealed under another pepper', () => {
    const sealed = seal.seal('a secret', 'user 1');
    expect(seal.open(sealed, 'user 2')).toBeNull();
    expect(new Seal('another pepper of the tests that is long enough').open(sealed, 'user 1')).toBeNull();
  });

  it('opens nothing that was changed, cut short or never sealed', () => {
    const sealed = seal.seal('a secret', 'user 1');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
      expect(seal.open(`v1.${changed.toString('base64url')}`, 'user 1')).toBeNull();
      expect(seal.open(`v1.${bytes.subarray(0, i).toString('base64url')}`, 'user 1')).toBeNull();
    }
    for (const text of ['', 'v1.', 'a secret', sealed.slice(3), `v2.${sealed.slice(3)}`]) {
      expect(seal.open(text, 'user 1')).toBeNull();
    }
  });
});
