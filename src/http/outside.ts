import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';

const patienceMs = 10_000;
const longestAnswer = 262_144;

/** What came back. */
export interface OutsideAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Asks a server as somebody outside does, with header lines that are sent just as they are given. */
export class Outside {
  readonly #origin: URL;

  /** `origin`: `http://…` or `https://…`; its path is not used. */
  constructor(origin: URL) {
    this.#origin = origin;
  }

  /** Rejects with an error of one line when there is no answer within ten seconds. */
  ask(
    method: string,
    path: string,
    headers: readonly (readonly [name: string, value: string])[],
    body?: unknown,
  ): Promise<OutsideAnswer> {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const lines = [
      ['Host', this.#origin.host],
      ['User-Agent', 'usher'],
      ...headers,
      ['Content-Length', String(Buffer.byteLength(sent))],
    ];
    if (body !== undefined) lines.push(['Content-Type', 'application/json']);
    const request = this.#origin.protocol === 'https:' ? requestSecure : requestPlain;
    return new Promise((resolve, reject) => {
      const options = { method, headers: lines.flat(), agent: false, signal: AbortSignal.timeout(patienceMs) };
      request(new URL(path, this.#origin), options, (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size <= longestAnswer) parts.push(part);
          else response.destroy(new Error('the answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, headers: answered, text: Buffer.concat(parts).toString('utf8') });
        });
      })
        .on('error', (error) => reject(new Error(`${this.#origin.origin} does not answer: ${error.message}`)))
        .end(sent);
    });
  }
}
