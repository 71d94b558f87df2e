import { invalid, Problem, problemBody } from '../kernel/problem.js';
import { StoreUnavailable } from '../platform/unavailable.js';

/** A finished answer, apart from the headers that every answer has: status, name and value in turn, and the whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** What the parsers of Express put on their errors. */
interface ParserError {
  readonly code?: unknown;
  readonly type?: unknown;
  readonly status?: unknown;
}

const placeOfFault: Readonly<Record<string, readonly [pointer: string, rule: string]>> = {
  'entity.parse.failed': ['', 'must be a JSON object or array'],
  'encoding.unsupported': ['header:content-encoding', 'must be left out: bodies are taken as they are'],
  'charset.unsupported': ['header:content-type', 'must be application/json in UTF-8'],
  'request.aborted': ['', 'must arrive whole'],
  'request.size.invalid': ['header:content-length', 'must be the length of the body'],
};

/** The problem that anything thrown is answered with. What nobody foresaw is `internal`: the caller learns nothing of it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable) return new Problem('store-unavailable', { retryAfterSeconds: 1 });
  if (error instanceof URIError) return invalid('path', 'must be percent-encoded UTF-8');
  if (typeof error !== 'object' || error === null) return new Problem('internal');
  const { code, type, status }: ParserError = error;
  if (code === 'EBADCSRFTOKEN') return new Problem('cross-site-request');
  if (type === 'entity.too.large') return new Problem('payload-too-large');
  const known = typeof type === 'string' ? placeOfFault[type] : undefined;
  if (known !== undefined) return invalid(...known);
  return typeof status === 'number' && status >= 400 && status < 500
    ? invalid('', 'must be a well-formed request')
    : new Problem('internal');
}

/** The answer that carries a problem (RFC 9457), with `Retry-After` and `WWW-Authenticate` where RFC 9110 wants them. */
export function problemAnswer(problem: Problem, requestId: string): Answer {
  const body = JSON.stringify(problemBody(problem, requestId));
  const headers = ['Content-Type', 'application/problem+json', 'Content-Length', String(Buffer.byteLength(body))];
  const wait = problem.members['retryAfterSeconds'];
  if (typeof wait === 'number') headers.push('Retry-After', String(Math.max(1, Math.ceil(wait))));
  const scheme = problem.slug === 'invalid-client' ? 'Basic realm="tokens"' : 'Bearer';
  if (problem.status === 401) headers.push('WWW-Authenticate', scheme);
  return { status: problem.status, headers, body };
}
