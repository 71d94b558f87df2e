import { describe, expect, it } from '@jest/globals';
import { kept, packageFile } from '../../src/http/package-file.js';

describe('what is read once and kept', () => {
  it('is read once for all who ask at the same time, and for those who ask later', async () => {
    let reads = 0;
    const read = kept(async () => {
      reads += 1;
      return `text ${reads}`;
    });
    expect(await Promise.all([read(), read()])).toEqual(['text 1', 'text 1']);
    expect(await read()).toBe('text 1');
  });

  it('is read again by whoever asks after it could not be read', async () => {
    let fails = true;
    const file = packageFile('zod/package.json', (text) => {
      if (fails) throw new Error('too many open files');
      return JSON.parse(text).name;
    });
    await expect(Promise.all([file(), file()])).rejects.toThrow('too many open files');
    fails = false;
    expect(await file()).toBe('zod');
    fails = true;
    expect(await file()).toBe('zod');
  });
});
