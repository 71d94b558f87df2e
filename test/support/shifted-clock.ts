import type { RedisLink } from '../../src/platform/redis.js';

/**
 * Replaces the include `clock` of the session scripts in tests. Time is Redis' own plus the offset kept at
 * `{tag}:test-clock`, or stands still at `=<ms>` when that is what the key holds. What ships knows no such key.
 */
export const shiftedClock: Readonly<Record<string, string>> = {
  clock: `
local function now()
  local shift = redis.call('GET', string.match(KEYS[1], '^{[^}]*}') .. ':test-clock')
  if shift and string.sub(shift, 1, 1) == '=' then return tonumber(string.sub(shift, 2)) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(shift or 0)
end`,
};

/** Where a tag's clock is kept. */
export function clockKey(tag: string): string {
  return `{${tag}}:test-clock`;
}

/** Makes the time of a tag stand still at `atMs`. */
export async function freezeClock(link: Pick<RedisLink, 'send'>, tag: string, atMs: number): Promise<void> {
  await link.send(clockKey(tag), ['SET', clockKey(tag), `=${atMs}`]);
}

/** Puts the time of a tag `offsetMs` ahead of Redis' own. */
export async function shiftClock(link: Pick<RedisLink, 'send'>, tag: string, offsetMs: number): Promise<void> {
  await link.send(clockKey(tag), ['SET', clockKey(tag), String(offsetMs)]);
}
