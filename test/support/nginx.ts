import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProxy } from '#bootstrap/proxy-binary.mjs';
import { projectFile } from '../../src/platform/project-file.js';
import { type Behind, ProxyProcess, placed } from './proxy-process.js';

/** Changes a file of the configuration, by its name, before it is used. */
export type Edit = (name: string, text: string) => string;

/** A real nginx with the configuration of the docker folder, at other addresses and ports. */
export function startNginx(behind: Behind, edit: Edit = (_, text) => text): Promise<ProxyProcess> {
  return ProxyProcess.start(async (folder, port) => {
    mkdirSync(join(folder, 'temp'));
    placeNotebook(join(folder, 'site'));
    cpSync(projectFile('docker/nginx'), join(folder, 'usher'), { recursive: true });
    for (const name of readdirSync(join(folder, 'usher'))) {
      const file = join(folder, 'usher', name);
      writeFileSync(file, edit(name, readFileSync(file, 'utf8')));
    }
    const server = placed(readFileSync(projectFile('docker/nginx.conf'), 'utf8'), [
      ['server usher:3000;', `server 127.0.0.1:${behind.usher};`],
      ['server api:4000;', `server 127.0.0.1:${behind.api};`],
      ['listen 80;', `listen 127.0.0.1:${port};`],
      ['access_log /var/log/nginx/', `access_log ${folder}/`],
      ['error_log /var/log/nginx/', `error_log ${folder}/`],
      ['root /usr/share/nginx/html;', `root ${folder}/site;`],
    ]);
    writeFileSync(join(folder, 'server.conf'), edit('nginx.conf', server));
    const main = join(folder, 'nginx.conf');
    writeFileSync(main, around(folder));
    const words = ['-p', folder, '-c', main, '-e', join(folder, 'start.log'), '-g', 'daemon off;'];
    return { command: [await findProxy('nginx'), ...words] };
  });
}

/** The sample application as the compose file places it: below its own path, and wherever nothing else is. */
function placeNotebook(site: string): void {
  cpSync(join(import.meta.dirname, '../../console/notebook'), join(site, 'notebook'), { recursive: true });
  cpSync(join(site, 'notebook/index.html'), join(site, 'index.html'));
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
  types { text/html html; text/javascript js; text/css css; }
  include ${folder}/server.conf;
}
`;
}
