import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseRedisUrl } from './redis-endpoint.js';

/** `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
/** A whole number between two others. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);
/** A URL with one of these schemes. */
export const url = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (text) => {
        const scheme = /^([a-z+]+):\/\/./.exec(text)?.[1];
        return scheme !== undefined && schemes.includes(scheme);
      },
      { error: `must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, abort: true },
    )
    .refine(isPercentEncoded, { error: 'must have each % of its parts written as %25', abort: true });
/** Where Redis is: see parseRedisUrl. */
export const redisUrl = url('redis', 'rediss', 'unix', 'redis+cluster', 'redis+sentinel').superRefine(
  (text, context) => {
    try {
      parseRedisUrl(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: String((error as Error).message).replace(/^REDIS_URL: /, '') });
    }
  },
);

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** What Express takes for TRUST_PROXY, without its short forms of addresses. */
export function namesProxies(text: string): boolean {
  if (/^\d{1,3}$/.test(text)) return true;
  return text
    .split(',')
    .map((part) => part.trim())
    .every((part) => {
      if (['loopback', 'linklocal', 'uniquelocal'].includes(part)) return true;
      return ipaddr.IPv4.isValidFourPartDecimal(part) || ipaddr.IPv6.isValid(part) || ipaddr.isValidCIDR(part);
    });
}

/** Texts with commas between them; `what` names the setting in faults. */
export const list = (item: z.ZodType<string>, what: string) =>
  z.string().transform((text, context) => {
    const items = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    for (const part of items) {
      const fault = item.safeParse(part).error?.issues[0]?.message;
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `${what}: ${fault}` });
    }
    return items;
  });

/** An origin, without a path. */
export const origin = z.string().refine((text) => {
  try {
    const parsed = new URL(text);
    return (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.origin === text.replace(/\/$/, '');
  } catch {
    return false;
  }
}, 'must be an origin such as https://app.example.org, without a path');
