import { describe, expect, it } from '@jest/globals';
import { isSerial, newSerial } from '../../src/licences/serial.js';

describe('a serial', () => {
  it('has four groups of four and a check symbol that is right', () => {
    for (let i = 0; i < 200; i += 1) {
      const serial = newSerial();
      expect(serial).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z*~$=U]{4}){3}$/);
      expect(isSerial(serial)).toBe(true);
    }
  });

  it('is told from every serial with one wrong character', () => {
    const serial = newSerial();
    for (let i = 0; i < 18; i += 1) {
      if (serial[i] === '-') continue;
      for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        if (other === serial[i]) continue;
        expect(isSerial(serial.slice(0, i) + other + serial.slice(i + 1))).toBe(false);
      }
    }
  });

  it('does not repeat', () => {
    expect(new Set(Array.from({ length: 1000 }, newSerial)).size).toBe(1000);
  });
});
