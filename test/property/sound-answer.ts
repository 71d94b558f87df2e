import { type ProblemSlug, problems } from '../../src/kernel/problems.js';

/** An answer as far as it is judged; header names are in lower case. */
export interface Judged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The answer to a HEAD, which has no body. */
  readonly bodiless?: boolean;
}

const everywhere = ['x-request-id', 'content-security-policy', 'x-content-type-options', 'referrer-policy'];

/** What is wrong with an answer to a bad request; empty when nothing is. */
export function faultsOf(answer: Judged): string[] {
  const { status, headers } = answer;
  const faults: string[] = [];
  if (status >= 500 && status !== 503) faults.push(`answered ${status}`);
  for (const name of everywhere) if (headers[name] === undefined) faults.push(`has no ${name}`);
  if (status < 400) return faults;
  if (headers['content-type'] !== 'application/problem+json') faults.push(`is ${String(headers['content-type'])}`);
  if (headers['cache-control'] !== 'no-store') faults.push('may be cached');
  if (headers['set-cookie'] !== undefined) faults.push('sets a cookie');
  if (answer.bodiless !== true) faults.push(...faultsOfBody(answer));
  return faults;
}

function faultsOfBody({ status, headers, text }: Judged): string[] {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    return [`has no JSON: ${text.slice(0, 100)}`];
  }
  const slug = String(body['type']).replace(/^\/problems\//, '');
  if (!isSlug(slug)) return [`has the type ${String(body['type'])}`];
  const faults: string[] = [];
  if (body['status'] !== status || problems[slug].status !== status) faults.push(`has the status of ${slug} wrong`);
  if (body['title'] !== problems[slug].title) faults.push('has another title');
  if (typeof body['detail'] !== 'string') faults.push('has no detail');
  if (body['instance'] !== headers['x-request-id']) faults.push('names another request');
  if (slug === 'invalid-request') faults.push(...faultsOfErrors(body['errors']));
  return faults;
}

function faultsOfErrors(errors: unknown): string[] {
  if (!Array.isArray(errors) || errors.length === 0) return ['names no fault'];
  const sound = errors.every(
    ({ pointer, rule }) => typeof pointer === 'string' && typeof rule === 'string' && rule !== '',
  );
  return sound ? [] : ['names a fault badly'];
}

function isSlug(text: string): text is ProblemSlug {
  return Object.hasOwn(problems, text);
}

/** The answers in what a server sent on one connection; interim ones are left out. */
export function answersIn(received: string): Judged[] {
  const answers: Judged[] = [];
  let rest = received;
  while (rest.startsWith('HTTP/1.1 ')) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) break;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers: Record<string, string> = {};
    for (const line of lines)
      headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 2);
    const length = Number(headers['content-length'] ?? 0);
    const text = Buffer.from(rest.slice(end + 4, end + 4 + length), 'latin1').toString('utf8');
    if (status >= 200) answers.push({ status, headers, text });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
