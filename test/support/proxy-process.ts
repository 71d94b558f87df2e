import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Where a proxy finds the servers behind it, by their ports on loopback. */
export interface Behind {
  readonly usher: number;
  readonly api: number;
}

/** What starts a proxy: its words, and what it needs in its environment and as its folder. */
export interface ProxyCommand {
  readonly command: readonly [program: string, ...words: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** A real reverse proxy on a port of loopback, in a folder of its own, for as long as a test needs it. */
export class ProxyProcess {
  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** `prepare` puts the configuration into the folder. Resolves when the proxy answers. */
  static async start(prepare: (folder: string, port: number) => Promise<ProxyCommand>): Promise<ProxyProcess> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'usher-proxy-'));
    const { command, env = {} } = await prepare(folder, port);
    const [program, ...words] = command;
    const settings = { PATH: process.env['PATH'], HOME: folder, ...env };
    const child = spawn(program, words, { cwd: folder, env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => writeFileSync(join(folder, 'said.log'), text, { flag: 'a' }));
    const proxy = new ProxyProcess(port, folder, child);
    try {
      await proxy.#ready();
    } catch (error) {
      await proxy.stop();
      throw error;
    }
    return proxy;
  }

  /** Everything the proxy has said and written into its logs. */
  get logs(): string {
    const files = ['said.log', 'access.log', 'error.log', 'start.log'].map((name) => join(this.folder, name));
    return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (const end = performance.now() + 10_000; performance.now() < end; await pause(20)) {
      assert.ok(this.child.exitCode === null, `the proxy ended:\n${this.logs}`);
      const found = await fetch(`http://127.0.0.1:${this.port}/health/live`).catch(() => null);
      if (found?.ok === true) return;
    }
    throw new Error(`the proxy did not answer in time:\n${this.logs}`);
  }
}

/** A configuration with other words in some places. Each must be there, and unless `often` once. */
export function placed(
  text: string,
  places: readonly (readonly [from: string, to: string, often?: 'often'])[],
): string {
  return places.reduce((soFar, [from, to, often]) => {
    const found = soFar.split(from).length - 1;
    assert.ok(found === 1 || (found > 1 && often !== undefined), `the configuration has ${from} (${found} times)`);
    return soFar.replaceAll(from, to);
  }, text);
}

/** A port of loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
