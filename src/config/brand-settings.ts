import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

/** How large the picture of a house may be, in bytes: every page loads it. */
const mostLogoBytes = 262_144;
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What a house is called where people read it. */
export const brandName = z
  .string()
  .trim()
  .min(1)
  .max(60, 'must have at most 60 characters')
  .regex(/^[^<>"\p{Cc}]*$/u, 'must be plain text on one line, without < > and "');

/** A colour as `#rrggbb`. */
export const brandColour = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #0f766e')
  .transform((text) => text.toLowerCase());

/** The path of an SVG or PNG file. */
export const brandLogo = z.string().regex(/\.(?:svg|png)$/i, 'must be the path of an .svg or .png file');

/** What the bytes of a picture are; null when they are neither SVG nor PNG. */
export function pictureType(bytes: Buffer): 'image/svg+xml' | 'image/png' | null {
  if (bytes.subarray(0, pngSignature.length).equals(pngSignature)) return 'image/png';
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const isSvg =
    /^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/i;
  return isSvg.test(text.slice(0, 8192)) ? 'image/svg+xml' : null;
}

/** What is wrong with the picture in a file; null when nothing is. */
export function faultOfPicture(path: string): string | null {
  try {
    if (statSync(path).size > mostLogoBytes) return `${path} is larger than 256 kB`;
    return pictureType(readFileSync(path)) === null ? `${path} is neither an SVG nor a PNG picture` : null;
  } catch (error) {
    return `cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
}
