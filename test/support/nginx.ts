import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProxy } from '#bootstrap/proxy-binary.mjs';
import { projectFile } from '../../src/platform/project-file.js';

/** Where nginx finds the servers behind it. */
export interface Behind {
  readonly usher: number;
  readonly api: number;
}

/** A real nginx with the configuration of the docker folder, for as long as a test needs it. */
export class Nginx {
  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** `edit` may break the files of the configuration, by name, before they are used. */
  static async start(behind: Behind, edit: (name: string, text: string) => string = (_, text) => text): Promise<Nginx> {
    const [binary, port] = await Promise.all([findProxy('nginx'), freePort()]);
    const folder = mkdtempSync(join(tmpdir(), 'usher-nginx-'));
    mkdirSync(join(folder, 'site'));
    mkdirSync(join(folder, 'temp'));
    writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Application</title>');
    cpSync(projectFile('docker/nginx'), join(folder, 'usher'), { recursive: true });
    for (const name of readdirSync(join(folder, 'usher'))) {
      const file = join(folder, 'usher', name);
      writeFileSync(file, edit(name, readFileSync(file, 'utf8')));
    }
    const server = edit(
      'nginx.conf',
      placed(readFileSync(projectFile('docker/nginx.conf'), 'utf8'), folder, port, behind),
    );
    writeFileSync(join(folder, 'server.conf'), server);
    writeFileSync(join(folder, 'nginx.conf'), around(folder));
    const words = [
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-e',
      join(folder, 'start.log'),
      '-g',
      'daemon off;',
    ];
    const child = spawn(binary, words, { stdio: 'ignore' });
    const nginx = new Nginx(port, folder, child);
    try {
      await nginx.#ready();
    } catch (error) {
      await nginx.stop();
      throw error;
    }
    return nginx;
  }

  /** Everything nginx has written into its logs. */
  get logs(): string {
    const files = ['access.log', 'error.log', 'start.log'].map((name) => join(this.folder, name));
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
      assert.ok(this.child.exitCode === null, `nginx ended:\n${this.logs}`);
      const found = await fetch(`http://127.0.0.1:${this.port}/`).catch(() => null);
      if (found?.ok === true) return;
    }
    throw new Error('nginx did not answer in time');
  }
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

/** The configuration with the addresses of the test in the place of those of the containers. */
function placed(text: string, folder: string, port: number, { usher, api }: Behind): string {
  const places: readonly [string, string][] = [
    ['server usher:3000;', `server 127.0.0.1:${usher};`],
    ['server api:4000;', `server 127.0.0.1:${api};`],
    ['listen 80;', `listen 127.0.0.1:${port};`],
    ['access_log /var/log/nginx/', `access_log ${folder}/`],
    ['error_log /var/log/nginx/', `error_log ${folder}/`],
    ['root /usr/share/nginx/html;', `root ${folder}/site;`],
  ];
  return places.reduce((placedSoFar, [from, to]) => {
    assert.equal(placedSoFar.split(from).length, 2, `docker/nginx.conf has ${from} once`);
    return placedSoFar.replace(from, to);
  }, text);
}

/** What the container brings around the configuration, without root and in one folder. */
function around(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // Started by root it would serve as somebody who may not read the folder.
  const user = process.getuid?.() === 0 ? 'user root root;\n' : '';
  return `${user}worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  ${temporary.map((name) => `${name}_temp_path ${folder}/temp/${name};`).join('\n  ')}
  default_type application/octet-stream;
  include ${folder}/server.conf;
}
`;
}
