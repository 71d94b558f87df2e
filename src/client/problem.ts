import type { ProblemSlug } from './api.js';

/** What the server answers instead (RFC 9457), with the members its kind has. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly [member: string]: unknown;
}

/** A refusal or a failure. Programs look at `slug` and `status`; `message` is for people. */
export class UsherProblem extends Error {
  readonly slug: ProblemSlug;
  readonly status: number;

  constructor(readonly body: ProblemBody) {
    super(body.detail);
    this.slug = slugOf(body);
    this.status = body.status;
  }
}

/** The kind of a problem. */
export function slugOf({ type }: ProblemBody): ProblemSlug {
  return type.replace('/problems/', '') as ProblemSlug;
}

/** The problem of Usher's an answer tells of; null when it is none. The answer can still be read. */
export async function problemOf(response: Response): Promise<ProblemBody | null> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return null;
  const body = (await response
    .clone()
    .json()
    .catch(() => null)) as Partial<ProblemBody> | null;
  return String(body?.type).startsWith('/problems/') ? (body as ProblemBody) : null;
}
