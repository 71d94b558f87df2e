import { type ProblemBody, slugOf } from '../../../client/problem.js';

/** What the server said instead of doing it. `message` is for people. */
export class ApiProblem extends Error {
  readonly slug: string;
  readonly status: number;
  /** What is wrong with each field that was sent, by its name (`a.b` for what lies deeper). */
  readonly fields: Readonly<Record<string, string>>;

  constructor(readonly body: ProblemBody) {
    super(body.detail);
    this.slug = slugOf(body);
    this.status = body.status;
    this.fields = fieldsOf(body['errors']);
  }

  /** Whether it may go well when it is asked again by itself. */
  get passes(): boolean {
    return this.status === 503 || this.status === 0;
  }

  /** When to ask again, in milliseconds. */
  get waitMs(): number {
    const seconds = Number(this.body['retryAfterSeconds']);
    return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 30) * 1000 : 2000;
  }
}

/** The server did not answer at all. */
export function unreachable(): ApiProblem {
  return new ApiProblem({
    type: '/problems/unreachable',
    title: 'The server cannot be reached',
    status: 0,
    detail: 'The server cannot be reached. Check your connection.',
    instance: '',
  });
}

/** The same problem of something that was to be done: what was sent may have arrived, and is not sent again by itself. */
export function ofAction(problem: ApiProblem): ApiProblem {
  if (problem.slug !== 'unreachable' || !problem.passes) return problem;
  const detail = 'The server did not answer. It is not known whether this was done. Look, then try again.';
  return new ApiProblem({ ...problem.body, detail });
}

/** Whatever was thrown, as a problem. */
export function problemFrom(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    type: '/problems/page',
    title: 'This page has failed',
    status: 1,
    detail: 'Something went wrong in this page. Load it again; if it stays so, tell whoever runs Usher.',
    instance: '',
  });
}

/** What is wrong with a list that was sent, or with one of its entries. */
export function faultOfList(fields: ApiProblem['fields'], name: string): string | undefined {
  return Object.entries(fields).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1];
}

function fieldsOf(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!Array.isArray(errors)) return fields;
  for (const { pointer, rule } of errors as { pointer: string; rule: string }[]) {
    const name = pointer.startsWith('/') ? pointer.slice(1).replaceAll('/', '.') : pointer.replace(/^\w+:/, '');
    fields[name] ??= `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;
  }
  return fields;
}
