import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { randomToken } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import { route } from '../kernel/route.js';
import { verifyHeaderNames } from '../sessions/verify-headers.js';

/** How long a proof is good, and how far the clocks of two hosts may be apart. */
const proofMs = 60_000;
const proofForm = /^(\d{13})\.[\w-]{22}\.([\w-]{43})$/;

/** Every spelling that some server behind a proxy takes for the same name: each dash may be an underscore. */
export function spellingsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split('-')
    .reduce<string[]>(
      (found, part) => (found.length === 0 ? [part] : found.flatMap((left) => [`${left}-${part}`, `${left}_${part}`])),
      [],
    );
}

const spellings = verifyHeaderNames.flatMap(spellingsOf);

/** What reached the server behind the proxy. */
export const probed = z.object({
  /** The identity headers, by their names as they arrived. */
  headers: z.record(z.string(), z.string()),
  /** Whether what signs the person in was handed on. */
  cookie: z.boolean(),
  authorization: z.boolean(),
});

/** What a probe answers. */
export type Probed = z.output<typeof probed>;

/** Proves, to servers with the same secrets, that an operator asks. Good for a minute. */
export function probeProof(secrets: readonly string[], clock: Clock): string {
  const text = `${clock.nowMs()}.${randomToken(16)}`;
  return `${text}.${signature(secrets[0] ?? '', text)}`;
}

function isProof(proof: string, secrets: readonly string[], clock: Clock): boolean {
  const [, at, signed = ''] = proofForm.exec(proof) ?? [];
  if (at === undefined || Math.abs(clock.nowMs() - Number(at)) > proofMs) return false;
  const text = proof.slice(0, -signed.length - 1);
  return secrets.some((secret) => timingSafeEqual(Buffer.from(signature(secret, text)), Buffer.from(signed)));
}

function signature(secret: string, text: string): string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'usher proxy probe', 32));
  return createHmac('sha256', key).update(text).digest('base64url');
}

/**
 * Stands in for an API behind a proxy, and answers what identity headers reach it; to operators only, who prove that they know
 * the server's secrets. To everybody else there is no such route.
 */
export function probeRoute(secrets: readonly string[], clock: Clock) {
  return route({
    method: 'GET',
    path: '/auth/proxy-probe',
    permission: 'public',
    summary: 'For `usher verify-proxy`: which identity headers reach a server behind the proxy',
    input: { query: z.strictObject({ proof: z.string().max(100) }) },
    replies: { 200: probed },
    problems: ['not-found'],
    handle: async ({ query, caller }) => {
      if (!isProof(query.proof, secrets, clock)) throw new Problem('not-found');
      return { status: 200, body: seenBy(caller) };
    },
  });
}

function seenBy(caller: Caller): Probed {
  const found = spellings.map((name) => [name, caller.header(name)] as const);
  return {
    headers: Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)),
    cookie: caller.header('cookie') !== undefined,
    authorization: caller.header('authorization') !== undefined,
  };
}
