import type { IncomingMessage } from 'node:http';
import { invalid, type Problem } from '../kernel/problem.js';

/** Headers of which Node silently keeps the first when there are two: whoever reads the other one would be fooled. */
const single = new Set(['host', 'authorization', 'content-type']);
const mostHeaders = 100;

/**
 * What is wrong with a request before its route is known, or null: a target that is not a path (RFC 9112 section 3.2), two of
 * a header of which there can be only one, or more headers than anybody needs.
 */
export function faultOfHead(request: IncomingMessage): Problem | null {
  const target = request.url ?? '';
  if (!target.startsWith('/') && !(target === '*' && request.method === 'OPTIONS')) {
    return invalid('path', 'must begin with a slash');
  }
  let seen = 0;
  const raw = request.rawHeaders;
  if (raw.length > 2 * mostHeaders) return invalid('', `must have at most ${mostHeaders} headers`);
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    // Most headers are told apart by their length, so that this costs next to nothing.
    if (name.length !== 4 && name.length !== 12 && name.length !== 13) continue;
    const bit = bitOf(name.toLowerCase());
    if ((seen & bit) !== 0) return invalid(`header:${name.toLowerCase()}`, 'must be given once');
    seen |= bit;
  }
  if (request.httpVersion === '1.1' && (seen & 1) === 0) return invalid('header:host', 'must be given');
  return null;
}

function bitOf(name: string): number {
  if (!single.has(name)) return 0;
  return name === 'host' ? 1 : name === 'authorization' ? 2 : 4;
}

/** Whether the request announces a body. */
export function announcesBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && !/^0+$/.test(length));
}
