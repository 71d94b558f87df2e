import type { Request, Response } from 'express';
import { JsonText, type OpenedSession, type Reply } from '../kernel/route.js';
import type { CookieSessions } from './cookie-sessions.js';
import { cookieLine, forgetSessionLine } from './cookies.js';
import type { Readiness } from './health.js';

/** Sends what handlers answer, and tells a new session whether its owner got it. */
export class ReplyWriter {
  readonly #sessions: CookieSessions;
  readonly #secure: boolean;
  readonly #readiness: Pick<Readiness, 'draining'>;

  constructor(sessions: CookieSessions, secure: boolean, readiness: Pick<Readiness, 'draining'>) {
    this.#sessions = sessions;
    this.#secure = secure;
    this.#readiness = readiness;
  }

  /** Sends a reply. Rejects, with nothing sent, when the session it delivers cannot be bound. */
  async send(request: Request, response: Response, reply: Reply): Promise<void> {
    // What can fail comes before the session is bound.
    const text = textOf(reply);
    const lines = (reply.cookies ?? []).map((cookie) => cookieLine(cookie, this.#secure));
    const { session } = reply;
    if (session === 'drop' && request.headers.authorization === undefined) lines.push(forgetSessionLine(this.#secure));
    if (session !== undefined && session !== 'drop') await this.#deliver(request, response, reply.status, session.bind);
    for (const line of lines) response.append('Set-Cookie', line);
    // Asked as late as this: the server may have been told to stop while the request was worked on.
    if (this.#readiness.draining) response.setHeader('Connection', 'close');
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    response.statusCode = reply.status;
    if (text === null) {
      response.end();
      return;
    }
    if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(text);
  }

  async #deliver(request: Request, response: Response, status: number, opened: OpenedSession): Promise<void> {
    try {
      if (opened.delivery === 'cookie') await this.#sessions.bind(request, response, opened);
    } catch (error) {
      opened.undelivered();
      throw error;
    }
    if (response.destroyed) {
      opened.undelivered();
      return;
    }
    response.once('close', () => {
      if (response.writableFinished && response.statusCode === status) opened.delivered();
      else opened.undelivered();
    });
  }
}

function textOf({ body }: Reply): string | Buffer | null {
  if (body === undefined) return null;
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof JsonText) return body.text;
  return typeof body === 'string' ? body : JSON.stringify(body);
}
