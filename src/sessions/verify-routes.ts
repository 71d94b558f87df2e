import type { Caller } from '../kernel/actor.js';
import { Problem } from '../kernel/problem.js';
import { type Reply, route } from '../kernel/route.js';
import type { Verification } from './verification.js';
import { verifyQuery } from './verify-rules.js';

/** What the route for reverse proxies works with. */
export interface VerifyRouteParts {
  readonly verification: Verification;
  /** The origin people see, for the way to the sign-in page. */
  readonly publicUrl: string;
}

/** The route that reverse proxies ask about requests which are not for this server. */
export function verifyRoute({ verification, publicUrl }: VerifyRouteParts) {
  return route({
    method: 'GET',
    path: '/auth/verify',
    permission: 'session',
    summary: 'For reverse proxies: whether a request may pass, and whose it is',
    input: { query: verifyQuery },
    replies: { 200: null, 302: null },
    problems: ['forbidden', 'step-up-required', 'cross-site-request', 'busy'],
    handle: async ({ query, actor, caller }) => {
      verification.requireOrigin(actor, caller);
      verification.require(actor, query);
      // Somebody has signed in meanwhile, in another tab perhaps.
      if (query.refused === '1')
        throw new Problem('busy', { retryAfterSeconds: 1 }, 'It may pass by now: send it again.');
      return { status: 200, headers: { ...(await verification.headers(actor)), 'Content-Length': '0' } };
    },
    withoutSession: ({ query, caller }) =>
      query.redirect === '1' && opensPage(caller) ? toSignIn(publicUrl, caller) : null,
  });
}

/** Whether a browser is about to show the answer. A script needs to be told instead; a redirect is of no use to it. */
function opensPage(caller: Caller): boolean {
  const mode = caller.header('sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  return caller.header('accept')?.includes('text/html') ?? true;
}

/** To the sign-in page, with the way back when it is a path on this origin. */
function toSignIn(publicUrl: string, caller: Caller): Reply {
  const wanted = caller.header('x-original-uri') ?? caller.header('x-forwarded-uri') ?? '';
  const isPath = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/.test(wanted);
  const back = isPath ? `?return_to=${encodeURIComponent(wanted)}` : '';
  return { status: 302, headers: { Location: `${publicUrl}/sign-in${back}` } };
}
