import { describe, expect, it } from '@jest/globals';
import { Recent } from '../../src/kernel/recent.js';

describe('what was used lately', () => {
  it('is found again, and what was not used is dropped', () => {
    const recent = new Recent<number, string>(4);
    for (let key = 1; key <= 3; key += 1) recent.set(key, `value ${key}`);
    expect(recent.get(1)).toBe('value 1');
    recent.set(4, 'value 4');
    recent.set(5, 'value 5');
    expect(recent.get(1)).toBe('value 1');
    expect(recent.get(2)).toBeUndefined();
    expect(recent.get(6)).toBeUndefined();
  });

  it('never holds more than it may, whatever is asked of it', () => {
    const recent = new Recent<number, number>(100);
    for (let key = 0; key < 10_000; key += 1) {
      recent.set(key, key);
      recent.get(key - 30);
    }
    const held = Array.from({ length: 10_000 }, (_, key) => key).filter((key) => recent.get(key) !== undefined);
    expect(held.length).toBeLessThanOrEqual(100);
    expect(held.length).toBeGreaterThan(0);
  });
});
