import { describe, expect, it } from '@jest/globals';
import { isSerial, newSerial, serialFrom } from '../../src/licences/serial.js';

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

  it('is found however it was typed: small letters, spaces, no hyphens, O for 0 and L or I for 1', () => {
    for (let i = 0; i < 200; i += 1) {
      const serial = newSerial();
      const typed = serial
        .toLowerCase()
        .replaceAll('-', i % 2 === 0 ? ' ' : '')
        .replaceAll('0', 'o');
      expect(serialFrom(typed.replaceAll('1', i % 3 === 0 ? 'l' : 'I'))).toBe(serial);
    }
  });

  it('is not found when two characters are swapped, one is missing, or there is one too many', () => {
    const serial = newSerial();
    const plain = serial.replaceAll('-', '');
    for (let i = 0; i < 15; i += 1) {
      const [a = '', b = ''] = plain.slice(i, i + 2);
      if (a !== b) expect(serialFrom(plain.slice(0, i) + b + a + plain.slice(i + 2))).toBeNull();
    }
    for (const typed of [plain.slice(1), plain.slice(0, -1), `${plain}0`, '', '-', plain.replace(/^./, 'Ü')]) {
      expect(serialFrom(typed)).toBeNull();
    }
  });

  it('does not repeat', () => {
    expect(new Set(Array.from({ length: 1000 }, newSerial)).size).toBe(1000);
  });
});
