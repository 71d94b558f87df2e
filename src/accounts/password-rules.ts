import { z } from 'zod';

const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);
const length = (text: string) => [...text].length;

/**
 * A password somebody chooses: 8 to 1024 characters of any kind, nothing is cut off or forbidden (ASVS 6.2.1, 6.2.5, 6.2.9).
 * Read as NFC, so that keyboards which compose differently agree.
 */
export const newPassword = z
  .string()
  .max(4096)
  .refine(wellFormed, 'must not contain lone surrogates')
  .transform((text) => text.normalize('NFC'))
  .refine((text) => length(text) >= 8 && length(text) <= 1024, 'must have 8 to 1024 characters');

/** A password that is to be compared: any text that could have been chosen. */
export const presentPassword = z
  .string()
  .min(1)
  .max(4096)
  .refine(wellFormed, 'must not contain lone surrogates')
  .refine((text) => length(text.normalize('NFC')) <= 1024, 'must have at most 1024 characters');
