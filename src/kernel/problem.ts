import { type ProblemSlug, problems } from './problems.js';

/** One fault of a request: where (RFC 6901 pointer, `header:<name>` or `query:<name>`) and which rule it breaks. */
export interface Fault {
  readonly pointer: string;
  readonly rule: string;
}

/** The extension members each problem carries. A slug that is not named here carries none. */
export interface ProblemMembers {
  /** `error` as in `invalid-client`, where a route speaks to OAuth clients. */
  'invalid-request': { errors: readonly Fault[]; error?: 'invalid_request' };
  'session-ended': { reason: string; message?: string; resumable: boolean };
  'second-factor-required': { challenge: string; methods: readonly string[]; expiresAt: string };
  'step-up-required': { maxAgeSeconds: number; methods: readonly string[]; aal?: number };
  /** By the name of RFC 6749 section 5.2, which OAuth clients look for. */
  'invalid-client': { error: 'invalid_client' };
  /** What is missing: a permission, or what a reverse proxy asks for besides. */
  forbidden: { permission: string } | { role: string } | { licence: string };
  'licence-suspended': { licenceId: string };
  'licence-expired': { licenceId: string };
  'licence-not-started': { licenceId: string };
  'no-licence': { licenceId: string | null };
  'no-seat-free': {
    licenceId: string;
    limit: number;
    used: number;
    nextFreeAt: string | null;
    /** `FULL`, or `USER_MAX` when the person has as many sessions as one may have. */
    reason: 'FULL' | 'USER_MAX';
    options: readonly string[];
    ownSessions: readonly unknown[];
    ticket: string | null;
  };
  'licence-choice-required': { licences: readonly { id: string; name: string; owner: string }[] };
  'already-exists': { pointer: string };
  'stale-version': { pointer: string };
  'too-many-attempts': { retryAfterSeconds: number };
  'too-many-streams': { retryAfterSeconds: number };
  'store-unavailable': { retryAfterSeconds: number };
  busy: { retryAfterSeconds: number };
}

type MembersOf<Slug extends ProblemSlug> = Slug extends keyof ProblemMembers ? ProblemMembers[Slug] : undefined;
type Rest<Slug extends ProblemSlug> =
  MembersOf<Slug> extends undefined
    ? [members?: undefined, detail?: string]
    : [members: MembersOf<Slug>, detail?: string];

/** A refusal or failure that the caller is meant to see. Thrown by services, turned into `application/problem+json` by `http/`. */
export class Problem<Slug extends ProblemSlug = ProblemSlug> extends Error {
  readonly slug: Slug;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;
  readonly detail: string;

  constructor(slug: Slug, ...[members, detail]: Rest<Slug>) {
    super(`${slug}: ${detail ?? problems[slug].what}`);
    this.name = 'Problem';
    this.slug = slug;
    this.status = problems[slug].status;
    this.members = (members ?? {}) as Readonly<Record<string, unknown>>;
    this.detail = detail ?? problems[slug].what;
  }
}

/** The one fault of a request whose other fields are fine. */
export function invalid(pointer: string, rule: string): Problem<'invalid-request'> {
  return new Problem('invalid-request', { errors: [{ pointer, rule }] });
}

/** The JSON body of a problem (RFC 9457). `instance` is the request id. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `/problems/${problem.slug}`,
    title: problems[problem.slug].title,
    status: problem.status,
    detail: problem.detail,
    instance: requestId,
    ...problem.members,
  };
}
