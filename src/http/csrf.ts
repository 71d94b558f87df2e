import csurf from 'csurf';
import type { RequestHandler } from 'express';

/**
 * csurf for requests that the session cookie authenticates: the token is read from `X-CSRF-Token` and from nowhere else, the
 * secret from the express session, where sign-in has put it. Fails with the code `EBADCSRFTOKEN`.
 */
export function csrfGuard(): RequestHandler {
  return csurf({ cookie: false, value: (request) => request.get('x-csrf-token') ?? '' });
}
