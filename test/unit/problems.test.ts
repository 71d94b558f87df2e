import { describe, expect, it } from '@jest/globals';
import { invalid, Problem, problemBody } from '../../src/kernel/problem.js';
import { type ProblemSlug, problems } from '../../src/kernel/problems.js';

/** What clients rely on. A change here is a change of the contract. */
const contract: Record<ProblemSlug, number> = {
  'invalid-request': 400,
  'not-signed-in': 401,
  'session-ended': 401,
  'invalid-credentials': 401,
  'invalid-code': 401,
  'second-factor-required': 401,
  'step-up-required': 401,
  'invalid-client': 401,
  'different-client': 403,
  forbidden: 403,
  'registration-closed': 403,
  'cross-site-request': 403,
  'licence-suspended': 403,
  'licence-expired': 403,
  'licence-not-started': 403,
  'no-licence': 403,
  'not-found': 404,
  'no-seat-free': 409,
  'licence-choice-required': 409,
  'already-exists': 409,
  'stale-version': 409,
  'last-factor': 409,
  'address-not-verified': 409,
  'mail-not-set-up': 409,
  'payload-too-large': 413,
  'too-many-attempts': 429,
  'too-many-streams': 429,
  internal: 500,
  'store-unavailable': 503,
  busy: 503,
};

describe('the catalogue of problems', () => {
  it('holds the slugs and statuses that clients rely on, and no others', () => {
    const statuses = Object.fromEntries(Object.entries(problems).map(([slug, { status }]) => [slug, status]));
    expect(statuses).toEqual(contract);
  });

  it.each(Object.entries(problems))('explains %s to the person who reads it, and how to mend it', (slug, kind) => {
    expect(slug).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(kind.title).toMatch(/^[A-Z].*[^.]$/);
    expect(kind.what).toMatch(/^[A-Z`].*\.$/);
    expect(kind.mend).toMatch(/^[A-Z`].*\.$/);
  });
});

describe('a problem', () => {
  it('is told as RFC 9457 asks, with its members beside the standard ones', () => {
    const problem = new Problem('no-seat-free', {
      licenceId: 'l',
      limit: 5,
      used: 5,
      nextFreeAt: null,
      reason: 'FULL',
      options: [],
      ownSessions: [],
      ticket: null,
    });
    expect(problemBody(problem, 'request-1')).toEqual({
      type: '/problems/no-seat-free',
      title: problems['no-seat-free'].title,
      status: 409,
      detail: problems['no-seat-free'].what,
      instance: 'request-1',
      licenceId: 'l',
      limit: 5,
      used: 5,
      nextFreeAt: null,
      reason: 'FULL',
      options: [],
      ownSessions: [],
      ticket: null,
    });
  });

  it('tells its own detail when it is given one', () => {
    const problem = new Problem('store-unavailable', { retryAfterSeconds: 1 }, 'Redis did not answer within 300 ms.');
    expect(problemBody(problem, 'r')).toMatchObject({
      detail: 'Redis did not answer within 300 ms.',
      retryAfterSeconds: 1,
    });
  });

  it('has no members beyond the standard ones where the catalogue names none', () => {
    const keys = Object.keys(problemBody(new Problem('not-signed-in'), 'r'));
    expect(keys.sort()).toEqual(['detail', 'instance', 'status', 'title', 'type']);
  });

  it('names the place and the rule of a single fault', () => {
    expect(problemBody(invalid('/email', 'must be an e-mail address'), 'r')).toMatchObject({
      status: 400,
      errors: [{ pointer: '/email', rule: 'must be an e-mail address' }],
    });
  });

  it('is an Error whose message is for the log', () => {
    expect(new Problem('forbidden', { permission: 'session.end' })).toBeInstanceOf(Error);
    expect(new Problem('forbidden', { permission: 'session.end' }).message).toMatch(/^forbidden: /);
  });
});
