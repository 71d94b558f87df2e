import { describe, expect, it } from '@jest/globals';
import { newPassword, presentPassword } from '../../src/accounts/password-rules.js';

describe('a new password', () => {
  it('has at least 8 and at most 1024 characters of any kind, counted as people count (ASVS 6.2.1, 6.2.9)', () => {
    for (const good of [
      '12345678',
      'pässwörd',
      '🙂🙂🙂🙂🙂🙂🙂🙂',
      'a\0bcdefgh',
      'x'.repeat(1024),
      '🙂'.repeat(1024),
    ]) {
      expect(newPassword.safeParse(good).success).toBe(true);
    }
    for (const bad of ['1234567', '🙂🙂🙂🙂', 'x'.repeat(1025), 'lone \ud800 half', 12345678, null]) {
      expect(newPassword.safeParse(bad).success).toBe(false);
    }
  });

  it('is the same however a keyboard composes it', () => {
    expect(newPassword.parse('passwo\u0308rd')).toBe(newPassword.parse('passw\u00f6rd'));
  });

  it('can be given as the present one whenever it could be chosen', () => {
    expect(presentPassword.safeParse('x'.repeat(1024)).success).toBe(true);
    expect(presentPassword.safeParse('').success).toBe(false);
    expect(presentPassword.safeParse('x'.repeat(1025)).success).toBe(false);
  });
});
