/** What a page is given in place of the server's answer. */
export interface ProblemAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A problem that the server answers only where it is in trouble itself. Its id is `x-1`. */
export function problemAnswer(slug: string, status: number, members: object = {}): ProblemAnswer {
  const problem = { type: `/problems/${slug}`, title: slug, status, detail: 'Something went wrong here.' };
  const body = JSON.stringify({ ...problem, instance: 'x-1', ...members });
  return { status, contentType: 'application/problem+json', body };
}
