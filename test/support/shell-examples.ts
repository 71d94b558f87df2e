import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { projectFile } from '../../src/platform/project-file.js';

/** A fenced block of a document. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** The documents people read: README, and the manual by the names of its pages. */
export const documentsRead = [
  'README.md',
  ...readdirSync(projectFile('src/manual')).map((name) => `src/manual/${name}`),
];

/** The fenced blocks of the documents, in order. */
export function blocksOf(pages: readonly string[] = documentsRead): Block[] {
  return pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => {
      const text = readFileSync(projectFile(page), 'utf8');
      return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, language = '', inside = '']) => ({
        ...{ page, language, text: inside },
      }));
    });
}

/** An answer that went back to curl. */
export interface Heard {
  readonly call: string;
  readonly status: number;
  readonly body: string;
}

/** Stands between curl and the server, and keeps what was answered. */
export class Listener {
  readonly heard: Heard[] = [];

  private constructor(
    readonly front: Server,
    readonly origin: string,
  ) {}

  static async before(port: number): Promise<Listener> {
    const front = createServer((asked, answer) => {
      const { method = '', url = '', headers } = asked;
      const on = request({ host: '127.0.0.1', port, method, path: url, headers }, (given) => {
        const parts: Buffer[] = [];
        given.on('data', (part: Buffer) => parts.push(part));
        given.on('end', () => {
          const status = given.statusCode ?? 0;
          const body = Buffer.concat(parts);
          listener.heard.push({ call: `${method} ${url}`, status, body: body.toString() });
          answer.writeHead(status, given.headers).end(body);
        });
      });
      on.on('error', () => answer.destroy());
      asked.pipe(on);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    const listener = new Listener(front, `http://127.0.0.1:${(front.address() as AddressInfo).port}`);
    return listener;
  }

  close(): void {
    this.front.closeAllConnections();
    this.front.close();
  }
}

/** Runs a script as somebody would who pastes it, in this folder. Rejects when a line of it fails. */
export function runShell(script: string, folder: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: folder, ...variables };
  return new Promise((resolve, reject) => {
    const words = ['--noprofile', '--norc', '-euo', 'pipefail', '-c', script];
    execFile('bash', words, { cwd: folder, env, timeout: 30_000 }, (error, output, said) =>
      error === null ? resolve(output) : reject(new Error(`${error.message}\n${output}\n${said}`)),
    );
  });
}
