import { parse as parseQuery } from 'node:querystring';
import { z } from 'zod';
import { type Fault, Problem } from '../kernel/problem.js';
import type { RouteInput } from '../kernel/route.js';

/** Deeper bodies are refused before anything walks them. */
const deepest = 32;
/** More faults than anybody will read are not listed. */
const mostFaults = 50;
const longestName = 100;
const loneSurrogate = /\p{Cs}/u;

/** The parsed input of a route; what it does not declare is undefined. */
export interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Where in a request a value was found. */
type Place = 'body' | 'query' | 'path';

/** Reads the input of one route: strict copies of its schemas, made once. */
export class InputReader {
  readonly #params: z.ZodType | undefined;
  readonly #query: z.ZodType | undefined;
  readonly #body: z.ZodType | undefined;

  constructor(input: RouteInput) {
    this.#params = input.params === undefined ? undefined : strict(input.params);
    this.#query = input.query === undefined ? undefined : strict(input.query);
    this.#body = input.body === undefined ? undefined : strict(input.body);
  }

  /**
   * Throws `invalid-request` with every fault of path, query and body at once. `body` is what the parser made; of a `form`
   * fields that are not declared are ignored (RFC 6749, 3.2), as clients of OAuth may count on.
   */
  read(request: { params: unknown; url: string; body: unknown; form: boolean }): Input {
    const faults: Fault[] = [];
    const queryText = request.url.slice(request.url.indexOf('?') + 1 || request.url.length);
    const params = parsed(this.#params, { ...Object(request.params) }, 'path', faults);
    const query = parsed(this.#query, { ...parseQuery(queryText) }, 'query', faults);
    const body = this.#readBody(request.form ? onlyNamed(this.#body, request.body) : request.body, faults);
    if (faults.length > 0) throw new Problem('invalid-request', { errors: faults.slice(0, mostFaults) });
    return { params, query, body };
  }

  /** A body where none is declared is refused, unless it is the empty object some clients always send. */
  #readBody(body: unknown, faults: Fault[]): unknown {
    if (this.#body !== undefined) return parsed(this.#body, body, 'body', faults);
    if (body === undefined || (isRecord(body) && Object.keys(body).length === 0)) return undefined;
    faults.push({ pointer: '', rule: 'must be left out: this route takes no body' });
    return undefined;
  }
}

function parsed(schema: z.ZodType | undefined, value: unknown, place: Place, faults: Fault[]): unknown {
  if (schema === undefined) return undefined;
  const malformed = faultOfValue(value, place, [], 0);
  if (malformed !== null) {
    faults.push(malformed);
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) faults.push(...faultsOf(issue, place));
  return undefined;
}

function faultsOf(issue: z.core.$ZodIssue, place: Place): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointerTo(place, [...issue.path, key]), rule: 'is not known here' }));
  }
  return [{ pointer: pointerTo(place, issue.path), rule: issue.message.slice(0, 300) }];
}

function pointerTo(place: Place, path: readonly PropertyKey[]): string {
  const names = path.map((part) =>
    String(part)
      .slice(0, longestName)
      .replace(/\p{Cs}/gu, '\ufffd'),
  );
  if (place !== 'body') return `${place}:${names.join('.')}`;
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function onlyNamed(schema: z.ZodType | undefined, body: unknown): unknown {
  if (!(schema instanceof z.ZodObject) || !isRecord(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => Object.hasOwn(schema.shape, name)));
}

/** A schema that refuses fields it does not name, unless it says itself what becomes of them. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}

/**
 * The first fault no schema should have to think of: a name that reaches a prototype, a nesting that exhausts the stack, a
 * text Postgres cannot hold. Passwords may hold NUL; they are hashed, not stored.
 */
function faultOfValue(value: unknown, place: Place, path: readonly string[], depth: number): Fault | null {
  if (typeof value === 'string') {
    if (loneSurrogate.test(value)) return { pointer: pointerTo(place, path), rule: 'must be well-formed Unicode' };
    const nul = value.includes('\0') && !/password$/i.test(path.at(-1) ?? '');
    return nul ? { pointer: pointerTo(place, path), rule: 'must not contain NUL' } : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= deepest)
    return { pointer: pointerTo(place, path.slice(0, 3)), rule: `must not nest deeper than ${deepest}` };
  for (const [name, inner] of Object.entries(value)) {
    if (name === '__proto__') return { pointer: pointerTo(place, [...path, name]), rule: 'is not known here' };
    const fault = faultOfName(name, place, path) ?? faultOfValue(inner, place, [...path, name], depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOfName(name: string, place: Place, path: readonly string[]): Fault | null {
  return !loneSurrogate.test(name) && !name.includes('\0')
    ? null
    : { pointer: pointerTo(place, path), rule: 'must have field names of well-formed Unicode without NUL' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
