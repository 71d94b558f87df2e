import { problemOf, UsherProblem } from '../../../../client/problem.js';
import { sent } from '../../../../client/requests.js';
import { usher } from '../../usher.js';

/** Asks for something that only staff may do. Throws UsherProblem. */
export async function staffCall<Answer>(
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await usher.fetch(`/admin/api${path}`, { ...(method === 'GET' ? {} : sent(body)), method });
  const problem = await problemOf(response);
  if (problem) throw new UsherProblem(problem);
  return (await response.json()) as Answer;
}

/** Runs it; what it says about one field of the request is said about another one of the form. */
export async function withFields<Answer>(
  names: Readonly<Record<string, string>>,
  work: Promise<Answer>,
): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UsherProblem) || !Array.isArray(error.body['errors'])) throw error;
    const errors = error.body['errors'] as readonly { pointer: string; rule: string }[];
    const renamed = errors.map((each) => ({ ...each, pointer: names[each.pointer] ?? each.pointer }));
    throw new UsherProblem({ ...error.body, errors: renamed });
  }
}
